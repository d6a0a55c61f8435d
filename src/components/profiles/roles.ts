/** The roles that people have in a namespace. Names and aggregation follow kubeflow/manifests common/kubeflow-roles. */
import type { ClusterRole, PolicyRule } from "../../api/index.ts";

type Level = "admin" | "edit" | "view";

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];

const aggregateLabel = (level: Level): string => `rbac.authorization.kubeflow.org/aggregate-to-kubeflow-${level}`;

/** An empty role that collects every role labelled for `level`; admin holds edit, edit holds view. */
function collecting(level: Level, heldBy?: Level): ClusterRole {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: `kubeflow-${level}`, ...(heldBy ? { labels: { [aggregateLabel(heldBy)]: "true" } } : {}) },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregateLabel(level)]: "true" } }] },
    rules: [],
  };
}

function contributing(level: Level, rules: PolicyRule[]): ClusterRole {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: `kubeflow-kubernetes-${level}`, labels: { [aggregateLabel(level)]: "true" } },
    rules,
  };
}

const workloads = ["configmaps", "events", "persistentvolumeclaims", "pods", "pods/log", "pods/status", "serviceaccounts", "services"];

export const KUBEFLOW_ROLES: readonly ClusterRole[] = [
  collecting("admin"),
  collecting("edit", "admin"),
  collecting("view", "edit"),
  contributing("view", [
    { verbs: READ, apiGroups: [""], resources: workloads },
    { verbs: READ, apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"] },
  ]),
  contributing("edit", [
    { verbs: WRITE, apiGroups: [""], resources: ["configmaps", "persistentvolumeclaims", "pods", "services"] },
    { verbs: [...READ, ...WRITE], apiGroups: [""], resources: ["secrets"] },
  ]),
  contributing("admin", [
    { verbs: WRITE, apiGroups: [""], resources: ["serviceaccounts"] },
    { verbs: ["create"], apiGroups: [""], resources: ["serviceaccounts/token"] },
    { verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: ["localsubjectaccessreviews"] },
    { verbs: WRITE, apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"] },
  ]),
];
