/** From a Profile to its namespace and who may do what there. Follows kubeflow/dashboard profile_controller.go, in its order. */
import {
  controllerReference,
  NAMESPACES,
  PROFILES,
  ROLE_BINDINGS,
  SERVICE_ACCOUNTS,
  type Namespace,
  type Profile,
  type RoleBinding,
  type Subject,
} from "../../api/index.ts";
import type { KubeClient } from "../../kit/index.ts";

/** Labels of kubeflow/manifests' profiles overlay. */
const NAMESPACE_LABELS: Readonly<Record<string, string>> = {
  "app.kubernetes.io/part-of": "kubeflow-profile",
  "istio-injection": "enabled",
  "katib.kubeflow.org/metrics-collector-injection": "enabled",
  "pipelines.kubeflow.org/enabled": "true",
  "serving.kubeflow.org/inferenceservice": "enabled",
};

/** Returns false when the namespace belongs to somebody else. */
async function ensureNamespace(kube: KubeClient, profile: Profile): Promise<boolean> {
  const { name } = profile.metadata;
  const owner = profile.spec.owner.name;
  const existing = await kube.ensure<Namespace>(NAMESPACES, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, annotations: { owner }, labels: { ...NAMESPACE_LABELS }, ownerReferences: [controllerReference(profile)] },
  });
  if (existing.metadata.annotations?.["owner"] !== owner) return false;
  // Added when missing, never overwritten: people change these labels on purpose.
  const missing = Object.entries(NAMESPACE_LABELS).filter(([key]) => existing.metadata.labels?.[key] === undefined);
  if (missing.length > 0) await kube.patch(NAMESPACES, { name }, { metadata: { labels: Object.fromEntries(missing) } });
  return true;
}

function binding(profile: Profile, name: string, role: string, subject: Subject, annotations?: Record<string, string>): RoleBinding {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: {
      name,
      namespace: profile.metadata.name,
      ownerReferences: [controllerReference(profile)],
      ...(annotations ? { annotations } : {}),
    },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [subject],
  };
}

async function reportConflict(kube: KubeClient, profile: Profile): Promise<void> {
  const message = `namespace already exist, but not owned by profile creator ${profile.spec.owner.name}`;
  const conditions = profile.status?.conditions ?? [];
  if (conditions.some((condition) => condition.message === message)) return;
  const condition = { type: "Failed", status: "True", message };
  await kube.patch(
    PROFILES,
    { name: profile.metadata.name, subresource: "status" },
    { status: { conditions: [...conditions, condition] } },
  );
}

/** Brings everything below `profile` to its desired state. */
export async function reconcileProfile(kube: KubeClient, profile: Profile): Promise<void> {
  if (!(await ensureNamespace(kube, profile))) {
    await reportConflict(kube, profile);
    return;
  }
  const namespace = profile.metadata.name;
  const { owner } = profile.spec;
  for (const [account, role] of [
    ["default-editor", "kubeflow-edit"],
    ["default-viewer", "kubeflow-view"],
  ] as const) {
    await kube.ensure(SERVICE_ACCOUNTS, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: account, namespace, ownerReferences: [controllerReference(profile)] },
    });
    await kube.ensure(ROLE_BINDINGS, binding(profile, account, role, { kind: "ServiceAccount", name: account, namespace }));
  }
  const subject: Subject = { kind: owner.kind, name: owner.name, apiGroup: "rbac.authorization.k8s.io" };
  await kube.ensure(ROLE_BINDINGS, binding(profile, "namespaceAdmin", "kubeflow-admin", subject, { user: owner.name, role: "admin" }));
}
