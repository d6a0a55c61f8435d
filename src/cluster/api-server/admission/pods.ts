/** Pods run as a ServiceAccount that exists. Follows plugin/pkg/admission/{serviceaccount,priority,defaulttolerationseconds}. */
import { PRIORITY_CLASSES, SERVICE_ACCOUNTS, type Pod, type PriorityClass } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { storageKey } from "../resources.ts";
import { forbidden, isResource, listStored, type Admission } from "./admission.ts";

/** Classes that every cluster has without storing them. */
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};
const TOLERATED_SECONDS = 300;

/** Guaranteed, Burstable or BestEffort by the requests and limits of the containers (pkg/apis/core/v1/helper/qos). */
export function qosClassOf({ spec }: Pod): "Guaranteed" | "Burstable" | "BestEffort" {
  const all = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ resources }) => resources ?? {});
  const names = ["cpu", "memory"];
  const asks = all.some(({ requests, limits }) => names.some((name) => requests?.[name] !== undefined || limits?.[name] !== undefined));
  if (!asks) return "BestEffort";
  const fixed = all.every(({ requests, limits }) =>
    names.every((name) => limits?.[name] !== undefined && (requests?.[name] ?? limits[name]) === limits[name]),
  );
  return fixed ? "Guaranteed" : "Burstable";
}

export const podDefaults: Admission = {
  name: "ServiceAccount",
  admit: (request) => {
    const { operation, resource, object, transaction } = request;
    if (operation !== "create" || !isResource(resource, "pods")) return;
    const pod = object as Pod;
    const { name, namespace = "" } = pod.metadata;
    const containers = pod.spec?.containers;
    if (!Array.isArray(containers) || containers.length === 0) {
      throw new SkiffError("Invalid", `Pod "${name}" is invalid: spec.containers: Required value`);
    }
    for (const [index, container] of containers.entries()) {
      for (const field of ["name", "image"] as const) {
        if (typeof container[field] !== "string" || container[field] === "") {
          throw new SkiffError("Invalid", `Pod "${name}" is invalid: spec.containers[${index}].${field}: Required value`);
        }
      }
    }
    pod.spec.serviceAccountName ||= "default";
    pod.spec.serviceAccount = pod.spec.serviceAccountName;
    const account = pod.spec.serviceAccountName;
    if (!transaction.get(storageKey(SERVICE_ACCOUNTS, namespace, account))) {
      throw forbidden(request, `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`);
    }
  },
};

/** A pod's priority is the number behind its class, or the default class's. */
export const podPriority: Admission = {
  name: "Priority",
  admit: (request) => {
    const { operation, resource, object, transaction } = request;
    if (operation !== "create" || !isResource(resource, "pods")) return;
    const pod = object as Pod;
    const { spec } = pod;
    // After the LimitRanger: its defaults decide the class too.
    pod.status = { phase: "Pending", qosClass: qosClassOf(pod) };
    const wanted = spec.priorityClassName;
    const system = wanted === undefined ? undefined : SYSTEM_PRIORITIES[wanted];
    const classes = system === undefined ? listStored(transaction, PRIORITY_CLASSES) : [];
    const found: PriorityClass | undefined = wanted
      ? classes.find(({ metadata }) => metadata.name === wanted)
      : classes.find(({ globalDefault }) => globalDefault);
    if (wanted && system === undefined && !found) throw forbidden(request, `no PriorityClass with name ${wanted} was found`);
    if (found) spec.priorityClassName = found.metadata.name;
    spec.priority = system ?? found?.value ?? 0;
    spec.preemptionPolicy ??= found?.preemptionPolicy ?? "PreemptLowerPriority";
  },
};

/** Pods stay for five minutes on a node that is lost. */
export const podTolerations: Admission = {
  name: "DefaultTolerationSeconds",
  admit: ({ operation, resource, object }) => {
    if (operation !== "create" || !isResource(resource, "pods")) return;
    const { spec } = object as Pod;
    const own = spec.tolerations ?? [];
    const missing = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].filter(
      (key) => !own.some((one) => (one.key === key || !one.key) && (!one.effect || one.effect === "NoExecute")),
    );
    const added = missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: TOLERATED_SECONDS }));
    if (added.length > 0) spec.tolerations = [...own, ...added];
  },
};
