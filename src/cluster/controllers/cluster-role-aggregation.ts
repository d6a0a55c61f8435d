/** Fills in the rules of aggregated ClusterRoles. Follows kube-controller-manager's clusterroleaggregation. */
import { CLUSTER_ROLES, selectsLabels, type ClusterRole, type PolicyRule } from "../../api/index.ts";
import { createController, createInformer, type KubeClient, type Loop } from "../../kit/index.ts";
import { jsonEqual } from "../../lib/json.ts";
import type { Log } from "../../lib/log.ts";

/** Creates the loops of the controller. */
export function createClusterRoleAggregation(kube: KubeClient, log: Log): Loop[] {
  const roles = createInformer(kube, CLUSTER_ROLES, log);
  const controller = createController({
    name: "cluster-role-aggregation",
    log,
    concurrency: 1,
    reconcile: async (name) => {
      const role = roles.get(name);
      if (!role?.aggregationRule) return;
      const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
      const selected = roles
        .list()
        .filter(({ metadata }) => metadata.name !== name && selectors.some((selector) => selectsLabels(selector, metadata.labels)))
        .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      const rules: PolicyRule[] = [];
      for (const rule of selected.flatMap((one) => one.rules ?? [])) if (!rules.some((known) => jsonEqual(known, rule))) rules.push(rule);
      if (jsonEqual(rules, role.rules ?? [])) return;
      const { resourceVersion } = role.metadata;
      await kube.patch(CLUSTER_ROLES, { name }, { metadata: { resourceVersion }, rules });
    },
  });
  const aggregated = (): ClusterRole[] => roles.list().filter(({ aggregationRule }) => aggregationRule !== undefined);
  roles.subscribe(() => {
    for (const { metadata } of aggregated()) controller.enqueue(metadata.name);
  });
  return [roles, controller];
}
