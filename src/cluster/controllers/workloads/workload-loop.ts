/** What every workload controller is made of, and how its queue learns what to look at. */
import type { KubeObject, LabelSelector } from "../../../api/index.ts";
import { selectsLabels } from "../../../api/index.ts";
import { createController, type Change, type Controller, type Informer, type Loop, type ReconcileResult } from "../../../kit/index.ts";
import { jsonEqual } from "../../../lib/json.ts";
import type { Log } from "../../../lib/log.ts";
import { isNamespaceGoing } from "./pod-control.ts";
import { controllerUidOf, type OwnedCache } from "./owned-cache.ts";

/** setTimeout's longest, and a bound for clocks that jump. */
const LONGEST_MS = 2 ** 31 - 1;

export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

export interface WorkloadLoopOptions<T extends KubeObject> {
  readonly name: string;
  readonly log: Log;
  readonly objects: OwnedCache<T>;
  /** Reconciling begins when all of them have their first list. */
  readonly informers: readonly Pick<Informer<KubeObject>, "synced">[];
  readonly reconcile: (object: T) => Promise<ReconcileResult | undefined | void>;
}

/** A controller of one kind; every change of an object enqueues it. */
export function createWorkloadLoop<T extends KubeObject>(options: WorkloadLoopOptions<T>): { controller: Controller; loop: Loop } {
  const { name, log, objects, informers, reconcile } = options;
  const controller = createController({
    name,
    log,
    reconcile: async (key) => {
      const slash = key.indexOf("/");
      const object = objects.get(key.slice(slash + 1), key.slice(0, slash));
      if (!object) return undefined;
      try {
        const result = await reconcile(object);
        if (result?.requeueAfterMs === undefined) return undefined;
        return { requeueAfterMs: Math.min(LONGEST_MS, Math.max(1, result.requeueAfterMs)) };
      } catch (error) {
        if (isNamespaceGoing(error)) return undefined;
        throw error;
      }
    },
  });
  objects.subscribe(({ object }) => controller.enqueue(keyOf(object)));
  const loop: Loop = {
    name,
    run: async (signal) => {
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      await Promise.race([Promise.all(informers.map(({ synced }) => synced)), aborted]);
      if (!signal.aborted) await controller.run(signal);
    },
  };
  return { controller, loop };
}

/** Enqueues the owners of what changes, and everybody who might adopt what has no owner. */
export function followDependents<T extends KubeObject, D extends KubeObject>(
  controller: Controller,
  owners: OwnedCache<T>,
  dependents: OwnedCache<D>,
  selectorOf: (owner: T) => LabelSelector | undefined,
): void {
  const enqueueOwner = (dependent: KubeObject): void => {
    const reference = dependent.metadata.ownerReferences?.find(({ controller: isController }) => isController === true);
    if (reference?.kind === owners.definition.kind) controller.enqueue(`${dependent.metadata.namespace ?? ""}/${reference.name}`);
  };
  dependents.subscribe((change: Change<D>) => {
    enqueueOwner(change.object);
    if (change.type === "upsert" && change.previous && controllerUidOf(change.previous) !== controllerUidOf(change.object)) {
      enqueueOwner(change.previous);
    }
    if (change.type === "delete" || controllerUidOf(change.object) !== undefined) return;
    for (const owner of owners.inNamespace(change.object.metadata.namespace ?? "")) {
      if (selectsLabels(selectorOf(owner), change.object.metadata.labels)) controller.enqueue(keyOf(owner));
    }
  });
}

/** An object without its undefined fields. */
export function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** Writes the status when it differs from what the object has. Throws Conflict when the object is newer than the cache. */
export async function publishStatus<T extends KubeObject & { status?: object }>(
  cache: OwnedCache<T>,
  object: T,
  status: NonNullable<T["status"]>,
): Promise<void> {
  const clean = defined(status);
  if (!jsonEqual(clean, object.status ?? {})) await cache.update({ ...object, status: clean }, "status");
}
