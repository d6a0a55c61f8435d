/** Namespaces: what each one holds from the start, and how it goes away. Follows kube-controller-manager's namespace and serviceaccount controllers. */
import {
  CONFIG_MAPS,
  groupResourceOf,
  NAMESPACES,
  SERVICE_ACCOUNTS,
  type Condition,
  type KubeObject,
  type Namespace,
} from "../../api/index.ts";
import { createController, createInformer, type Definition, type KubeClient, type Loop, type ReconcileResult } from "../../kit/index.ts";
import { isReason } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { ResourceRegistry } from "../api-server/index.ts";
import { toTime } from "../../lib/time.ts";

const REMAINING_RETRY_MS = 100;
const FINALIZER_RETRY_MS = 500;

export interface NamespaceControllerOptions {
  readonly kube: KubeClient;
  readonly registry: ResourceRegistry;
  readonly log: Log;
  /** PEM that `kube-root-ca.crt` publishes in every namespace. */
  readonly ca: string;
}

/** What is left in a namespace that is being deleted: objects by kind, objects by finalizer. */
interface Remaining {
  readonly kinds: Map<string, number>;
  readonly finalizers: Map<string, number>;
}

const raise = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/** Deletes what the namespace holds; returns what is still there. */
async function deleteContent(kube: KubeClient, registry: ResourceRegistry, namespace: string): Promise<Remaining> {
  const remaining: Remaining = { kinds: new Map(), finalizers: new Map() };
  for (const resource of registry.all().filter(({ namespaced }) => namespaced)) {
    const definition: Definition<KubeObject> = resource;
    const { items } = await kube.list(definition, { namespace });
    for (const { metadata } of items) {
      raise(remaining.kinds, groupResourceOf(resource));
      for (const finalizer of metadata.finalizers ?? []) raise(remaining.finalizers, finalizer);
      if (metadata.deletionTimestamp !== undefined) continue;
      try {
        await kube.delete(definition, metadata.name, { namespace, ...(metadata.uid ? { uid: metadata.uid } : {}) });
      } catch (error) {
        if (!isReason(error, "NotFound", "Conflict")) throw error;
      }
    }
  }
  return remaining;
}

function condition(type: string, status: "True" | "False", reason: string, message: string): Condition {
  return { type, status, reason, message };
}

/** Texts follow pkg/controller/namespace/deletion/status_condition_utils.go. */
function conditionsOf({ kinds, finalizers }: Remaining): Condition[] {
  const list = (counts: Map<string, number>, word: string): string =>
    [...counts]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, count]) => `${key} ${word} ${count} resource instances`)
      .join(", ");
  return [
    condition("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
    condition("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    condition(
      "NamespaceDeletionContentFailure",
      "False",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ),
    kinds.size > 0
      ? condition("NamespaceContentRemaining", "True", "SomeResourcesRemain", `Some resources are remaining: ${list(kinds, "has")}`)
      : condition("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed"),
    finalizers.size > 0
      ? condition(
          "NamespaceFinalizersRemaining",
          "True",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${list(finalizers, "in")}`,
        )
      : condition("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
  ];
}

/** Writes the conditions when one of them says something new. */
async function report(kube: KubeClient, namespace: Namespace, remaining: Remaining): Promise<void> {
  const before = new Map((namespace.status?.conditions ?? []).map((one) => [one.type, one]));
  const now = toTime();
  let changed = false;
  const conditions = conditionsOf(remaining).map((one) => {
    const old = before.get(one.type);
    if (old?.status === one.status && old.message === one.message) return old;
    changed = true;
    return { ...one, lastTransitionTime: old?.status === one.status ? (old.lastTransitionTime ?? now) : now };
  });
  if (!changed) return;
  const { name, uid } = namespace.metadata;
  await kube.patch(NAMESPACES, { name, subresource: "status" }, { metadata: { uid }, status: { phase: "Terminating", conditions } });
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
      const remaining = await deleteContent(kube, registry, name);
      if (remaining.kinds.size > 0) {
        await report(kube, namespace, remaining);
        return { requeueAfterMs: remaining.finalizers.size > 0 ? FINALIZER_RETRY_MS : REMAINING_RETRY_MS };
      }
      await kube.update(NAMESPACES, { ...namespace, spec: { finalizers: [] } }, "finalize");
      return undefined;
    },
  });
  namespaces.subscribe((change) => {
    if (change.type === "upsert") controller.enqueue(change.object.metadata.name);
  });
  return [namespaces, controller];
}
