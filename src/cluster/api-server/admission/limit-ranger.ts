/** LimitRanges: defaults for containers, bounds for containers, pods and claims. Texts follow plugin/pkg/admission/limitranger. */
import {
  LIMIT_RANGES,
  type Container,
  type LimitRangeItem,
  type PersistentVolumeClaim,
  type Pod,
  type Quantities,
} from "../../../api/index.ts";
import { addQuantities, formatQuantity, parseQuantity, ZERO_QUANTITY, type Quantity } from "../../../lib/quantity.ts";
import { forbidden, isResource, listStored, type Admission } from "./admission.ts";

interface Asked {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

const quantity = (text: string | undefined): Quantity | undefined => (text === undefined ? undefined : parseQuantity(text));
const text = (value: Quantity): string => formatQuantity(value);

function boundFaults(type: string, { min = {}, max = {}, maxLimitRequestRatio = {} }: LimitRangeItem, asked: Asked): string[] {
  const faults: string[] = [];
  const limited = type !== "PersistentVolumeClaim";
  for (const [name, bound] of Object.entries(min)) {
    const least = quantity(bound);
    const request = quantity(asked.requests[name]);
    const limit = quantity(asked.limits[name]);
    if (!least) continue;
    const rule = `minimum ${name} usage per ${type} is ${bound}`;
    if (!request) faults.push(`${rule}.  No request is specified`);
    else if (request.nano < least.nano) faults.push(`${rule}, but request is ${text(request)}`);
    else if (limited && limit && limit.nano < least.nano) faults.push(`${rule}, but limit is ${text(limit)}`);
  }
  for (const [name, bound] of Object.entries(max)) {
    const most = quantity(bound);
    const request = quantity(asked.requests[name]);
    const limit = quantity(asked.limits[name]);
    if (!most) continue;
    const rule = `maximum ${name} usage per ${type} is ${bound}`;
    if (limited && !limit) faults.push(`${rule}.  No limit is specified`);
    else if (limited && limit && limit.nano > most.nano) faults.push(`${rule}, but limit is ${text(limit)}`);
    else if (request && request.nano > most.nano) faults.push(`${rule}, but request is ${text(request)}`);
  }
  for (const [name, bound] of Object.entries(maxLimitRequestRatio)) {
    const ratio = quantity(bound);
    const request = quantity(asked.requests[name]);
    const limit = quantity(asked.limits[name]);
    if (!ratio) continue;
    const rule = `${name} max limit to request ratio per ${type} is ${bound}`;
    if (!request || request.nano === 0n) faults.push(`${rule}, but no request is specified or request is 0`);
    else if (!limit || limit.nano === 0n) faults.push(`${rule}, but no limit is specified or limit is 0`);
    else {
      const observed = Number(limit.nano) / Number(request.nano);
      if (observed > Number(ratio.nano) / 1e9) faults.push(`${rule}, but provided ratio is ${observed.toFixed(6)}`);
    }
  }
  return faults;
}

/** Fills one container; returns what was set, in the words of the annotation that upstream leaves behind. */
function fillContainer(container: Container, defaults: Quantities, defaultRequests: Quantities, what: string): string[] {
  const resources = (container.resources ??= {});
  const notes: string[] = [];
  const fill = (field: "limits" | "requests", values: Quantities, word: string): void => {
    const missing = Object.keys(values).filter((name) => resources[field]?.[name] === undefined);
    if (missing.length === 0) return;
    resources[field] = { ...Object.fromEntries(missing.map((name) => [name, values[name] ?? ""])), ...resources[field] };
    notes.push(`${missing.toSorted().join(", ")} ${word} for ${what} ${container.name}`);
  };
  // pods.go sets requests from limits before; here the explicit limit wins over the range's default request the same way.
  fill("requests", defaultRequests, "request");
  fill("limits", defaults, "limit");
  return notes;
}

function sum(containers: readonly Container[], field: "requests" | "limits"): Record<string, string> {
  const totals = new Map<string, Quantity>();
  for (const { resources } of containers) {
    for (const [name, value] of Object.entries(resources?.[field] ?? {})) {
      totals.set(name, addQuantities(totals.get(name) ?? ZERO_QUANTITY, quantity(value) ?? ZERO_QUANTITY));
    }
  }
  return Object.fromEntries([...totals].map(([name, value]) => [name, text(value)]));
}

const askedBy = ({ resources }: Container): Asked => ({ requests: resources?.requests ?? {}, limits: resources?.limits ?? {} });

export const limitRanger: Admission = {
  name: "LimitRanger",
  admit: (request) => {
    const { operation, resource, object, transaction } = request;
    const isPod = isResource(resource, "pods") && operation === "create";
    const isClaim = isResource(resource, "persistentvolumeclaims");
    const { namespace } = object.metadata;
    if ((!isPod && !isClaim) || namespace === undefined) return;
    const items = listStored(transaction, LIMIT_RANGES, namespace).flatMap(({ spec }) => spec?.limits ?? []);
    if (items.length === 0) return;
    const faults: string[] = [];
    if (isClaim) {
      const { resources = {} } = (object as PersistentVolumeClaim).spec;
      const asked = { requests: resources.requests ?? {}, limits: resources.limits ?? {} };
      for (const item of items) if (item.type === "PersistentVolumeClaim") faults.push(...boundFaults(item.type, item, asked));
    } else {
      const pod = object as Pod;
      const { containers, initContainers = [] } = pod.spec;
      const notes: string[] = [];
      for (const { type, default: limits = {}, defaultRequest = {} } of items) {
        if (type !== "Container") continue;
        for (const container of containers) notes.push(...fillContainer(container, limits, defaultRequest, "container"));
        for (const container of initContainers) notes.push(...fillContainer(container, limits, defaultRequest, "init container"));
      }
      if (notes.length > 0) {
        const annotation = `LimitRanger plugin set: ${notes.join("; ")}`;
        pod.metadata.annotations = { ...pod.metadata.annotations, "kubernetes.io/limit-ranger": annotation };
      }
      for (const item of items) {
        if (item.type === "Container") {
          for (const container of [...containers, ...initContainers]) faults.push(...boundFaults(item.type, item, askedBy(container)));
        } else if (item.type === "Pod") {
          faults.push(...boundFaults(item.type, item, { requests: sum(containers, "requests"), limits: sum(containers, "limits") }));
        }
      }
    }
    const [only] = faults;
    if (only !== undefined) throw forbidden(request, faults.length === 1 ? only : `[${faults.join(", ")}]`);
  },
};
