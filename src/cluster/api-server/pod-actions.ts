/** Binding and eviction: what others ask the API server to do with a pod. Follows pkg/registry/core/pod/storage. */
import {
  POD_DISRUPTION_BUDGETS,
  PODS,
  selectsLabels,
  type Condition,
  type Eviction,
  type KubeObject,
  type Pod,
  type PodDisruptionBudget,
  type Status,
} from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";
import { readObject } from "./body.ts";
import type { ApiServerParts, Call } from "./call.ts";
import { deleteNamed } from "./delete.ts";
import { getObject } from "./read.ts";
import { serialize } from "./object-state.ts";
import { fromStored, storageKey } from "./resources.ts";
import { toTime } from "../../lib/time.ts";

const SUCCESS = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 } as const satisfies Status;

export interface Binding {
  metadata?: { name?: string };
  target?: { kind?: string; name?: string };
}

/** POST `pods/x/binding`: places the pod on a node, once. Throws Conflict when it is placed already. */
export async function bindPod(
  parts: ApiServerParts,
  namespace: string | undefined,
  name: string | undefined,
  { target }: Binding,
): Promise<Status> {
  const node = target?.name;
  if (typeof name !== "string" || name === "" || typeof node !== "string" || node === "") {
    throw new SkiffError("Invalid", `Binding "${name ?? ""}" is invalid: ${node ? "metadata" : "target"}.name: Required value`);
  }
  const key = storageKey(PODS, namespace, name);
  await parts.store.transact((transaction) => {
    const stored = transaction.get(key);
    if (!stored) throw new SkiffError("NotFound", `pods "${name}" not found`);
    const pod = fromStored<Pod>(PODS, stored.value, stored.revision);
    if (pod.metadata.deletionTimestamp) throw new SkiffError("Conflict", `pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec.nodeName) {
      throw new SkiffError(
        "Conflict",
        `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to node "${pod.spec.nodeName}"`,
      );
    }
    const scheduled: Condition = { type: "PodScheduled", status: "True", lastTransitionTime: toTime() };
    const conditions = [...(pod.status?.conditions ?? []).filter(({ type }) => type !== "PodScheduled"), scheduled];
    const bound: Pod = { ...pod, spec: { ...pod.spec, nodeName: node }, status: { ...pod.status, conditions } };
    transaction.put(key, serialize(bound));
  });
  return SUCCESS;
}

function budgetsOf({ parts, target }: Call, pod: KubeObject): PodDisruptionBudget[] {
  return parts.store
    .list(storageKey(POD_DISRUPTION_BUDGETS, target.namespace))
    .items.map(({ value, revision }) => fromStored<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS, value, revision))
    .filter(({ spec }) => selectsLabels(spec?.selector, pod.metadata.labels));
}

/** POST `pods/x/eviction`: deletes the pod unless a PodDisruptionBudget forbids it. */
export async function evictPod(call: Call): Promise<Status> {
  const eviction = (await readObject(call.request)) as unknown as Eviction;
  const pod = getObject<Pod>(call);
  const finished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  const budgets = finished || pod.status?.phase === "Pending" ? [] : budgetsOf(call, pod);
  if (budgets.length > 1) {
    throw new SkiffError(
      "InternalError",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const [budget] = budgets;
  if (budget && (budget.status?.disruptionsAllowed ?? 0) <= 0) {
    const { name } = budget.metadata;
    const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {};
    throw new SkiffError("TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
      details: {
        causes: [
          {
            reason: "DisruptionBudget",
            message: `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
          },
        ],
      },
    });
  }
  const options = isObject(eviction.deleteOptions) ? eviction.deleteOptions : {};
  const isDry = options.dryRun?.includes("All") === true;
  if (!isDry) await deleteNamed({ ...call, target: { ...call.target, subresource: undefined } }, options);
  return SUCCESS;
}
