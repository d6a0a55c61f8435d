/** Types of k8s.io/api/policy/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const POLICY: string = `
Eviction apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 deleteOptions:meta.DeleteOptions:2:*
PodDisruptionBudget apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:policy.PodDisruptionBudgetSpec:2 status:policy.PodDisruptionBudgetStatus:3
PodDisruptionBudgetSpec minAvailable:x:1:* selector:meta.LabelSelector:2:* maxUnavailable:x:3:* unhealthyPodEvictionPolicy:s:4:*
PodDisruptionBudgetStatus observedGeneration:l:1 disruptedPods:{}t:2 disruptionsAllowed:i:3:! currentHealthy:i:4:! desiredHealthy:i:5:! expectedPods:i:6:! conditions:[]meta.Condition:7:p=type,m=type
`;
