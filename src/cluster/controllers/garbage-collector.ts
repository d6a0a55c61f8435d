/**
 * Garbage collection: an object goes when its last owner has gone; a foreground deletion waits for its blocking dependents,
 * an orphaning one lets them go free. Follows kube-controller-manager's garbage collector.
 */
import { apiVersionOf, type KubeObject, type OwnerReference } from "../../api/index.ts";
import type { Definition, KubeClient, Loop } from "../../kit/index.ts";
import { createController } from "../../kit/index.ts";
import { isReason } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER, type ResourceRegistry, type ServedResource } from "../api-server/index.ts";
import type { ObjectStore, StoreEvent } from "../object-store/index.ts";

interface Known {
  readonly resource: ServedResource;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
}

const RETRY_MS = 100;

function resourceOf(registry: ResourceRegistry, key: string): ServedResource | undefined {
  const [, , group, plural] = key.split("/");
  return registry.all().find((resource) => resource.plural === plural && (resource.group === "" ? "core" : resource.group) === group);
}

/** Creates the loop; it learns the owners of stored objects when it starts and follows commits from then on. */
export function createGarbageCollector(store: ObjectStore, registry: ResourceRegistry, kube: KubeClient, log: Log): Loop {
  /** Dependents by the uid of an owner, then by storage key. */
  const dependents = new Map<string, Map<string, Known>>();
  /** Living objects by uid: the namespace they live in, "" for those of the cluster. */
  const alive = new Map<string, string>();
  /** Owners whose deletion waits for this loop, by uid. */
  const waiting = new Map<string, Known>();

  const read = async ({ resource, name, namespace, uid }: Known): Promise<KubeObject | undefined> => {
    const object = await kube.find<KubeObject>(resource, name, namespace);
    return object?.metadata.uid === uid ? object : undefined;
  };
  /** An owner counts when it lives where the dependent may refer to it: in its namespace, or in none. */
  const lives = ({ uid }: OwnerReference, namespace: string | undefined): boolean => {
    const home = alive.get(uid);
    return home !== undefined && (home === "" || home === namespace);
  };
  const remove = async ({ resource, name, namespace, uid }: Known, policy: "Background" | "Foreground"): Promise<void> => {
    const definition: Definition<KubeObject> = resource;
    try {
      await kube.delete(definition, name, { uid, propagationPolicy: policy, ...(namespace === undefined ? {} : { namespace }) });
    } catch (error) {
      if (!isReason(error, "NotFound", "Conflict")) throw error;
    }
  };
  const patch = (known: Known, metadata: Record<string, unknown>): Promise<unknown> =>
    kube.patch(
      known.resource,
      { name: known.name, ...(known.namespace === undefined ? {} : { namespace: known.namespace }) },
      { metadata: { uid: known.uid, ...metadata } },
    );
  const dropFinalizer = async (known: Known, object: KubeObject, finalizer: string): Promise<void> => {
    const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    await patch(known, { finalizers, resourceVersion: object.metadata.resourceVersion });
  };

  /** The owner has gone: a dependent goes when no other owner lives, otherwise it forgets the dead ones. */
  const collect = async (ownerUid: string): Promise<void> => {
    for (const [key, dependent] of dependents.get(ownerUid) ?? []) {
      const object = await read(dependent);
      const owners = object?.metadata.ownerReferences ?? [];
      const living = owners.filter((owner) => lives(owner, dependent.namespace));
      if (object && owners.length > 0) {
        if (living.length === 0) await remove(dependent, "Background");
        else if (living.length < owners.length) await patch(dependent, { ownerReferences: living });
      }
      dependents.get(ownerUid)?.delete(key);
    }
    dependents.delete(ownerUid);
  };
  /** Deletes what the owner holds; true once nothing blocks it any longer. */
  const finishForeground = async (owner: Known): Promise<boolean> => {
    let blocked = false;
    for (const dependent of dependents.get(owner.uid)?.values() ?? []) {
      const object = await read(dependent);
      const reference = object?.metadata.ownerReferences?.find(({ uid }) => uid === owner.uid);
      if (!object || !reference) continue;
      const others = object.metadata.ownerReferences?.filter((other) => {
        return other.uid !== owner.uid && lives(other, dependent.namespace) && !waiting.has(other.uid);
      });
      if (others && others.length > 0) {
        await patch(dependent, { ownerReferences: others });
        continue;
      }
      if (reference.blockOwnerDeletion) blocked = true;
      if (object.metadata.deletionTimestamp === undefined) await remove(dependent, "Foreground");
    }
    return !blocked;
  };
  const release = async (owner: Known): Promise<void> => {
    for (const dependent of dependents.get(owner.uid)?.values() ?? []) {
      const object = await read(dependent);
      if (!object?.metadata.ownerReferences) continue;
      await patch(dependent, { ownerReferences: object.metadata.ownerReferences.filter(({ uid }) => uid !== owner.uid) });
    }
    dependents.delete(owner.uid);
  };

  const controller = createController({
    name: "garbage-collector",
    log,
    reconcile: async (ownerUid) => {
      const owner = waiting.get(ownerUid);
      if (!owner) return alive.has(ownerUid) ? undefined : collect(ownerUid);
      const object = await read(owner);
      const finalizers = object?.metadata.finalizers ?? [];
      if (!object || object.metadata.deletionTimestamp === undefined) return void waiting.delete(ownerUid);
      if (finalizers.includes(ORPHAN_FINALIZER)) {
        await release(owner);
        await dropFinalizer(owner, object, ORPHAN_FINALIZER);
      } else if (finalizers.includes(FOREGROUND_FINALIZER)) {
        if (!(await finishForeground(owner))) return { requeueAfterMs: RETRY_MS };
        await dropFinalizer(owner, object, FOREGROUND_FINALIZER);
      }
      waiting.delete(ownerUid);
      if (!alive.has(ownerUid) && dependents.has(ownerUid)) controller.enqueue(ownerUid);
      return undefined;
    },
  });

  const learn = (key: string, value: string): void => {
    const { metadata } = JSON.parse(value) as KubeObject;
    const uid = metadata.uid ?? "";
    alive.set(uid, metadata.namespace ?? "");
    const going = metadata.deletionTimestamp !== undefined;
    const asked = going && metadata.finalizers?.some((one) => one === FOREGROUND_FINALIZER || one === ORPHAN_FINALIZER);
    if (!asked && !metadata.ownerReferences?.length) return;
    const resource = resourceOf(registry, key);
    if (!resource) return;
    const known: Known = { resource, name: metadata.name, namespace: metadata.namespace, uid };
    if (asked) {
      waiting.set(uid, known);
      controller.enqueue(uid);
    }
    for (const owner of metadata.ownerReferences ?? []) {
      const siblings = dependents.get(owner.uid) ?? new Map<string, Known>();
      siblings.set(key, known);
      dependents.set(owner.uid, siblings);
      // Background policy waits for nobody; an owner that was never there is found out after a moment's grace.
      if (!alive.has(owner.uid)) controller.enqueue(owner.uid, RETRY_MS);
      else if (alive.get(owner.uid) !== "" && alive.get(owner.uid) !== known.namespace) {
        log.warn("an owner in another namespace does not count", {
          object: metadata.name,
          namespace: metadata.namespace,
          kind: `${apiVersionOf(resource)} ${resource.kind}`,
          owner: owner.name,
        });
        void collectStray(known);
      }
    }
  };
  /** Goes when none of its owners counts. */
  const collectStray = async (known: Known): Promise<void> => {
    const object = await read(known).catch(() => undefined);
    const owners = object?.metadata.ownerReferences ?? [];
    if (object && owners.length > 0 && !owners.some((owner) => lives(owner, known.namespace))) {
      await remove(known, "Background").catch((error: unknown) => log.warn("a stray object could not be deleted", { error }));
    }
  };
  const follow = (event: StoreEvent): void => {
    if (event.type === "put") {
      // Only creation, owner changes and deletions matter; most updates are of status.
      if (event.created || event.value.includes('"ownerReferences"') || event.value.includes('"deletionTimestamp"')) {
        learn(event.key, event.value);
      }
      return;
    }
    const { metadata } = JSON.parse(event.value) as KubeObject;
    const uid = metadata.uid ?? "";
    alive.delete(uid);
    waiting.delete(uid);
    for (const owner of metadata.ownerReferences ?? []) {
      dependents.get(owner.uid)?.delete(event.key);
      if (waiting.has(owner.uid)) controller.enqueue(owner.uid);
    }
    if (dependents.has(uid)) controller.enqueue(uid);
  };

  return {
    name: "garbage-collector",
    run: async (signal) => {
      const unsubscribe = store.subscribe((events) => events.forEach(follow));
      const { items } = store.list("/registry/");
      for (const { value } of items) {
        const { metadata } = JSON.parse(value) as KubeObject;
        alive.set(metadata.uid ?? "", metadata.namespace ?? "");
      }
      for (const { key, value } of items)
        if (value.includes('"ownerReferences"') || value.includes('"deletionTimestamp"')) learn(key, value);
      // Owners that went while nobody watched.
      for (const owner of dependents.keys()) if (!alive.has(owner)) controller.enqueue(owner);
      await controller.run(signal);
      unsubscribe();
    },
  };
}
