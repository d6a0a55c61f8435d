/** Types of k8s.io/api/apps/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const APPS: string = `
ControllerRevision apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 data:r:2 revision:l:3:!
DaemonSet apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:apps.DaemonSetSpec:2 status:apps.DaemonSetStatus:3
DaemonSetCondition type:s:1:! status:s:2:! lastTransitionTime:t:3 reason:s:4 message:s:5
DaemonSetSpec selector:meta.LabelSelector:1:!,* template:core.PodTemplateSpec:2:! updateStrategy:apps.DaemonSetUpdateStrategy:3 minReadySeconds:i:4 revisionHistoryLimit:i:6:*
DaemonSetStatus currentNumberScheduled:i:1:! numberMisscheduled:i:2:! desiredNumberScheduled:i:3:! numberReady:i:4:! observedGeneration:l:5 updatedNumberScheduled:i:6 numberAvailable:i:7 numberUnavailable:i:8 collisionCount:i:9:* conditions:[]apps.DaemonSetCondition:10:p=type,m=type
DaemonSetUpdateStrategy type:s:1 rollingUpdate:apps.RollingUpdateDaemonSet:2:*
Deployment apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:apps.DeploymentSpec:2 status:apps.DeploymentStatus:3
DeploymentCondition type:s:1:! status:s:2:! lastUpdateTime:t:6 lastTransitionTime:t:7 reason:s:4 message:s:5
DeploymentSpec replicas:i:1:* selector:meta.LabelSelector:2:!,* template:core.PodTemplateSpec:3:! strategy:apps.DeploymentStrategy:4:R minReadySeconds:i:5 revisionHistoryLimit:i:6:* paused:b:7 progressDeadlineSeconds:i:9:*
DeploymentStatus observedGeneration:l:1 replicas:i:2 updatedReplicas:i:3 readyReplicas:i:7 availableReplicas:i:4 unavailableReplicas:i:5 conditions:[]apps.DeploymentCondition:6:p=type,m=type collisionCount:i:8:*
DeploymentStrategy type:s:1 rollingUpdate:apps.RollingUpdateDeployment:2:*
ReplicaSet apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:apps.ReplicaSetSpec:2 status:apps.ReplicaSetStatus:3
ReplicaSetCondition type:s:1:! status:s:2:! lastTransitionTime:t:3 reason:s:4 message:s:5
ReplicaSetSpec replicas:i:1:* minReadySeconds:i:4 selector:meta.LabelSelector:2:!,* template:core.PodTemplateSpec:3
ReplicaSetStatus replicas:i:1:! fullyLabeledReplicas:i:2 readyReplicas:i:4 availableReplicas:i:5 observedGeneration:l:3 conditions:[]apps.ReplicaSetCondition:6:p=type,m=type
RollingUpdateDaemonSet maxUnavailable:x:1:* maxSurge:x:2:*
RollingUpdateDeployment maxUnavailable:x:1:* maxSurge:x:2:*
RollingUpdateStatefulSetStrategy partition:i:1:* maxUnavailable:x:2:*
StatefulSet apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:apps.StatefulSetSpec:2 status:apps.StatefulSetStatus:3
StatefulSetCondition type:s:1:! status:s:2:! lastTransitionTime:t:3 reason:s:4 message:s:5
StatefulSetOrdinals start:i:1
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:s:1 whenScaled:s:2
StatefulSetSpec replicas:i:1:* selector:meta.LabelSelector:2:!,* template:core.PodTemplateSpec:3:! volumeClaimTemplates:[]core.PersistentVolumeClaim:4 serviceName:s:5:! podManagementPolicy:s:6 updateStrategy:apps.StatefulSetUpdateStrategy:7 revisionHistoryLimit:i:8:* minReadySeconds:i:9 persistentVolumeClaimRetentionPolicy:apps.StatefulSetPersistentVolumeClaimRetentionPolicy:10:* ordinals:apps.StatefulSetOrdinals:11:*
StatefulSetStatus observedGeneration:l:1 replicas:i:2:! readyReplicas:i:3 currentReplicas:i:4 updatedReplicas:i:5 currentRevision:s:6 updateRevision:s:7 collisionCount:i:9:* conditions:[]apps.StatefulSetCondition:10:p=type,m=type availableReplicas:i:11
StatefulSetUpdateStrategy type:s:1 rollingUpdate:apps.RollingUpdateStatefulSetStrategy:2:*
`;
