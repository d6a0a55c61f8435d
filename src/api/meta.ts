/** What every Kubernetes object has, and how a kind is declared. Follows k8s.io/apimachinery `metav1`. */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  observedGeneration?: number;
}

/** A column of a Table answer. `value` reads the cell from an object; priority 1 shows with `-o wide`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "date" | "boolean";
  readonly description?: string;
  readonly priority?: number;
  readonly value: (object: KubeObject, now: number) => string | number | boolean | null;
}

/** Declares a kind: its names, its scope, and what the API server needs to serve it. */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  /** "" is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, lower case: the word in URLs. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** Subresources served, such as "status". */
  readonly subresources?: readonly string[];
  /** Where the replicas are, for kinds of CRDs with the subresource "scale"; the others have them where apps/v1 has. */
  readonly scale?: { readonly specReplicasPath: string; readonly statusReplicasPath: string; readonly labelSelectorPath?: string };
  /** Columns after NAME (unless one of them is called Name or the kind is Event). Absent: the creation time alone. */
  readonly columns?: readonly PrinterColumn[];
  /** A JSON schema of the object (OpenAPI v3 structural), for CRDs. */
  readonly schema?: Record<string, unknown>;
  /** Only to carry the type. */
  readonly type?: T;
}

/** `group/version`, or just the version for the core group. */
export function apiVersionOf(resource: Pick<ResourceDefinition, "group" | "version">): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `plural.group` as in messages and CRD names; the plural alone for the core group. */
export function groupResourceOf(resource: Pick<ResourceDefinition, "group" | "plural">): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** The reference that makes `owner` the controller of another object. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

/** metav1.Status: the body of every error of the Kubernetes API. */
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: Record<string, never>;
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: Record<string, unknown>;
  code: number;
}
