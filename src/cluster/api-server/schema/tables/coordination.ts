/** Types of k8s.io/api/coordination/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const COORDINATION: string = `
Lease apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:coordination.LeaseSpec:2
LeaseSpec holderIdentity:s:1:* leaseDurationSeconds:i:2:* acquireTime:u:3:* renewTime:u:4:* leaseTransitions:i:5:* strategy:s:6:* preferredHolder:s:7:*
`;
