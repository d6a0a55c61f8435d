/** Types of k8s.io/apimachinery/pkg/apis/meta/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const META: string = `
Condition type:s:1:! status:s:2:! observedGeneration:l:3 lastTransitionTime:t:4:! reason:s:5:! message:s:6:!
DeleteOptions apiVersion:s: kind:s: gracePeriodSeconds:l:1:* preconditions:meta.Preconditions:2:* orphanDependents:b:3:* propagationPolicy:s:4:* dryRun:[]s:5 ignoreStoreReadErrorWithClusterBreakingPotential:b:6:*
FieldSelectorRequirement key:s:1:! operator:s:2:! values:[]s:3
LabelSelectorRequirement key:s:1:! operator:s:2:! values:[]s:3
LabelSelector~ matchLabels:{}s:1 matchExpressions:[]meta.LabelSelectorRequirement:2
ManagedFieldsEntry manager:s:1 operation:s:2 apiVersion:s:3 time:t:4:* fieldsType:s:6 fieldsV1:f:7:* subresource:s:8
ObjectMeta name:s:1 generateName:s:2 namespace:s:3 selfLink:s:4 uid:s:5 resourceVersion:s:6 generation:l:7 creationTimestamp:t:8 deletionTimestamp:t:9:* deletionGracePeriodSeconds:l:10:* labels:{}s:11 annotations:{}s:12 ownerReferences:[]meta.OwnerReference:13:p=uid,m=uid finalizers:[]s:14:p=,S managedFields:[]meta.ManagedFieldsEntry:17
OwnerReference~ apiVersion:s:5:! kind:s:1:! name:s:3:! uid:s:4:! controller:b:6:* blockOwnerDeletion:b:7:*
PartialObjectMetadata apiVersion:s: kind:s: metadata:meta.ObjectMeta:1
Preconditions uid:s:1:* resourceVersion:s:2:*
`;
