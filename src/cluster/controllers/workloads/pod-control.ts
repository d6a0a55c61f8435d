/** What the controllers of pods share: making pods from a template, adopting and releasing them, removing them. */
import {
  controllerReference,
  PODS,
  selectsLabels,
  type KubeObject,
  type LabelSelector,
  type Pod,
  type PodTemplateSpec,
} from "../../../api/index.ts";
import { isReason, messageOf } from "../../../lib/errors.ts";
import { randomSuffix } from "../../../lib/ids.ts";
import type { RecordEvent } from "../event-recorder.ts";
import type { OwnedCache } from "./owned-cache.ts";

/** apimachinery's names.SimpleNameGenerator. */
const LONGEST_BASE = 58;
const FIRST_BATCH = 1;
/** Pods created in one go (upstream: BurstReplicas). */
export const BURST = 500;

/** A pod of `owner` named `${base}${random}`, or `name`. */
export function toPod(owner: KubeObject, { metadata = {}, spec }: PodTemplateSpec, name: { base: string } | { name: string }): Pod {
  const base = "base" in name ? name.base.slice(0, LONGEST_BASE) : undefined;
  return {
    apiVersion: "v1",
    kind: PODS.kind,
    metadata: {
      name: "name" in name ? name.name : `${base}${randomSuffix()}`,
      ...(base === undefined ? {} : { generateName: base }),
      namespace: owner.metadata.namespace ?? "",
      labels: { ...metadata.labels },
      ...(metadata.annotations ? { annotations: { ...metadata.annotations } } : {}),
      ...(metadata.finalizers ? { finalizers: [...metadata.finalizers] } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec,
  };
}

/** True when the namespace is going: no pod can be made there, and none is needed. */
export function isNamespaceGoing(error: unknown): boolean {
  return isReason(error, "Forbidden") && messageOf(error).includes("being terminated");
}

/** Creates pods in batches that double, so that a refusal is met once and not a hundred times. Follows slowStartBatch. */
export async function createPods(pods: OwnedCache<Pod>, owner: KubeObject, wanted: readonly Pod[], record: RecordEvent): Promise<void> {
  for (let done = 0, batch = FIRST_BATCH; done < wanted.length; done += batch, batch *= 2) {
    const results = await Promise.allSettled(
      wanted.slice(done, done + batch).map(async (pod) => {
        const created = await pods.create(pod);
        record(owner, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (!failed) continue;
    if (!isNamespaceGoing(failed.reason)) record(owner, "Warning", "FailedCreate", `Error creating: ${messageOf(failed.reason)}`);
    throw failed.reason;
  }
}

/** Deletes pods; one that is gone already is fine. */
export async function removePods(
  pods: OwnedCache<Pod>,
  owner: KubeObject,
  surplus: readonly Pod[],
  record: RecordEvent,
  gracePeriodSeconds?: number,
): Promise<void> {
  for (const pod of surplus) {
    try {
      await pods.remove(pod, gracePeriodSeconds);
      record(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
    } catch (error) {
      if (!isReason(error, "NotFound", "Conflict")) throw error;
    }
  }
}

/**
 * The objects that `owner` controls: those with its reference that still match are kept, others released; matching ones
 * without a controller are adopted. Follows PodControllerRefManager.
 */
export async function claim<T extends KubeObject>(
  cache: OwnedCache<T>,
  owner: KubeObject,
  selector: LabelSelector | undefined,
  mayAdopt: (object: T) => boolean = () => true,
): Promise<T[]> {
  const uid = owner.metadata.uid ?? "";
  const owned = cache.controlledBy(uid);
  if (owner.metadata.deletionTimestamp !== undefined) return owned;
  const matches = (object: T): boolean => selectsLabels(selector, object.metadata.labels);
  const claimed = owned.filter(matches);
  const change = async (object: T, ownerReferences: unknown): Promise<T | undefined> => {
    try {
      // With its revision, so that two owners never take one object.
      return await cache.patch(object, { metadata: { ownerReferences, resourceVersion: object.metadata.resourceVersion } });
    } catch (error) {
      if (isReason(error, "NotFound", "Conflict", "Invalid")) return undefined;
      throw error;
    }
  };
  for (const object of owned.filter((one) => !matches(one) && one.metadata.deletionTimestamp === undefined)) {
    await change(
      object,
      (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid),
    );
  }
  for (const object of cache.orphans(owner.metadata.namespace ?? "")) {
    if (!matches(object) || !mayAdopt(object) || object.metadata.deletionTimestamp !== undefined) continue;
    const adopted = await change(object, [...(object.metadata.ownerReferences ?? []), controllerReference(owner)]);
    if (adopted) claimed.push(adopted);
  }
  return claimed;
}
