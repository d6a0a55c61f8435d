/** Roles that every cluster has. Names and rules follow kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy. */
import type { ClusterRole, ClusterRoleBinding, ObjectMeta, PolicyRule } from "../../api/index.ts";

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];
const AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-";

function bootstrapMeta(name: string, labels: Record<string, string> = {}): ObjectMeta {
  return {
    name,
    labels: { "kubernetes.io/bootstrapping": "rbac-defaults", ...labels },
    annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
  };
}

function clusterRole(name: string, rules: PolicyRule[], labels?: Record<string, string>): ClusterRole {
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: bootstrapMeta(name, labels), rules };
}

/** A role whose rules are those of every role with the label `aggregate-to-<name>`. */
function aggregated(name: string, joins?: string): ClusterRole {
  return {
    ...clusterRole(name, [], joins === undefined ? {} : { [`${AGGREGATE}${joins}`]: "true" }),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${name}`]: "true" } }] },
  };
}

function bind(name: string, ...groups: string[]): ClusterRoleBinding {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: bootstrapMeta(name),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: groups.map((group) => ({ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: group })),
  };
}

const rule = (verbs: string[], group: string, ...resources: string[]): PolicyRule => ({ verbs, apiGroups: [group], resources });

const WORKLOADS = ["deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"];
const NETWORKING = ["ingresses", "networkpolicies"];

const VIEW: PolicyRule[] = [
  rule(
    READ,
    "",
    "configmaps",
    "endpoints",
    "persistentvolumeclaims",
    "persistentvolumeclaims/status",
    "pods",
    "serviceaccounts",
    "services",
    "services/status",
  ),
  rule(
    READ,
    "",
    "bindings",
    "events",
    "limitranges",
    "namespaces/status",
    "pods/log",
    "pods/status",
    "resourcequotas",
    "resourcequotas/status",
  ),
  rule(READ, "", "namespaces"),
  rule(READ, "discovery.k8s.io", "endpointslices"),
  rule(
    READ,
    "apps",
    "controllerrevisions",
    "daemonsets",
    "daemonsets/status",
    ...WORKLOADS,
    "deployments/status",
    "replicasets/status",
    "statefulsets/status",
  ),
  rule(READ, "autoscaling", "horizontalpodautoscalers", "horizontalpodautoscalers/status"),
  rule(READ, "batch", "cronjobs", "cronjobs/status", "jobs", "jobs/status"),
  rule(READ, "policy", "poddisruptionbudgets", "poddisruptionbudgets/status"),
  rule(READ, "networking.k8s.io", ...NETWORKING, "ingresses/status"),
];

const EDIT: PolicyRule[] = [
  rule(READ, "", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"),
  rule(["impersonate"], "", "serviceaccounts"),
  rule(WRITE, "", "pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"),
  rule(["create"], "", "pods/eviction"),
  rule(WRITE, "", "configmaps", "events", "persistentvolumeclaims", "secrets", "serviceaccounts", "services", "services/proxy"),
  rule(["create"], "", "serviceaccounts/token"),
  rule(WRITE, "apps", "daemonsets", ...WORKLOADS, "deployments/rollback"),
  rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
  rule(WRITE, "batch", "cronjobs", "jobs"),
  rule(WRITE, "policy", "poddisruptionbudgets"),
  rule(WRITE, "networking.k8s.io", ...NETWORKING),
  rule([...WRITE, ...READ], "coordination.k8s.io", "leases"),
];

const ADMIN_ONLY: PolicyRule[] = [
  rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
  rule([...WRITE, ...READ], "rbac.authorization.k8s.io", "rolebindings", "roles"),
];

const PUBLIC_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

export const BOOTSTRAP_ROLES: readonly ClusterRole[] = [
  clusterRole("cluster-admin", [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ]),
  aggregated("admin"),
  aggregated("edit", "admin"),
  aggregated("view", "edit"),
  clusterRole("system:aggregate-to-admin", ADMIN_ONLY, { [`${AGGREGATE}admin`]: "true" }),
  clusterRole("system:aggregate-to-edit", EDIT, { [`${AGGREGATE}edit`]: "true" }),
  clusterRole("system:aggregate-to-view", VIEW, { [`${AGGREGATE}view`]: "true" }),
  clusterRole("system:discovery", [
    { verbs: ["get"], nonResourceURLs: ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", ...PUBLIC_PATHS] },
  ]),
  clusterRole("system:public-info-viewer", [{ verbs: ["get"], nonResourceURLs: PUBLIC_PATHS }]),
  clusterRole("system:basic-user", [
    rule(["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
    rule(["create"], "authentication.k8s.io", "selfsubjectreviews"),
  ]),
  clusterRole("system:service-account-issuer-discovery", [
    { verbs: ["get"], nonResourceURLs: ["/.well-known/openid-configuration", "/openid/v1/jwks"] },
  ]),
  clusterRole("system:auth-delegator", [
    rule(["create"], "authentication.k8s.io", "tokenreviews"),
    rule(["create"], "authorization.k8s.io", "subjectaccessreviews"),
  ]),
  clusterRole("system:persistent-volume-provisioner", [
    rule([...READ, "create", "delete"], "", "persistentvolumes"),
    rule([...READ, "update"], "", "persistentvolumeclaims"),
    rule(READ, "storage.k8s.io", "storageclasses"),
    rule(["watch"], "", "events"),
    rule(["create", "update", "patch"], "", "events"),
  ]),
  clusterRole("system:monitoring", [
    {
      verbs: ["get"],
      nonResourceURLs: ["/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/metrics/slis", "/readyz", "/readyz/*"],
    },
  ]),
];

export const BOOTSTRAP_BINDINGS: readonly ClusterRoleBinding[] = [
  bind("cluster-admin", "system:masters"),
  bind("system:discovery", "system:authenticated"),
  bind("system:basic-user", "system:authenticated"),
  bind("system:public-info-viewer", "system:authenticated", "system:unauthenticated"),
  bind("system:service-account-issuer-discovery", "system:serviceaccounts"),
  bind("system:monitoring", "system:monitoring"),
];
