/** core/v1 kinds with little structure: Namespace, ConfigMap, Secret, ServiceAccount, Event. */
import { humanDuration } from "../lib/duration.ts";
import type { KubeObject, ObjectMeta, ResourceDefinition } from "./meta.ts";

export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: "Active" | "Terminating" };
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
  fieldPath?: string;
}

export interface KubeEvent extends KubeObject {
  metadata: ObjectMeta;
  involvedObject: ObjectReference;
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  source?: { component?: string; host?: string };
  firstTimestamp?: string;
  lastTimestamp?: string;
  count?: number;
  reportingComponent?: string;
}

export const NAMESPACES: ResourceDefinition<Namespace> = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  namespaced: false,
  subresources: ["status"],
  columns: [
    { name: "Status", type: "string", value: (object) => (object as Namespace).status?.phase ?? "Active" },
    { name: "Age", type: "string", value: age },
  ],
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
      type: "string",
      value: (object) => String(Object.keys((object as ConfigMap).data ?? {}).length),
    },
    { name: "Age", type: "string", value: age },
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
    { name: "Data", type: "string", value: (object) => String(Object.keys((object as Secret).data ?? {}).length) },
    { name: "Age", type: "string", value: age },
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
  columns: [
    {
      name: "Secrets",
      type: "string",
      value: (object) => String((object as ServiceAccount).secrets?.length ?? 0),
    },
    { name: "Age", type: "string", value: age },
  ],
};

export const EVENTS: ResourceDefinition<KubeEvent> = {
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  namespaced: true,
  columns: [
    {
      name: "Last Seen",
      type: "string",
      value: (object, now) => humanDuration(now - Date.parse((object as KubeEvent).lastTimestamp ?? "")),
    },
    { name: "Type", type: "string", value: (object) => (object as KubeEvent).type },
    { name: "Reason", type: "string", value: (object) => (object as KubeEvent).reason },
    {
      name: "Object",
      type: "string",
      value: (object) => {
        const { kind = "", name = "" } = (object as KubeEvent).involvedObject;
        return `${kind.toLowerCase()}/${name}`;
      },
    },
    { name: "Message", type: "string", value: (object) => (object as KubeEvent).message.trim() },
  ],
};

function age({ metadata }: KubeObject, now: number): string {
  return humanDuration(now - Date.parse(metadata.creationTimestamp ?? ""));
}
