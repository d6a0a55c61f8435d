/** Roles that every cluster has. Names and rules follow kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy. */
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from "../../api/index.ts";

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];

function clusterRole(name: string, rules: PolicyRule[]): ClusterRole {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name, labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } },
    rules,
  };
}

function bind(name: string, ...groups: string[]): ClusterRoleBinding {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name, labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: groups.map((group) => ({ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: group })),
  };
}

const namespaced: PolicyRule = {
  verbs: READ,
  apiGroups: [""],
  resources: ["configmaps", "events", "pods", "pods/log", "pods/status", "serviceaccounts"],
};
const namespacedWrite: PolicyRule = {
  verbs: WRITE,
  apiGroups: [""],
  resources: ["configmaps", "events", "pods", "secrets", "serviceaccounts"],
};

export const BOOTSTRAP_ROLES: readonly ClusterRole[] = [
  clusterRole("cluster-admin", [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ]),
  clusterRole("view", [namespaced]),
  clusterRole("edit", [
    namespaced,
    namespacedWrite,
    { verbs: READ, apiGroups: [""], resources: ["secrets"] },
    { verbs: ["create"], apiGroups: [""], resources: ["serviceaccounts/token"] },
  ]),
  clusterRole("system:discovery", [
    {
      verbs: ["get"],
      nonResourceURLs: [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
      ],
    },
  ]),
  clusterRole("system:public-info-viewer", [
    { verbs: ["get"], nonResourceURLs: ["/healthz", "/livez", "/readyz", "/version", "/version/"] },
  ]),
  clusterRole("system:basic-user", [
    { verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"] },
    { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
  ]),
  clusterRole("system:service-account-issuer-discovery", [
    { verbs: ["get"], nonResourceURLs: ["/.well-known/openid-configuration", "/openid/v1/jwks"] },
  ]),
];

export const BOOTSTRAP_BINDINGS: readonly ClusterRoleBinding[] = [
  bind("cluster-admin", "system:masters"),
  bind("system:discovery", "system:authenticated"),
  bind("system:basic-user", "system:authenticated"),
  bind("system:public-info-viewer", "system:authenticated", "system:unauthenticated"),
  bind("system:service-account-issuer-discovery", "system:serviceaccounts"),
];
