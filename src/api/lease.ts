/** coordination.k8s.io/v1 Lease. */
import { AGE_COLUMN } from "./columns.ts";
import type { KubeObject, ResourceDefinition } from "./meta.ts";

export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

export const LEASES: ResourceDefinition<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  singular: "lease",
  namespaced: true,
  columns: [{ name: "Holder", type: "string", value: (object) => (object as Lease).spec?.holderIdentity ?? "" }, AGE_COLUMN],
};
