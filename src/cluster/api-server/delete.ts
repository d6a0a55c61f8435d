/** Delete of stored objects: removed at once, or marked while finalizers or processes keep them. */
import type { KubeObject, Namespace, Pod } from "../../api/index.ts";
import { isObject } from "../../lib/json.ts";
import { matchesFields, parseFieldSelector, parseLabelSelector } from "../../lib/selectors.ts";
import type { Transaction } from "../object-store/index.ts";
import { readBody } from "./body.ts";
import type { Call } from "./call.ts";
import { checkIdentity, isDryRun, isFinalizable, readCurrent, serialize, store, timestamp } from "./object-state.ts";
import { fromStored, storageKey } from "./resources.ts";

interface DeleteRequest {
  readonly uid: string | undefined;
  readonly graceSeconds: number | undefined;
}

/** kubectl sends DeleteOptions in the body, the Python and JavaScript clients in the query. */
async function readDeleteRequest({ request, url }: Call): Promise<DeleteRequest> {
  const body = await readBody(request);
  const options = isObject(body) ? body : {};
  const preconditions = isObject(options["preconditions"]) ? options["preconditions"] : {};
  const query = url.searchParams.get("gracePeriodSeconds");
  const grace = query === null ? options["gracePeriodSeconds"] : Number(query);
  return {
    uid: typeof preconditions["uid"] === "string" ? preconditions["uid"] : undefined,
    graceSeconds: typeof grace === "number" && Number.isFinite(grace) ? grace : undefined,
  };
}

function deleteOne(call: Call, transaction: Transaction, key: string, { uid, graceSeconds }: DeleteRequest): KubeObject {
  const { current } = readCurrent(call, transaction, key);
  if (uid !== undefined) checkIdentity(call, current, { ...current, metadata: { name: current.metadata.name, uid } });
  if (isDryRun(call)) return current;
  const pod = current.kind === "Pod" ? (current as Pod) : undefined;
  const grace = pod ? (graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) : undefined;
  const marked: KubeObject = {
    ...current,
    metadata: {
      ...current.metadata,
      deletionTimestamp: current.metadata.deletionTimestamp ?? timestamp(),
      ...(grace === undefined ? {} : { deletionGracePeriodSeconds: grace }),
    },
  };
  if (marked.kind === "Namespace") (marked as Namespace).status = { phase: "Terminating" };
  const finalizers = marked.metadata.finalizers ?? [];
  // A pod stays until the runtime has stopped its processes and deletes it with a grace of 0.
  const gone = pod ? finalizers.length === 0 && grace === 0 : isFinalizable(marked);
  if (gone) {
    transaction.delete(key, serialize(marked));
    return marked;
  }
  if (current.metadata.deletionTimestamp !== undefined && current.metadata.deletionGracePeriodSeconds === grace) return current;
  return store(call, transaction, key, marked);
}

/** DELETE of one object: removed at once, or marked while finalizers or processes keep it. */
export async function deleteObject(call: Call): Promise<KubeObject> {
  const { resource, target } = call;
  const wish = await readDeleteRequest(call);
  const key = storageKey(resource, target.namespace, target.name);
  return call.parts.store.transact((transaction) => deleteOne(call, transaction, key, wish));
}

/** DELETE of a collection: every object that the selectors match. */
export async function deleteCollection(call: Call): Promise<KubeObject[]> {
  const { resource, target, url } = call;
  const wish = await readDeleteRequest(call);
  const labels = parseLabelSelector(url.searchParams.get("labelSelector"));
  const fields = parseFieldSelector(url.searchParams.get("fieldSelector"));
  return call.parts.store.transact((transaction) =>
    transaction.list(storageKey(resource, target.namespace)).flatMap(({ key, value, revision }) => {
      const object = fromStored<KubeObject>(resource, value, revision);
      if (!labels(object.metadata.labels ?? {}) || !matchesFields(object, fields)) return [];
      const one: Call = { ...call, target: { ...target, name: object.metadata.name, namespace: object.metadata.namespace } };
      return [deleteOne(one, transaction, key, wish)];
    }),
  );
}
