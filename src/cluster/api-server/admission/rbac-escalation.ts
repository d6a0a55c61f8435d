/** Nobody hands out rights that he does not hold. Follows kubernetes pkg/registry/rbac/{role,rolebinding}/policybased. */
import {
  CLUSTER_ROLES,
  RBAC_GROUP,
  ROLES,
  type ClusterRole,
  type PolicyRule,
  type Role,
  type RoleBinding,
  type UserInfo,
} from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { jsonEqual } from "../../../lib/json.ts";
import { describeRule, uncoveredRules } from "../../auth/index.ts";
import { fromStored, storageKey } from "../resources.ts";
import { forbidden, type Admission, type AdmissionRequest } from "./admission.ts";

function mayAnyway(request: AdmissionRequest, verb: "escalate" | "bind", resource: string, name: string): boolean {
  const { user, object, authorizer } = request;
  const { namespace } = object.metadata;
  return authorizer.resource(user, { verb, group: RBAC_GROUP, resource, name, ...(namespace === undefined ? {} : { namespace }) }).allowed;
}

function groupsText({ groups }: UserInfo): string {
  return `(groups=[${groups.map((group) => JSON.stringify(group)).join(" ")}])`;
}

function requireHeld(request: AdmissionRequest, rules: readonly PolicyRule[]): void {
  const { user, object, authorizer } = request;
  const missing = uncoveredRules(authorizer.rulesOf(user, object.metadata.namespace), rules);
  if (missing.length === 0) return;
  const list = missing.map(describeRule).toSorted().join("\n");
  throw forbidden(
    request,
    `user ${JSON.stringify(user.username)} ${groupsText(user)} is attempting to grant RBAC permissions not currently held:\n${list}`,
  );
}

function checkRole(request: AdmissionRequest, plural: string): void {
  const role = request.object as ClusterRole;
  const previous: ClusterRole | undefined = request.previous;
  const same = jsonEqual(role.rules ?? [], previous?.rules ?? []) && jsonEqual(role.aggregationRule, previous?.aggregationRule);
  if ((previous && same) || mayAnyway(request, "escalate", plural, role.metadata.name)) return;
  if (role.aggregationRule) {
    const everything: PolicyRule[] = [
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      { verbs: ["*"], nonResourceURLs: ["*"] },
    ];
    if (uncoveredRules(request.authorizer.rulesOf(request.user, undefined), everything).length > 0) {
      throw forbidden(request, "must have cluster-admin privileges to use the aggregationRule");
    }
  }
  requireHeld(request, role.rules ?? []);
}

function checkBinding(request: AdmissionRequest): void {
  const binding = request.object as RoleBinding;
  const previous = request.previous as RoleBinding | undefined;
  if (previous && jsonEqual(binding.roleRef, previous.roleRef) && jsonEqual(binding.subjects ?? [], previous.subjects ?? [])) return;
  const { kind, name } = binding.roleRef ?? {};
  const definition = kind === "ClusterRole" ? CLUSTER_ROLES : ROLES;
  if (mayAnyway(request, "bind", definition.plural, name)) return;
  const stored = request.transaction.get(storageKey(definition, kind === "Role" ? binding.metadata.namespace : undefined, name));
  if (!stored) throw new SkiffError("NotFound", `${definition.plural}.${RBAC_GROUP} "${name}" not found`);
  requireHeld(request, fromStored<Role>(definition, stored.value, stored.revision).rules ?? []);
}

export const rbacEscalation: Admission = {
  name: "RbacEscalation",
  admit: (request) => {
    const { resource, user } = request;
    if (resource.group !== RBAC_GROUP || user.groups.includes("system:masters")) return;
    if (resource.plural === "roles" || resource.plural === "clusterroles") checkRole(request, resource.plural);
    else checkBinding(request);
  },
};
