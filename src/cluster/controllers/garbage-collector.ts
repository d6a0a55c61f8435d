/** Garbage collection: an object goes when its last owner has gone. Follows kube-controller-manager's garbage collector, background policy. */
import type { KubeObject } from "../../api/index.ts";
import type { Definition, KubeClient, Loop } from "../../kit/index.ts";
import { createController } from "../../kit/index.ts";
import type { Log } from "../../lib/log.ts";
import type { ResourceRegistry, ServedResource } from "../api-server/index.ts";
import type { ObjectStore, StoreEvent } from "../object-store/index.ts";

interface Dependent {
  readonly resource: ServedResource;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
}

function resourceOf(registry: ResourceRegistry, key: string): ServedResource | undefined {
  const [, , group, plural] = key.split("/");
  return registry.all().find((resource) => resource.plural === plural && (resource.group === "" ? "core" : resource.group) === group);
}

/** Creates the loop; it learns the owners of stored objects when it starts and follows commits from then on. */
export function createGarbageCollector(store: ObjectStore, registry: ResourceRegistry, kube: KubeClient, log: Log): Loop {
  /** Dependents by the uid of an owner, then by storage key. */
  const dependents = new Map<string, Map<string, Dependent>>();
  const alive = new Set<string>();

  const controller = createController({
    name: "garbage-collector",
    log,
    reconcile: async (ownerUid) => {
      for (const [key, dependent] of dependents.get(ownerUid) ?? []) {
        const { resource, name, namespace, uid } = dependent;
        const definition: Definition<KubeObject> = resource;
        const object = await kube.find(definition, name, namespace);
        const orphaned = object?.metadata.uid === uid && (object.metadata.ownerReferences ?? []).every((owner) => !alive.has(owner.uid));
        if (orphaned) await kube.delete(definition, name, { uid, ...(namespace === undefined ? {} : { namespace }) });
        dependents.get(ownerUid)?.delete(key);
      }
      dependents.delete(ownerUid);
    },
  });

  const learn = (key: string, value: string): void => {
    const { metadata } = JSON.parse(value) as KubeObject;
    alive.add(metadata.uid ?? "");
    if (!metadata.ownerReferences?.length) return;
    const resource = resourceOf(registry, key);
    if (!resource) return;
    for (const owner of metadata.ownerReferences) {
      const known = dependents.get(owner.uid) ?? new Map<string, Dependent>();
      known.set(key, { resource, name: metadata.name, namespace: metadata.namespace, uid: metadata.uid ?? "" });
      dependents.set(owner.uid, known);
    }
  };
  const follow = (event: StoreEvent): void => {
    if (event.type === "put") {
      // Only creation and owner changes matter; most updates are of status.
      if (event.created || event.value.includes('"ownerReferences"')) learn(event.key, event.value);
      return;
    }
    const { metadata } = JSON.parse(event.value) as KubeObject;
    const uid = metadata.uid ?? "";
    alive.delete(uid);
    for (const owner of metadata.ownerReferences ?? []) dependents.get(owner.uid)?.delete(event.key);
    if (dependents.has(uid)) controller.enqueue(uid);
  };

  return {
    name: "garbage-collector",
    run: async (signal) => {
      const unsubscribe = store.subscribe((events) => events.forEach(follow));
      for (const { key, value } of store.list("/registry/").items) learn(key, value);
      // Owners that went while nobody watched.
      for (const owner of dependents.keys()) if (!alive.has(owner)) controller.enqueue(owner);
      await controller.run(signal);
      unsubscribe();
    },
  };
}
