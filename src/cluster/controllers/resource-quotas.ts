/** Keeps `status.used` of ResourceQuotas true when objects go or change. Follows kube-controller-manager's resourcequota controller. */
import { RESOURCE_QUOTAS, type KubeObject, type ResourceQuota } from "../../api/index.ts";
import { createController, createInformer, type KubeClient, type Loop } from "../../kit/index.ts";
import { jsonEqual } from "../../lib/json.ts";
import { formatQuantity } from "../../lib/quantity.ts";
import type { Log } from "../../lib/log.ts";
import { fromStored, readUsage, storageKey, type ResourceRegistry } from "../api-server/index.ts";
import type { ObjectStore } from "../object-store/index.ts";

/** Changes that come together are counted together. */
const SETTLE_MS = 50;

/** Creates the loops of the controller. */
export function createResourceQuotaController(store: ObjectStore, registry: ResourceRegistry, kube: KubeClient, log: Log): Loop[] {
  const quotas = createInformer(kube, RESOURCE_QUOTAS, log);
  /** Keys with a timer: later changes must not put it off for ever. */
  const scheduled = new Set<string>();
  const controller = createController({
    name: "resource-quotas",
    log,
    concurrency: 1,
    reconcile: async (key) => {
      scheduled.delete(key);
      const [namespace = "", name = ""] = key.split("/");
      const quota = await kube.find<ResourceQuota>(RESOURCE_QUOTAS, name, namespace);
      if (!quota) return;
      const hard = quota.spec.hard ?? {};
      const totals = readUsage(
        quota,
        Object.keys(hard),
        (definition) =>
          store
            .list(storageKey(definition, namespace))
            .items.map(({ value, revision }) => fromStored<KubeObject>(definition, value, revision)),
        registry.all(),
      );
      const used = Object.fromEntries([...totals].map(([resource, value]) => [resource, formatQuantity(value)]));
      if (jsonEqual(quota.status?.hard, hard) && jsonEqual(quota.status?.used, used)) return;
      await kube.update(RESOURCE_QUOTAS, { ...quota, status: { hard, used } }, "status");
    },
  });
  quotas.subscribe(({ type, object }) => {
    if (type !== "delete") controller.enqueue(`${object.metadata.namespace}/${object.metadata.name}`);
  });
  const enqueueNamespace = (namespace: string): void => {
    for (const { metadata } of quotas.list(namespace)) {
      const key = `${namespace}/${metadata.name}`;
      if (scheduled.has(key)) continue;
      scheduled.add(key);
      controller.enqueue(key, SETTLE_MS);
    }
  };
  return [
    quotas,
    {
      name: controller.name,
      run: async (signal) => {
        const unsubscribe = store.subscribe((events) => {
          const touched = new Set<string>();
          for (const { key } of events) {
            const [, , group, plural, namespace, name] = key.split("/");
            const own = group === "core" && (plural === "resourcequotas" || plural === "events");
            if (name !== undefined && namespace !== undefined && !own) touched.add(namespace);
          }
          for (const namespace of touched) enqueueNamespace(namespace);
        });
        await controller.run(signal);
        unsubscribe();
      },
    },
  ];
}
