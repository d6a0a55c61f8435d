/** An informer's cache that already knows what this process has written itself, indexed by owner. */
import type { KubeObject } from "../../../api/index.ts";
import type { Change, Definition, Informer, KubeClient } from "../../../kit/index.ts";

/**
 * Controllers decide by this cache. A write shows in it as soon as the API has answered, not when the watch brings it,
 * so that a second look never creates twice. It takes the place of upstream's expectations.
 */
export interface OwnedCache<T extends KubeObject> {
  readonly definition: Definition<T>;
  get(name: string, namespace: string): T | undefined;
  inNamespace(namespace: string): T[];
  /** Objects whose controlling owner has this uid. */
  controlledBy(uid: string): T[];
  /** Objects of the namespace without a controlling owner. */
  orphans(namespace: string): T[];
  /** Hears what the watch brings, with what was known before. */
  subscribe(listener: (change: Change<T>) => void): void;
  create(object: T): Promise<T>;
  update(object: T, subresource?: string): Promise<T>;
  /** Merge patch, bound to the object's uid. */
  patch(object: T, patch: Record<string, unknown>): Promise<T>;
  /** Deletes the object with this uid; it counts as going from then on. */
  remove(object: T, gracePeriodSeconds?: number): Promise<void>;
}

/** After this an object that the watch never confirmed is forgotten (upstream: ExpectationsTimeout). */
const UNCONFIRMED_MS = 300_000;

export const controllerUidOf = ({ metadata }: KubeObject): string | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;
const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.resourceVersion ?? 0);

function groupOf(object: KubeObject): string {
  return controllerUidOf(object) ?? `/${object.metadata.namespace ?? ""}`;
}

/** Creates the cache on top of `informer`, which somebody else runs. */
export function createOwnedCache<T extends KubeObject>(kube: KubeClient, definition: Definition<T>, informer: Informer<T>): OwnedCache<T> {
  const objects = new Map<string, T>();
  const groups = new Map<string, Map<string, T>>();
  const namespaces = new Map<string, Map<string, T>>();
  const listeners: ((change: Change<T>) => void)[] = [];
  /** Uids that went while writes were under way: their answers come too late. */
  const gone = new Set<string>();
  let writing = 0;

  const enter = (index: Map<string, Map<string, T>>, group: string, key: string, object: T): void => {
    const members = index.get(group) ?? new Map<string, T>();
    members.set(key, object);
    index.set(group, members);
  };
  const leave = (index: Map<string, Map<string, T>>, group: string, key: string): void => {
    const members = index.get(group);
    members?.delete(key);
    if (members?.size === 0) index.delete(group);
  };
  const drop = (key: string): T | undefined => {
    const object = objects.get(key);
    if (!object) return undefined;
    objects.delete(key);
    leave(groups, groupOf(object), key);
    leave(namespaces, object.metadata.namespace ?? "", key);
    return object;
  };
  const put = (object: T): void => {
    const key = keyOf(object);
    const current = objects.get(key);
    if (current && revisionOf(current) > revisionOf(object)) return;
    drop(key);
    objects.set(key, object);
    enter(groups, groupOf(object), key, object);
    enter(namespaces, object.metadata.namespace ?? "", key, object);
  };

  informer.subscribe((change) => {
    const key = keyOf(change.object);
    if (change.type === "upsert") put(change.object);
    else {
      if (writing > 0) gone.add(change.object.metadata.uid ?? "");
      if (objects.get(key)?.metadata.uid === change.object.metadata.uid) drop(key);
    }
    for (const listener of listeners) listener(change);
  });

  /** Takes the answer of a write; what the watch has not confirmed after a while was gone before it could be seen. */
  const written = (object: T): T => {
    if (gone.has(object.metadata.uid ?? "")) return object;
    put(object);
    const confirmed = (): boolean => informer.get(object.metadata.name, object.metadata.namespace)?.metadata.uid === object.metadata.uid;
    if (!confirmed()) {
      const key = keyOf(object);
      setTimeout(() => {
        if (!confirmed() && objects.get(key)?.metadata.uid === object.metadata.uid) drop(key);
      }, UNCONFIRMED_MS).unref();
    }
    return object;
  };
  const write = async (work: Promise<T>): Promise<T> => {
    writing++;
    try {
      return written(await work);
    } finally {
      if (--writing === 0) gone.clear();
    }
  };

  return {
    definition,
    get: (name, namespace) => objects.get(`${namespace}/${name}`),
    inNamespace: (namespace) => [...(namespaces.get(namespace)?.values() ?? [])],
    controlledBy: (uid) => [...(groups.get(uid)?.values() ?? [])],
    orphans: (namespace) => [...(groups.get(`/${namespace}`)?.values() ?? [])],
    subscribe: (listener) => {
      listeners.push(listener);
      for (const object of objects.values()) listener({ type: "upsert", object, previous: undefined });
    },
    create: (object) => write(kube.create(definition, object)),
    update: (object, subresource) => write(kube.update(definition, object, subresource)),
    patch: ({ metadata: { name, namespace, uid } }, patch) => {
      const metadata = { ...(patch["metadata"] as Record<string, unknown> | undefined), ...(uid === undefined ? {} : { uid }) };
      return write(kube.patch(definition, { name, ...(namespace === undefined ? {} : { namespace }) }, { ...patch, metadata }));
    },
    remove: async (object, gracePeriodSeconds) => {
      const { name, namespace, uid } = object.metadata;
      await kube.delete(definition, name, {
        propagationPolicy: "Background",
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      });
      const current = objects.get(keyOf(object));
      if (current?.metadata.uid !== uid || !current || current.metadata.deletionTimestamp !== undefined) return;
      put({ ...current, metadata: { ...current.metadata, deletionTimestamp: new Date().toISOString() } });
    },
  };
}
