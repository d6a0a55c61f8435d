/** Refuses what would use more than a ResourceQuota grants. Texts follow apiserver's plugin/pkg/admission/resourcequota. */
import { groupResourceOf, RESOURCE_QUOTAS, type Pod, type ResourceQuota } from "../../../api/index.ts";
import { formatQuantity, parseQuantity, ZERO_QUANTITY, type Quantity } from "../../../lib/quantity.ts";
import { serialize } from "../object-state.ts";
import { storageKey } from "../resources.ts";
import { forbidden, isResource, listStored, type Admission, type AdmissionRequest } from "./admission.ts";
import { isInScope, readUsage, usageOf } from "./quota-usage.ts";

/** What a pod must say about itself once a quota limits it. */
const MUST_SPECIFY = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

function print(values: ReadonlyMap<string, Quantity>, names: readonly string[]): string {
  return names.map((name) => `${name}=${formatQuantity(values.get(name) ?? ZERO_QUANTITY)}`).join(",");
}

function requireSpecified(request: AdmissionRequest, quota: ResourceQuota, hard: readonly string[]): void {
  const { containers, initContainers = [] } = (request.object as Pod).spec;
  const missing = hard
    .filter((name) => MUST_SPECIFY.includes(name))
    .toSorted()
    .flatMap((name) => {
      const field = name.startsWith("limits.") ? "limits" : "requests";
      const plain = name.replace(/^(requests|limits)\./, "");
      const without = [...containers, ...initContainers].filter(({ resources }) => resources?.[field]?.[plain] === undefined);
      const names = [...new Set(without.map((container) => container.name))].toSorted();
      return names.length === 0 ? [] : [`${name} for: ${names.join(",")}`];
    });
  if (missing.length > 0) throw forbidden(request, `failed quota: ${quota.metadata.name}: must specify ${missing.join("; ")}`);
}

function checkQuota(request: AdmissionRequest, quota: ResourceQuota): void {
  const { resource, object, previous, transaction } = request;
  const hard = quota.spec.hard ?? {};
  if (!isInScope(quota, resource, object)) return;
  const next = usageOf(resource, object);
  const before = previous && isInScope(quota, resource, previous) ? usageOf(resource, previous) : new Map<string, Quantity>();
  if (!previous && isResource(resource, "pods")) requireSpecified(request, quota, Object.keys(hard));
  const delta = new Map<string, Quantity>();
  for (const [name, value] of next) {
    if (hard[name] === undefined) continue;
    const nano = value.nano - (before.get(name)?.nano ?? 0n);
    if (nano > 0n) delta.set(name, { nano, format: value.format });
  }
  if (delta.size === 0) return;
  const names = [...delta.keys()].toSorted();
  const namespace = object.metadata.namespace;
  const used = readUsage(quota, names, (definition) => listStored(transaction, definition, namespace), [resource]);
  const limits = new Map(names.map((name) => [name, parseQuantity(hard[name]) ?? ZERO_QUANTITY]));
  const total = (name: string): bigint => (used.get(name)?.nano ?? 0n) + (delta.get(name)?.nano ?? 0n);
  const exceeded = names.filter((name) => total(name) > (limits.get(name)?.nano ?? 0n));
  if (exceeded.length > 0) {
    throw forbidden(
      request,
      `exceeded quota: ${quota.metadata.name}, requested: ${print(delta, exceeded)}, used: ${print(used, exceeded)}, limited: ${print(limits, exceeded)}`,
    );
  }
  if (request.dryRun) return;
  const now = names.map((name) => {
    const format = (used.get(name) ?? ZERO_QUANTITY).nano === 0n ? delta.get(name)?.format : used.get(name)?.format;
    return [name, formatQuantity({ nano: total(name), format: format ?? "DecimalSI" })];
  });
  const status = { hard: { ...hard }, used: { ...quota.status?.used, ...Object.fromEntries(now) } };
  transaction.put(storageKey(RESOURCE_QUOTAS, namespace, quota.metadata.name), serialize({ ...quota, status } as ResourceQuota));
}

export const resourceQuota: Admission = {
  name: "ResourceQuota",
  admit: (request) => {
    const { resource, object, transaction } = request;
    const { namespace } = object.metadata;
    // Events are not worth a count, and a quota must be able to change whatever it says.
    if (namespace === undefined || resource.kind === "Event") return;
    const quotas = listStored(transaction, RESOURCE_QUOTAS, namespace);
    const isSelf = (quota: ResourceQuota): boolean =>
      groupResourceOf(resource) === "resourcequotas" && quota.metadata.name === object.metadata.name;
    for (const quota of quotas) if (!isSelf(quota)) checkQuota(request, quota);
  },
};
