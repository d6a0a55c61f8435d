/** The objects that the component needs in the cluster: its account, its rights, and the roles it adds to people's. */
import {
  RBAC_GROUP,
  type ClusterRole,
  type ClusterRoleBinding,
  type KubeObject,
  type PolicyRule,
  type ServiceAccount,
} from "../../api/index.ts";
import { PIPELINES_GROUP } from "./http/caller.ts";

const rbac = `${RBAC_GROUP}/v1`;

/** Identity that the component's KubeClient acts as. */
const PIPELINES_ACCOUNT = { namespace: "kubeflow", name: "ml-pipeline" } as const;

function clusterRole(name: string, rules: PolicyRule[], labels?: Record<string, string>): ClusterRole {
  return { apiVersion: rbac, kind: "ClusterRole", metadata: { name, ...(labels ? { labels } : {}) }, rules };
}

const pipelines = (resources: string[], verbs: string[]): PolicyRule => ({ apiGroups: [PIPELINES_GROUP], resources, verbs });

// kubeflow/pipelines: manifests/kustomize/base/installs/multi-user/view-edit-cluster-roles.yaml
const VIEW_RULES: PolicyRule[] = [
  pipelines(["pipelines", "pipelines/versions", "pipelineversions", "experiments", "jobs"], ["get", "list"]),
  pipelines(["runs"], ["get", "list", "readArtifact"]),
  pipelines(["viewers", "visualizations"], ["get", "create"]),
];
const EDIT_RULES: PolicyRule[] = [
  ...VIEW_RULES,
  pipelines(["pipelines", "pipelines/versions", "pipelineversions"], ["create", "delete", "update"]),
  pipelines(["experiments"], ["archive", "create", "delete", "unarchive"]),
  pipelines(["runs"], ["archive", "create", "delete", "retry", "terminate", "unarchive", "reportMetrics", "readArtifact"]),
  pipelines(["jobs"], ["create", "delete", "disable", "enable"]),
];

const SERVICE_RULES: PolicyRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "create", "delete"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: [""], resources: ["events", "configmaps"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
];

const aggregate = (role: string): Record<string, string> => ({ [`rbac.authorization.kubeflow.org/aggregate-to-kubeflow-${role}`]: "true" });

const account: ServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...PIPELINES_ACCOUNT } };
const binding: ClusterRoleBinding = {
  apiVersion: rbac,
  kind: "ClusterRoleBinding",
  metadata: { name: "ml-pipeline" },
  roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: "ml-pipeline" },
  subjects: [{ kind: "ServiceAccount", ...PIPELINES_ACCOUNT }],
};

/** Created when absent. */
export const PIPELINE_OBJECTS: readonly KubeObject[] = [
  account,
  clusterRole("ml-pipeline", SERVICE_RULES),
  binding,
  clusterRole("kubeflow-pipelines-view", VIEW_RULES, aggregate("view")),
  clusterRole("kubeflow-pipelines-edit", EDIT_RULES, aggregate("edit")),
];
