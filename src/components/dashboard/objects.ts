/** The dashboard's identity in the cluster and the little it may do. */
import { RBAC_GROUP, type ClusterRole, type ClusterRoleBinding, type KubeObject, type ServiceAccount } from "../../api/index.ts";

const NAME = "centraldashboard";
const NAMESPACE = "kubeflow";
const labels = { "app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "kubeflow" };

const account: ServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: NAME, namespace: NAMESPACE, labels } };

const role: ClusterRole = {
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: "ClusterRole",
  metadata: { name: NAME, labels },
  rules: [
    { apiGroups: ["kubeflow.org"], resources: ["profiles"], verbs: ["get", "list", "watch"] },
    { apiGroups: [RBAC_GROUP], resources: ["rolebindings"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "list"] },
    { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
  ],
};

const binding: ClusterRoleBinding = {
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name: NAME, labels },
  subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
  roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: NAME },
};

export const DASHBOARD_OBJECTS: readonly KubeObject[] = [account, role, binding];
