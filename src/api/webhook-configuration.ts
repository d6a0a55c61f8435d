/** admissionregistration.k8s.io/v1: which webhooks the API server calls before it stores an object. */
import { AGE_COLUMN } from "./columns.ts";
import type { LabelSelector } from "./label-selector.ts";
import type { KubeObject, ResourceDefinition } from "./meta.ts";

export interface WebhookRule {
  operations: string[];
  apiGroups: string[];
  apiVersions: string[];
  resources: string[];
  scope?: "Cluster" | "Namespaced" | "*";
}

export interface Webhook {
  name: string;
  clientConfig: {
    url?: string;
    service?: { namespace: string; name: string; path?: string; port?: number };
    /** PEM in base64. */
    caBundle?: string;
  };
  rules?: WebhookRule[];
  failurePolicy?: "Fail" | "Ignore";
  matchPolicy?: "Exact" | "Equivalent";
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  sideEffects?: "None" | "NoneOnDryRun";
  timeoutSeconds?: number;
  admissionReviewVersions?: string[];
  reinvocationPolicy?: "Never" | "IfNeeded";
}

export interface WebhookConfiguration extends KubeObject {
  webhooks?: Webhook[];
}

const base = { group: "admissionregistration.k8s.io", version: "v1", namespaced: false, categories: ["api-extensions"] } as const;
const columns = [
  {
    name: "Webhooks",
    type: "integer",
    value: (object: KubeObject) => (object as WebhookConfiguration).webhooks?.length ?? 0,
  },
  AGE_COLUMN,
] as const;

export const MUTATING_WEBHOOK_CONFIGURATIONS: ResourceDefinition<WebhookConfiguration> = {
  ...base,
  kind: "MutatingWebhookConfiguration",
  plural: "mutatingwebhookconfigurations",
  singular: "mutatingwebhookconfiguration",
  columns,
};

export const VALIDATING_WEBHOOK_CONFIGURATIONS: ResourceDefinition<WebhookConfiguration> = {
  ...base,
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  singular: "validatingwebhookconfiguration",
  columns,
};
