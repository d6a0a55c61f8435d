/** Delete of stored objects: removed at once, or marked while finalizers, dependents or processes keep them. */
import type { KubeObject, Namespace, Pod } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";
import { matchesFields, parseFieldSelector, parseLabelSelector } from "../../lib/selectors.ts";
import type { Transaction } from "../object-store/index.ts";
import { askWebhooks, mayConcernWebhooks } from "./admission/webhooks.ts";
import { readBody } from "./body.ts";
import type { Call } from "./call.ts";
import { checkIdentity, conflict, isDryRun, isFinalizable, readCurrent, serialize, store } from "./object-state.ts";
import { checkDeleteOptions } from "./query.ts";
import { fromStored, storageKey } from "./resources.ts";
import { toTime } from "../../lib/time.ts";

/** The garbage collector takes them off once it has dealt with the dependents. */
export const FOREGROUND_FINALIZER = "foregroundDeletion";
export const ORPHAN_FINALIZER = "orphan";

const POLICIES = ["Orphan", "Background", "Foreground"] as const;
type Policy = (typeof POLICIES)[number];

interface DeleteRequest {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly graceSeconds: number | undefined;
  readonly policy: Policy | undefined;
  readonly dryRun: boolean;
}

function parseOptions(options: Record<string, unknown>, query: URLSearchParams): DeleteRequest {
  const preconditions = isObject(options["preconditions"]) ? options["preconditions"] : {};
  const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
  const asked = query.get("gracePeriodSeconds");
  const grace = asked === null ? options["gracePeriodSeconds"] : Number(asked);
  const word = query.get("propagationPolicy") ?? text(options["propagationPolicy"]);
  const policy = POLICIES.find((one) => one === word);
  if (word !== undefined && policy === undefined) {
    throw new SkiffError(
      "Invalid",
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: ${JSON.stringify(word)}: must be one of "Background","Foreground","Orphan"`,
    );
  }
  const orphans = options["orphanDependents"] ?? (query.has("orphanDependents") ? query.get("orphanDependents") === "true" : undefined);
  return {
    uid: text(preconditions["uid"]),
    resourceVersion: text(preconditions["resourceVersion"]),
    graceSeconds: typeof grace === "number" && Number.isFinite(grace) ? Math.max(0, grace) : undefined,
    policy: policy ?? (orphans === true ? "Orphan" : undefined),
    dryRun: Array.isArray(options["dryRun"]) && options["dryRun"].includes("All"),
  };
}

/** kubectl sends DeleteOptions in the body, the Python and JavaScript clients in the query. */
async function readDeleteRequest({ request, url }: Call): Promise<DeleteRequest> {
  const body = await readBody(request);
  checkDeleteOptions(body);
  return parseOptions(isObject(body) ? body : {}, url.searchParams);
}

/** The finalizers with which the deletion begins; a policy replaces the one of an earlier request. */
function finalizersFor(object: KubeObject, policy: Policy | undefined): string[] {
  const own = object.metadata.finalizers ?? [];
  if (policy === undefined) return own;
  const others = own.filter((one) => one !== FOREGROUND_FINALIZER && one !== ORPHAN_FINALIZER);
  if (policy === "Foreground") return [...others, FOREGROUND_FINALIZER];
  return policy === "Orphan" ? [...others, ORPHAN_FINALIZER] : others;
}

export interface Deleted {
  readonly object: KubeObject;
  /** False while something keeps the object. */
  readonly gone: boolean;
}

function deleteOne(call: Call, transaction: Transaction, key: string, wish: DeleteRequest): Deleted {
  const { uid, resourceVersion, graceSeconds, policy } = wish;
  const { current } = readCurrent(call, transaction, key);
  if (uid !== undefined) checkIdentity(call, current, { ...current, metadata: { name: current.metadata.name, uid } });
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) throw conflict(call);
  if (isDryRun(call) || wish.dryRun) return { object: current, gone: true };
  const pod = current.kind === "Pod" ? (current as Pod) : undefined;
  const asked = pod ? (graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) : undefined;
  // A pod that is going already may only be hurried.
  const before = current.metadata.deletionTimestamp === undefined ? undefined : current.metadata.deletionGracePeriodSeconds;
  const grace = asked !== undefined && before !== undefined ? Math.min(asked, before) : asked;
  const finalizers = finalizersFor(current, policy);
  const { finalizers: _, ...metadata } = current.metadata;
  const marked: KubeObject = {
    ...current,
    metadata: {
      ...metadata,
      deletionTimestamp: current.metadata.deletionTimestamp ?? toTime(),
      ...(grace === undefined ? {} : { deletionGracePeriodSeconds: grace }),
      ...(pod === undefined && finalizers.length > 0 ? { deletionGracePeriodSeconds: 0 } : {}),
      ...(finalizers.length > 0 ? { finalizers } : {}),
    },
  };
  if (marked.kind === "Namespace" && current.metadata.deletionTimestamp === undefined) {
    (marked as Namespace).status = { ...(marked as Namespace).status, phase: "Terminating" };
  }
  // A pod stays until the runtime has stopped its processes and deletes it with a grace of 0.
  const gone = pod ? finalizers.length === 0 && grace === 0 : isFinalizable(marked);
  if (gone) {
    transaction.delete(key, serialize(marked));
    return { object: marked, gone: true };
  }
  const unchanged = serialize(marked) === serialize(current);
  return { object: unchanged ? current : store(call, transaction, key, marked), gone: false };
}

/** Lets webhooks refuse the deletion of what exists. */
async function askAboutDeletion(call: Call, key: string): Promise<void> {
  if (!mayConcernWebhooks(call, "DELETE")) return;
  const stored = call.parts.store.get(key);
  if (stored) await askWebhooks(call, "DELETE", undefined, fromStored<KubeObject>(call.resource, stored.value, stored.revision));
}

/** Deletes the object that a call names, with options that do not come from its request. */
export async function deleteNamed(call: Call, options: Record<string, unknown>): Promise<Deleted> {
  const key = storageKey(call.resource, call.target.namespace, call.target.name);
  const wish = parseOptions(options, new URLSearchParams());
  await askAboutDeletion(call, key);
  return call.parts.store.transact((transaction) => deleteOne(call, transaction, key, wish));
}

/** DELETE of one object: removed at once, or marked while something keeps it. */
export async function deleteObject(call: Call): Promise<Deleted> {
  const { resource, target } = call;
  const wish = await readDeleteRequest(call);
  const key = storageKey(resource, target.namespace, target.name);
  await askAboutDeletion(call, key);
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
      return [deleteOne(one, transaction, key, wish).object];
    }),
  );
}
