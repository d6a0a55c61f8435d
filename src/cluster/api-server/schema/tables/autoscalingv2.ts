/** Types of k8s.io/api/autoscaling/v2 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const AUTOSCALINGV2: string = `
ContainerResourceMetricSource name:s:1:! target:autoscalingv2.MetricTarget:2:! container:s:3:!
ContainerResourceMetricStatus name:s:1:! current:autoscalingv2.MetricValueStatus:2:! container:s:3:!
CrossVersionObjectReference kind:s:1:! name:s:2:! apiVersion:s:3
ExternalMetricSource metric:autoscalingv2.MetricIdentifier:1:! target:autoscalingv2.MetricTarget:2:!
ExternalMetricStatus metric:autoscalingv2.MetricIdentifier:1:! current:autoscalingv2.MetricValueStatus:2:!
HPAScalingPolicy type:s:1:! value:i:2:! periodSeconds:i:3:!
HPAScalingRules stabilizationWindowSeconds:i:3:* selectPolicy:s:1:* policies:[]autoscalingv2.HPAScalingPolicy:2
HorizontalPodAutoscaler apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:autoscalingv2.HorizontalPodAutoscalerSpec:2 status:autoscalingv2.HorizontalPodAutoscalerStatus:3
HorizontalPodAutoscalerBehavior scaleUp:autoscalingv2.HPAScalingRules:1:* scaleDown:autoscalingv2.HPAScalingRules:2:*
HorizontalPodAutoscalerCondition type:s:1:! status:s:2:! lastTransitionTime:t:3 reason:s:4 message:s:5
HorizontalPodAutoscalerSpec scaleTargetRef:autoscalingv2.CrossVersionObjectReference:1:! minReplicas:i:2:* maxReplicas:i:3:! metrics:[]autoscalingv2.MetricSpec:4 behavior:autoscalingv2.HorizontalPodAutoscalerBehavior:5:*
HorizontalPodAutoscalerStatus observedGeneration:l:1:* lastScaleTime:t:2:* currentReplicas:i:3 desiredReplicas:i:4:! currentMetrics:[]autoscalingv2.MetricStatus:5 conditions:[]autoscalingv2.HorizontalPodAutoscalerCondition:6:p=type,m=type
MetricIdentifier name:s:1:! selector:meta.LabelSelector:2:*
MetricSpec type:s:1:! object:autoscalingv2.ObjectMetricSource:2:* pods:autoscalingv2.PodsMetricSource:3:* resource:autoscalingv2.ResourceMetricSource:4:* containerResource:autoscalingv2.ContainerResourceMetricSource:7:* external:autoscalingv2.ExternalMetricSource:5:*
MetricStatus type:s:1:! object:autoscalingv2.ObjectMetricStatus:2:* pods:autoscalingv2.PodsMetricStatus:3:* resource:autoscalingv2.ResourceMetricStatus:4:* containerResource:autoscalingv2.ContainerResourceMetricStatus:7:* external:autoscalingv2.ExternalMetricStatus:5:*
MetricTarget type:s:1:! value:q:2:* averageValue:q:3:* averageUtilization:i:4:*
MetricValueStatus value:q:1:* averageValue:q:2:* averageUtilization:i:3:*
ObjectMetricSource describedObject:autoscalingv2.CrossVersionObjectReference:1:! target:autoscalingv2.MetricTarget:2:! metric:autoscalingv2.MetricIdentifier:3:!
ObjectMetricStatus metric:autoscalingv2.MetricIdentifier:1:! current:autoscalingv2.MetricValueStatus:2:! describedObject:autoscalingv2.CrossVersionObjectReference:3:!
PodsMetricSource metric:autoscalingv2.MetricIdentifier:1:! target:autoscalingv2.MetricTarget:2:!
PodsMetricStatus metric:autoscalingv2.MetricIdentifier:1:! current:autoscalingv2.MetricValueStatus:2:!
ResourceMetricSource name:s:1:! target:autoscalingv2.MetricTarget:2:!
ResourceMetricStatus name:s:1:! current:autoscalingv2.MetricValueStatus:2:!
`;
