/** Types of k8s.io/api/rbac/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const RBAC: string = `
AggregationRule clusterRoleSelectors:[]meta.LabelSelector:1
ClusterRole apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 rules:[]rbac.PolicyRule:2 aggregationRule:rbac.AggregationRule:3:*
ClusterRoleBinding apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 subjects:[]rbac.Subject:2 roleRef:rbac.RoleRef:3:!
PolicyRule verbs:[]s:1:! apiGroups:[]s:2 resources:[]s:3 resourceNames:[]s:4 nonResourceURLs:[]s:5
Role apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 rules:[]rbac.PolicyRule:2
RoleBinding apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 subjects:[]rbac.Subject:2 roleRef:rbac.RoleRef:3:!
RoleRef~ apiGroup:s:1:! kind:s:2:! name:s:3:!
Subject~ kind:s:1:! apiGroup:s:2 name:s:3:! namespace:s:4
`;
