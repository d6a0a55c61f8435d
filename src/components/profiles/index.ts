/**
 * Profiles: everyone gets a namespace of their own. Owns the Profile kind, its controller and the kubeflow-* roles.
 * Sign-in is identity's; what a role may do in a product is added by that product through aggregation labels.
 */
import { PROFILES, type ClusterRole, type ClusterRoleBinding, type KubeObject } from "../../api/index.ts";
import { createController, createInformer, type Component, type KubeClient } from "../../kit/index.ts";
import type { Log } from "../../lib/log.ts";
import { reconcileProfile } from "./reconcile.ts";
import { KUBEFLOW_ROLES } from "./roles.ts";

export interface ProfilesOptions {
  /** Acts as system:serviceaccount:kubeflow:profiles-controller-service-account. */
  readonly kube: KubeClient;
  readonly log: Log;
}

const ACCOUNT = { namespace: "kubeflow", name: "profiles-controller-service-account" } as const;
const ROLE = "profiles-controller";

const controllerRole: ClusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: ROLE },
  rules: [
    { verbs: ["get", "list", "watch", "patch"], apiGroups: ["kubeflow.org"], resources: ["profiles", "profiles/status"] },
    { verbs: ["get", "create", "patch"], apiGroups: [""], resources: ["namespaces"] },
    { verbs: ["get", "create"], apiGroups: [""], resources: ["serviceaccounts"] },
    { verbs: ["get", "create"], apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings"] },
    // It hands out rights that it does not have itself.
    {
      verbs: ["bind"],
      apiGroups: ["rbac.authorization.k8s.io"],
      resources: ["clusterroles"],
      resourceNames: ["kubeflow-admin", "kubeflow-edit", "kubeflow-view"],
    },
  ],
};

const controllerBinding: ClusterRoleBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: ROLE },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: ROLE },
  subjects: [{ kind: "ServiceAccount", ...ACCOUNT }],
};

const objects: readonly KubeObject[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "kubeflow" } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...ACCOUNT } },
  controllerRole,
  controllerBinding,
  ...KUBEFLOW_ROLES,
];

/** Creates the component. */
export function createProfiles({ kube, log }: ProfilesOptions): Component {
  const profiles = createInformer(kube, PROFILES, log);
  const controller = createController({
    name: "profiles",
    log,
    reconcile: async (name) => {
      const profile = profiles.get(name);
      if (profile && profile.metadata.deletionTimestamp === undefined) await reconcileProfile(kube, profile);
    },
  });
  profiles.subscribe((change) => {
    if (change.type === "upsert") controller.enqueue(change.object.metadata.name);
  });
  return { name: "profiles", kinds: [PROFILES], objects, loops: [profiles, controller] };
}
