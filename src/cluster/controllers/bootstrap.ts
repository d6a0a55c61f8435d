/** Brings what every cluster has from the start up to date. Follows apiserver's rbac bootstrap with `autoupdate`. */
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  NAMESPACES,
  SERVICES,
  type ClusterRole,
  type ClusterRoleBinding,
  type Service,
} from "../../api/index.ts";
import type { KubeClient } from "../../kit/index.ts";
import { jsonEqual } from "../../lib/json.ts";
import { BOOTSTRAP_BINDINGS, BOOTSTRAP_ROLES, uncoveredRules } from "../auth/index.ts";

const BOOTSTRAP_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
const AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";

/** Adds the rules and labels that a newer Skiff gives the role; what an administrator added stays. */
async function ensureRole(kube: KubeClient, wanted: ClusterRole): Promise<void> {
  const existing = await kube.ensure(CLUSTER_ROLES, wanted);
  const { name, labels, annotations, resourceVersion } = existing.metadata;
  if (annotations?.[AUTOUPDATE] === "false") return;
  const missing = wanted.aggregationRule ? [] : uncoveredRules(existing.rules ?? [], wanted.rules ?? []);
  const hasLabels = Object.entries(wanted.metadata.labels ?? {}).every(([key, value]) => labels?.[key] === value);
  if (missing.length === 0 && hasLabels && jsonEqual(existing.aggregationRule, wanted.aggregationRule)) return;
  await kube.patch(
    CLUSTER_ROLES,
    { name },
    {
      metadata: { resourceVersion, labels: wanted.metadata.labels, annotations: wanted.metadata.annotations },
      ...(wanted.aggregationRule ? { aggregationRule: wanted.aggregationRule } : { rules: [...(existing.rules ?? []), ...missing] }),
    },
  );
}

async function ensureBinding(kube: KubeClient, wanted: ClusterRoleBinding): Promise<void> {
  const existing = await kube.ensure(CLUSTER_ROLE_BINDINGS, wanted);
  if (existing.metadata.annotations?.[AUTOUPDATE] === "false") return;
  const missing = (wanted.subjects ?? []).filter(
    ({ kind, name }) => !existing.subjects?.some((subject) => subject.kind === kind && subject.name === name),
  );
  if (missing.length === 0) return;
  const { name, resourceVersion } = existing.metadata;
  await kube.patch(
    CLUSTER_ROLE_BINDINGS,
    { name },
    { metadata: { resourceVersion }, subjects: [...(existing.subjects ?? []), ...missing] },
  );
}

/** The API server as a Service, as programs inside a cluster find it. */
const API_SERVICE: Service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
  spec: { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443, targetPort: 6443, protocol: "TCP" }] },
};

/** Creates the first namespaces, roles, bindings and the API's Service; brings the roles up to date. */
export async function bootstrapCluster(kube: KubeClient): Promise<void> {
  await Promise.all(
    BOOTSTRAP_NAMESPACES.map((name) => kube.ensure(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  );
  await Promise.all([
    ...BOOTSTRAP_ROLES.map((role) => ensureRole(kube, role)),
    ...BOOTSTRAP_BINDINGS.map((binding) => ensureBinding(kube, binding)),
    kube.ensure(SERVICES, API_SERVICE),
  ]);
}
