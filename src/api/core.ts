/** core/v1 kinds with little structure: Namespace, ConfigMap, Secret, ServiceAccount. */
import { AGE_COLUMN } from "./columns.ts";
import type { Condition, KubeObject, ResourceDefinition } from "./meta.ts";

export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: "Active" | "Terminating"; conditions?: Condition[] };
}

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

export interface Secret extends KubeObject {
  type?: string;
  /** Values in base64. */
  data?: Record<string, string>;
  /** Write-only convenience: merged into `data` by the API server. */
  stringData?: Record<string, string>;
  immutable?: boolean;
}

export interface ServiceAccount extends KubeObject {
  automountServiceAccountToken?: boolean;
  secrets?: { name: string }[];
}

export interface ObjectReference {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

export const NAMESPACES: ResourceDefinition<Namespace> = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  namespaced: false,
  subresources: ["finalize", "status"],
  columns: [{ name: "Status", type: "string", value: (object) => (object as Namespace).status?.phase ?? "Active" }, AGE_COLUMN],
};

export const CONFIG_MAPS: ResourceDefinition<ConfigMap> = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  namespaced: true,
  columns: [
    {
      name: "Data",
      type: "integer",
      value: (object) => Object.keys((object as ConfigMap).data ?? {}).length + Object.keys((object as ConfigMap).binaryData ?? {}).length,
    },
    AGE_COLUMN,
  ],
};

export const SECRETS: ResourceDefinition<Secret> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  singular: "secret",
  namespaced: true,
  columns: [
    { name: "Type", type: "string", value: (object) => (object as Secret).type ?? "Opaque" },
    { name: "Data", type: "integer", value: (object) => Object.keys((object as Secret).data ?? {}).length },
    AGE_COLUMN,
  ],
};

export const SERVICE_ACCOUNTS: ResourceDefinition<ServiceAccount> = {
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  singular: "serviceaccount",
  shortNames: ["sa"],
  namespaced: true,
  subresources: ["token"],
  columns: [{ name: "Secrets", type: "integer", value: (object) => (object as ServiceAccount).secrets?.length ?? 0 }, AGE_COLUMN],
};
