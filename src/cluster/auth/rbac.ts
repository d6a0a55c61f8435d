/** The RBAC authorizer: allow when a bound role has a matching rule; there is no deny. Follows kubernetes plugin/pkg/auth/authorizer/rbac. */
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  RBAC_GROUP,
  ROLE_BINDINGS,
  ROLES,
  selectsLabels,
  type ClusterRole,
  type PolicyRule,
  type ResourceAttributes,
  type ResourceDefinition,
  type Role,
  type RoleBinding,
  type Subject,
  type UserInfo,
} from "../../api/index.ts";
import type { ObjectStore } from "../object-store/index.ts";
import { fromStored, storageKey } from "../api-server/resources.ts";

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

export interface Authorizer {
  resource(user: UserInfo, attributes: ResourceAttributes): Decision;
  path(user: UserInfo, verb: string, path: string): Decision;
  /** Every rule that the user holds in the namespace; without one, those that hold everywhere. */
  rulesOf(user: UserInfo, namespace: string | undefined): PolicyRule[];
}

interface Snapshot {
  readonly clusterRoles: Map<string, PolicyRule[]>;
  readonly roles: Map<string, PolicyRule[]>;
  readonly clusterBindings: RoleBinding[];
  readonly bindings: Map<string, RoleBinding[]>;
}

const SUPERUSERS = "system:masters";
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

function readSnapshot(store: ObjectStore): Snapshot {
  const all = <T extends Role>(resource: ResourceDefinition<T>): T[] =>
    store.list(storageKey(resource)).items.map(({ value, revision }) => fromStored<T>(resource, value, revision));
  const allBindings = (resource: ResourceDefinition<RoleBinding>): RoleBinding[] =>
    store.list(storageKey(resource)).items.map(({ value, revision }) => fromStored<RoleBinding>(resource, value, revision));

  const clusterRoles = all<ClusterRole>(CLUSTER_ROLES);
  const byName = new Map(clusterRoles.map((role) => [role.metadata.name, role]));
  /** Own rules plus those of every role that an aggregation rule selects; `seen` ends cycles. */
  const rulesOf = (role: ClusterRole, seen: Set<string>): PolicyRule[] => {
    if (seen.has(role.metadata.name)) return [];
    seen.add(role.metadata.name);
    const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
    const selected = [...byName.values()].filter((other) => selectors.some((selector) => selectsLabels(selector, other.metadata.labels)));
    return [...(role.rules ?? []), ...selected.flatMap((other) => rulesOf(other, seen))];
  };
  const bindings = Map.groupBy(allBindings(ROLE_BINDINGS), ({ metadata }) => metadata.namespace ?? "");
  return {
    clusterRoles: new Map(clusterRoles.map((role) => [role.metadata.name, rulesOf(role, new Set())])),
    roles: new Map(all(ROLES).map((role) => [`${role.metadata.namespace}/${role.metadata.name}`, role.rules ?? []])),
    clusterBindings: allBindings(CLUSTER_ROLE_BINDINGS),
    bindings,
  };
}

function isSubject(subject: Subject, user: UserInfo, namespace: string): boolean {
  switch (subject.kind) {
    case "User":
      return subject.name === user.username;
    case "Group":
      return user.groups.includes(subject.name);
    case "ServiceAccount":
      return user.username === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`;
    default:
      return false;
  }
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes("*") || list.includes(value));

function resourceMatches(rule: PolicyRule, { resource, subresource }: ResourceAttributes): boolean {
  const resources = rule.resources ?? [];
  if (resources.includes("*")) return true;
  if (subresource === undefined || subresource === "") return resources.includes(resource);
  return resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

function ruleAllows(rule: PolicyRule, attributes: ResourceAttributes): boolean {
  const names = rule.resourceNames ?? [];
  return (
    has(rule.verbs, attributes.verb) &&
    has(rule.apiGroups, attributes.group ?? "") &&
    resourceMatches(rule, attributes) &&
    (names.length === 0 || names.includes(attributes.name ?? ""))
  );
}

function pathMatches(pattern: string, path: string): boolean {
  return pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)));
}

/** Creates the authorizer; it rereads the roles after each commit that touched one. */
export function createRbacAuthorizer(store: ObjectStore): Authorizer {
  let snapshot: Snapshot | undefined;
  store.subscribe((events) => {
    if (events.some(({ key }) => key.startsWith(`/registry/${RBAC_GROUP}/`))) snapshot = undefined;
  });
  const current = (): Snapshot => (snapshot ??= readSnapshot(store));

  const rules = function* (user: UserInfo, namespace: string | undefined): Generator<{ rule: PolicyRule; binding: RoleBinding }> {
    const { clusterRoles, roles, clusterBindings, bindings } = current();
    const scoped = namespace === undefined || namespace === "" ? [] : (bindings.get(namespace) ?? []);
    for (const binding of [...clusterBindings, ...scoped]) {
      const home = binding.metadata.namespace ?? "";
      if (!binding.subjects?.some((subject) => isSubject(subject, user, home))) continue;
      const found =
        binding.roleRef.kind === "ClusterRole" ? clusterRoles.get(binding.roleRef.name) : roles.get(`${home}/${binding.roleRef.name}`);
      for (const rule of found ?? []) yield { rule, binding };
    }
  };
  const explain = ({ kind, metadata, roleRef }: RoleBinding): string => {
    const where = kind === "RoleBinding" ? `${metadata.name}/${metadata.namespace}` : metadata.name;
    return `RBAC: allowed by ${kind} "${where}" of ${roleRef.kind} "${roleRef.name}"`;
  };
  const DENIED: Decision = { allowed: false, reason: "" };

  return {
    resource: (user, attributes) => {
      if (user.groups.includes(SUPERUSERS)) return { allowed: true, reason: "" };
      for (const { rule, binding } of rules(user, attributes.namespace)) {
        if (ruleAllows(rule, attributes)) return { allowed: true, reason: explain(binding) };
      }
      return DENIED;
    },
    path: (user, verb, path) => {
      if (user.groups.includes(SUPERUSERS)) return { allowed: true, reason: "" };
      for (const { rule, binding } of rules(user, undefined)) {
        if (has(rule.verbs, verb) && rule.nonResourceURLs?.some((pattern) => pathMatches(pattern, path))) {
          return { allowed: true, reason: explain(binding) };
        }
      }
      return DENIED;
    },
    rulesOf: (user, namespace) => {
      const bound = [...rules(user, namespace)].map(({ rule }) => rule);
      return user.groups.includes(SUPERUSERS) ? [...EVERYTHING, ...bound] : bound;
    },
  };
}
