/** The objects Dex is configured with, as a Kubeflow installation has them in namespace `auth`; made when absent, never overwritten. */
import {
  CONFIG_MAPS,
  NAMESPACES,
  RBAC_GROUP,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
  apiVersionOf,
  type ConfigMap,
  type KubeObject,
  type ResourceDefinition,
  type Role,
  type RoleBinding,
  type Secret,
} from "../../api/index.ts";
import type { KubeClient } from "../../kit/index.ts";
import { newSecret } from "../../lib/ids.ts";

export const AUTH_NAMESPACE = "auth";
export const CONFIG_NAME = "dex";
export const CONFIG_KEY = "config.yaml";
export const PASSWORDS_SECRET = "dex-passwords";
export const CLIENT_SECRET = "dex-oidc-client";
export const FIRST_USER_VARIABLE = "DEX_USER_PASSWORD";

const named = (definition: ResourceDefinition, name: string, namespace?: string): KubeObject => ({
  apiVersion: apiVersionOf(definition),
  kind: definition.kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

/** Namespace, service account and role that the component needs before it starts. */
export function identityObjects(): KubeObject[] {
  const role: Role = {
    ...named(ROLES, "dex", AUTH_NAMESPACE),
    rules: [
      { apiGroups: [""], resources: ["configmaps", "secrets"], verbs: ["get", "list", "watch", "create"] },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
    ],
  };
  const binding: RoleBinding = {
    ...named(ROLE_BINDINGS, "dex", AUTH_NAMESPACE),
    roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: "dex" },
    subjects: [{ kind: "ServiceAccount", name: "dex", namespace: AUTH_NAMESPACE }],
  };
  return [named(NAMESPACES, AUTH_NAMESPACE), named(SERVICE_ACCOUNTS, "dex", AUTH_NAMESPACE), role, binding];
}

/** A password nobody has had before: there is no default one. */
export function newPassword(): string {
  return newSecret(12);
}

// Scripts that add users split this text at "staticClients:" and paste unindented "- email:" items before it
// (seed 004), so the list of passwords stays unindented and last before the clients.
function defaultConfig(issuer: string): string {
  return `issuer: ${issuer}
storage:
  type: kubernetes
  config:
    inCluster: true
web:
  http: 0.0.0.0:5556
logger:
  level: info
  format: text
oauth2:
  skipApprovalScreen: true
enablePasswordDB: true
staticPasswords:
- email: user@example.com
  hashFromEnv: ${FIRST_USER_VARIABLE}
  username: user
  userID: "15841185641784"
staticClients:
- idEnv: OIDC_CLIENT_ID
  redirectURIs: ["/oauth2/callback", "/authservice/oidc/callback", "/login/oidc"]
  name: Dex Login Application
  secretEnv: OIDC_CLIENT_SECRET
`;
}

/** Makes ConfigMap `dex` and Secret `dex-oidc-client` (with a random secret) where they are missing; returns the ConfigMap. */
export async function ensureConfiguration(kube: KubeClient, issuer: string): Promise<ConfigMap> {
  await kube.ensure<Secret>(SECRETS, {
    ...named(SECRETS, CLIENT_SECRET, AUTH_NAMESPACE),
    type: "Opaque",
    stringData: { OIDC_CLIENT_ID: "kubeflow-oidc-authservice", OIDC_CLIENT_SECRET: newSecret(32) },
  });
  return kube.ensure<ConfigMap>(CONFIG_MAPS, {
    ...named(CONFIG_MAPS, CONFIG_NAME, AUTH_NAMESPACE),
    data: { [CONFIG_KEY]: defaultConfig(issuer) },
  });
}

/** Stores the hash of the first user's password. */
export async function createPasswordSecret(kube: KubeClient, hash: string): Promise<void> {
  await kube.ensure<Secret>(SECRETS, {
    ...named(SECRETS, PASSWORDS_SECRET, AUTH_NAMESPACE),
    type: "Opaque",
    stringData: { [FIRST_USER_VARIABLE]: hash },
  });
}
