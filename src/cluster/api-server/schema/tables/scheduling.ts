/** Types of k8s.io/api/scheduling/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const SCHEDULING: string = `
PriorityClass apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 value:i:2:! globalDefault:b:3 description:s:4 preemptionPolicy:s:5:*
`;
