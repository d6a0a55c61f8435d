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

export interface ResourceRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

export interface SelfSubjectRulesReview extends KubeObject {
  spec: { namespace?: string };
  status?: {
    resourceRules: ResourceRule[];
    nonResourceRules: { verbs: string[]; nonResourceURLs?: string[] }[];
    incomplete: boolean;
  };
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
export const LOCAL_SUBJECT_ACCESS_REVIEWS = {
  version: "v1",
  namespaced: true,
  group: "authorization.k8s.io",
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
  singular: "localsubjectaccessreview",
} as const;
export const SELF_SUBJECT_RULES_REVIEWS = {
  ...base,
  group: "authorization.k8s.io",
  kind: "SelfSubjectRulesReview",
  plural: "selfsubjectrulesreviews",
  singular: "selfsubjectrulesreview",
} as const;
/** core/v1 Binding: places a pod on a node. */
export const BINDINGS = { version: "v1", namespaced: true, group: "", kind: "Binding", plural: "bindings", singular: "binding" } as const;
