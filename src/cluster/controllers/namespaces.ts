/** Namespaces: what each one holds from the start, and how it goes away. Follows kube-controller-manager's namespace and serviceaccount controllers. */
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS, type KubeObject, type Namespace } from "../../api/index.ts";
import { createController, createInformer, type Definition, type KubeClient, type Loop, type ReconcileResult } from "../../kit/index.ts";
import type { Log } from "../../lib/log.ts";
import type { ResourceRegistry } from "../api-server/index.ts";

const REMAINING_RETRY_MS = 100;

export interface NamespaceControllerOptions {
  readonly kube: KubeClient;
  readonly registry: ResourceRegistry;
  readonly log: Log;
  /** PEM that `kube-root-ca.crt` publishes in every namespace. */
  readonly ca: string;
}

/** Deletes what the namespace holds; returns how many objects are still there. */
async function deleteContent(kube: KubeClient, registry: ResourceRegistry, namespace: string): Promise<number> {
  let remaining = 0;
  for (const resource of registry.all().filter(({ namespaced }) => namespaced)) {
    const definition: Definition<KubeObject> = resource;
    const { items } = await kube.list(definition, { namespace });
    remaining += items.length;
    for (const { metadata } of items) {
      if (metadata.deletionTimestamp === undefined)
        await kube.delete(definition, metadata.name, { namespace, ...(metadata.uid ? { uid: metadata.uid } : {}) });
    }
  }
  return remaining;
}

/** Creates the loops of the controller. */
export function createNamespaceController({ kube, registry, log, ca }: NamespaceControllerOptions): Loop[] {
  const namespaces = createInformer(kube, NAMESPACES, log);
  const populate = async (namespace: string): Promise<void> => {
    await kube.ensure(SERVICE_ACCOUNTS, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } });
    await kube.ensure(CONFIG_MAPS, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kube-root-ca.crt", namespace },
      data: { "ca.crt": ca },
    });
  };
  const controller = createController({
    name: "namespaces",
    log,
    reconcile: async (name): Promise<ReconcileResult | undefined> => {
      const namespace = await kube.find<Namespace>(NAMESPACES, name);
      if (!namespace) return undefined;
      if (namespace.metadata.deletionTimestamp === undefined) {
        await populate(name);
        return undefined;
      }
      if ((await deleteContent(kube, registry, name)) > 0) return { requeueAfterMs: REMAINING_RETRY_MS };
      await kube.update(NAMESPACES, { ...namespace, spec: { finalizers: [] } }, "finalize");
      return undefined;
    },
  });
  namespaces.subscribe((change) => {
    if (change.type === "upsert") controller.enqueue(change.object.metadata.name);
  });
  return [namespaces, controller];
}
