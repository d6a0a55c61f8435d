/** authentication.k8s.io/v1 and authorization.k8s.io/v1: virtual kinds that are answered, never stored. */
import type { KubeObject } from "./meta.ts";

export interface UserInfo {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export interface TokenRequest extends KubeObject {
  spec: {
    audiences?: string[];
    expirationSeconds?: number;
    boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string };
  };
  status?: { token: string; expirationTimestamp: string };
}

export interface TokenReview extends KubeObject {
  spec: { token: string; audiences?: string[] };
  status?: { authenticated?: boolean; user?: UserInfo; audiences?: string[]; error?: string };
}

export interface ResourceAttributes {
  namespace?: string;
  verb: string;
  group?: string;
  version?: string;
  resource: string;
  subresource?: string;
  name?: string;
}

export interface NonResourceAttributes {
  path: string;
  verb: string;
}

export interface SubjectAccessReview extends KubeObject {
  spec: {
    user?: string;
    groups?: string[];
    resourceAttributes?: ResourceAttributes;
    nonResourceAttributes?: NonResourceAttributes;
  };
  status?: { allowed: boolean; denied?: boolean; reason?: string };
}

const base = { version: "v1", namespaced: false } as const;

export const TOKEN_REVIEWS = {
  ...base,
  group: "authentication.k8s.io",
  kind: "TokenReview",
  plural: "tokenreviews",
  singular: "tokenreview",
} as const;
export const SELF_SUBJECT_REVIEWS = {
  ...base,
  group: "authentication.k8s.io",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  singular: "selfsubjectreview",
} as const;
export const SUBJECT_ACCESS_REVIEWS = {
  ...base,
  group: "authorization.k8s.io",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  singular: "subjectaccessreview",
} as const;
export const SELF_SUBJECT_ACCESS_REVIEWS = {
  ...base,
  group: "authorization.k8s.io",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  singular: "selfsubjectaccessreview",
} as const;
