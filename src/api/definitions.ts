/** Every stored kind that Skiff itself knows, for those who meet an object and need its definition. */
import { CONFIG_MAPS, EVENTS, NAMESPACES, SECRETS, SERVICE_ACCOUNTS } from "./core.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "./custom-resource-definition.ts";
import { apiVersionOf, type KubeObject, type ResourceDefinition } from "./meta.ts";
import { PODS } from "./pod.ts";
import { PROFILES } from "./profile.ts";
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES } from "./rbac.ts";

/** Kinds of Kubernetes itself. */
export const BUILT_IN_DEFINITIONS: readonly ResourceDefinition[] = [
  NAMESPACES,
  PODS,
  CONFIG_MAPS,
  SECRETS,
  SERVICE_ACCOUNTS,
  EVENTS,
  ROLES,
  ROLE_BINDINGS,
  CLUSTER_ROLES,
  CLUSTER_ROLE_BINDINGS,
  CUSTOM_RESOURCE_DEFINITIONS,
];

/** The definition of an object's kind. Throws TypeError for a kind that is not known here. */
export function definitionOf({ apiVersion, kind }: KubeObject): ResourceDefinition {
  const found = [...BUILT_IN_DEFINITIONS, PROFILES].find(
    (definition) => definition.kind === kind && apiVersionOf(definition) === apiVersion,
  );
  if (!found) throw new TypeError(`no definition of ${apiVersion} ${kind}`);
  return found;
}
