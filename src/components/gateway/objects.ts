/** What the gateway may do in the cluster: ask whose a token is, and read its own client secret. */
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  NAMESPACES,
  RBAC_GROUP,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
  apiVersionOf,
  type ClusterRole,
  type KubeObject,
  type ResourceDefinition,
  type Role,
  type RoleBinding,
} from "../../api/index.ts";

const ACCOUNT = { name: "istio-ingressgateway-service-account", namespace: "istio-system" };
export const CLIENT_SECRET = { name: "dex-oidc-client", namespace: "auth", key: "OIDC_CLIENT_SECRET" };

const named = (definition: ResourceDefinition, metadata: { name: string; namespace?: string }): KubeObject => ({
  apiVersion: apiVersionOf(definition),
  kind: definition.kind,
  metadata,
});

/** Namespace, service account and roles that the gateway needs before it starts. */
export function gatewayObjects(): KubeObject[] {
  const subjects: RoleBinding["subjects"] = [{ kind: "ServiceAccount", ...ACCOUNT }];
  const reviewer: ClusterRole = {
    ...named(CLUSTER_ROLES, { name: "istio-ingressgateway-token-reviewer" }),
    rules: [{ apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] }],
  };
  const reviewerBinding: RoleBinding = {
    ...named(CLUSTER_ROLE_BINDINGS, { name: "istio-ingressgateway-token-reviewer" }),
    roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: "istio-ingressgateway-token-reviewer" },
    subjects,
  };
  const { namespace, name } = CLIENT_SECRET;
  const reader: Role = {
    ...named(ROLES, { name: "istio-ingressgateway-client", namespace }),
    rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [name], verbs: ["get"] }],
  };
  const readerBinding: RoleBinding = {
    ...named(ROLE_BINDINGS, { name: "istio-ingressgateway-client", namespace }),
    roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: "istio-ingressgateway-client" },
    subjects,
  };
  return [
    named(NAMESPACES, { name: ACCOUNT.namespace }),
    named(NAMESPACES, { name: namespace }),
    named(SERVICE_ACCOUNTS, ACCOUNT),
    reviewer,
    reviewerBinding,
    reader,
    readerBinding,
  ];
}
