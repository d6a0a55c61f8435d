/** kubeflow.org/v1 Profile: a person's namespace. Upstream: kubeflow/dashboard components/profile-controller/api/v1/profile_types.go. */
import type { Condition, KubeObject, ResourceDefinition } from "./meta.ts";
import type { Subject } from "./rbac.ts";

export interface Profile extends KubeObject {
  spec: {
    owner: Subject;
    plugins?: { kind: string; spec?: Record<string, unknown> }[];
    resourceQuotaSpec?: { hard?: Record<string, string> };
  };
  status?: { conditions?: Condition[] };
}

const text = { type: "string" } as const;
const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;

export const PROFILES: ResourceDefinition<Profile> = {
  group: "kubeflow.org",
  version: "v1",
  kind: "Profile",
  plural: "profiles",
  singular: "profile",
  namespaced: false,
  subresources: ["status"],
  schema: {
    type: "object",
    properties: {
      apiVersion: text,
      kind: text,
      metadata: { type: "object" },
      spec: {
        type: "object",
        properties: {
          owner: {
            type: "object",
            required: ["kind", "name"],
            properties: { apiGroup: text, kind: text, name: text, namespace: text },
          },
          plugins: { type: "array", items: { type: "object", properties: { kind: text, spec: open } } },
          resourceQuotaSpec: open,
        },
      },
      status: open,
    },
  },
};
