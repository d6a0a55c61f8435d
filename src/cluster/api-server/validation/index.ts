/**
 * Validation of what is about to be stored: metadata of every kind, the common mistakes of the built-in ones, and custom
 * objects under their schema. Owns the texts; decoding and schemas are `../schema`'s.
 */
import type { KubeObject } from "../../../api/index.ts";
import { apiVersionOf } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { findFaults, findResourceSchema, findRuleFaults, type Fault, type Schema } from "../schema/index.ts";
import type { ServedResource } from "../resources.ts";
import { findBindingFaults, findClaimFaults, findDataFaults, findRoleFaults, findSecretFaults, findServiceFaults } from "./core-kinds.ts";
import { findDefinitionFaults } from "./definitions.ts";
import { toInvalidError, type Checked } from "./invalid.ts";
import { findMetadataFaults } from "./metadata.ts";
import { findPodFaults } from "./pods.ts";
import { findMissingFields } from "./required-fields.ts";
import { findControllerFaults, findCronJobFaults, findJobFaults } from "./workloads.ts";

const controllers =
  (kind: string) =>
  (checked: Checked): Fault[] =>
    findControllerFaults(kind, checked);

/** Checks by `Kind.group`. */
const CHECKS: Readonly<Record<string, (checked: Checked) => Fault[]>> = {
  "Pod.": findPodFaults,
  "ConfigMap.": findDataFaults,
  "Secret.": findSecretFaults,
  "Service.": findServiceFaults,
  "PersistentVolumeClaim.": findClaimFaults,
  "Deployment.apps": controllers("Deployment"),
  "ReplicaSet.apps": controllers("ReplicaSet"),
  "StatefulSet.apps": controllers("StatefulSet"),
  "DaemonSet.apps": controllers("DaemonSet"),
  "Job.batch": findJobFaults,
  "CronJob.batch": findCronJobFaults,
  "Role.rbac.authorization.k8s.io": findRoleFaults,
  "ClusterRole.rbac.authorization.k8s.io": findRoleFaults,
  "RoleBinding.rbac.authorization.k8s.io": findBindingFaults,
  "ClusterRoleBinding.rbac.authorization.k8s.io": findBindingFaults,
  "CustomResourceDefinition.apiextensions.k8s.io": findDefinitionFaults,
};

/** Throws BadRequest when the body is of another kind than the path. */
export function checkKind(resource: ServedResource, object: KubeObject): void {
  const expected = apiVersionOf(resource);
  const print = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  if (object.apiVersion === expected && object.kind === resource.kind) return;
  throw new SkiffError(
    "BadRequest",
    object.apiVersion === expected
      ? `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: the kind in the data (${print(object.kind)}) does not match the expected kind (${resource.kind})`
      : `the API version in the data (${print(object.apiVersion)}) does not match the expected API version (${expected})`,
  );
}

function findCustomFaults(schema: Schema, object: KubeObject): Fault[] {
  const { metadata: _, ...rest } = object as KubeObject & Record<string, unknown>;
  const { metadata: __, ...properties } = schema.properties ?? {};
  return findFaults({ ...schema, properties, required: (schema.required ?? []).filter((name) => name !== "metadata") }, rest);
}

/** Throws Invalid with every fault of an object that is about to be stored; `before` is the stored one on updates. */
export function validateObject(resource: ServedResource, object: KubeObject, before: KubeObject | undefined, subresource?: string): void {
  const faults = findMetadataFaults(resource, object);
  const schema = findResourceSchema(resource);
  if (resource.custom && schema) {
    const own = findCustomFaults(schema, object);
    // Rules see only values that have the right shape.
    faults.push(...(own.length > 0 ? own : findRuleFaults(resource.schema ?? {}, object, before)));
  } else if (!resource.custom && subresource === undefined) {
    const missing = schema && resource.group !== "apiextensions.k8s.io" ? findMissingFields(schema, object) : [];
    const key = `${resource.kind}.${resource.group}`;
    const check = Object.hasOwn(CHECKS, key) ? CHECKS[key] : undefined;
    const known = new Set(missing.map(({ field }) => field));
    faults.push(...missing, ...(check?.({ object, before }) ?? []).filter(({ field }) => !known.has(field)));
  }
  if (faults.length > 0) throw toInvalidError(resource, object.metadata.name, faults);
}
