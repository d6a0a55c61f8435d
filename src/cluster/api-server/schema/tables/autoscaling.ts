/** Types of k8s.io/api/autoscaling/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const AUTOSCALING: string = `
CrossVersionObjectReference~ kind:s:1:! name:s:2:! apiVersion:s:3
HorizontalPodAutoscaler apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:autoscaling.HorizontalPodAutoscalerSpec:2 status:autoscaling.HorizontalPodAutoscalerStatus:3
HorizontalPodAutoscalerSpec scaleTargetRef:autoscaling.CrossVersionObjectReference:1:! minReplicas:i:2:* maxReplicas:i:3:! targetCPUUtilizationPercentage:i:4:*
HorizontalPodAutoscalerStatus observedGeneration:l:1:* lastScaleTime:t:2:* currentReplicas:i:3:! desiredReplicas:i:4:! currentCPUUtilizationPercentage:i:5:*
Scale apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:autoscaling.ScaleSpec:2 status:autoscaling.ScaleStatus:3
ScaleSpec replicas:i:1
ScaleStatus replicas:i:1:! selector:s:2
`;
