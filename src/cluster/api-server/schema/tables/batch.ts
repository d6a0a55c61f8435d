/** Types of k8s.io/api/batch/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const BATCH: string = `
CronJob apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:batch.CronJobSpec:2 status:batch.CronJobStatus:3
CronJobSpec schedule:s:1:! timeZone:s:8:* startingDeadlineSeconds:l:2:* concurrencyPolicy:s:3 suspend:b:4:* jobTemplate:batch.JobTemplateSpec:5:! successfulJobsHistoryLimit:i:6:* failedJobsHistoryLimit:i:7:*
CronJobStatus active:[]core.ObjectReference:1 lastScheduleTime:t:4:* lastSuccessfulTime:t:5:*
Job apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:batch.JobSpec:2 status:batch.JobStatus:3
JobCondition type:s:1:! status:s:2:! lastProbeTime:t:3 lastTransitionTime:t:4 reason:s:5 message:s:6
JobSpec parallelism:i:1:* completions:i:2:* activeDeadlineSeconds:l:3:* podFailurePolicy:batch.PodFailurePolicy:11:* successPolicy:batch.SuccessPolicy:16:* backoffLimit:i:7:* backoffLimitPerIndex:i:12:* maxFailedIndexes:i:13:* selector:meta.LabelSelector:4:* manualSelector:b:5:* template:core.PodTemplateSpec:6:! ttlSecondsAfterFinished:i:8:* completionMode:s:9:* suspend:b:10:* podReplacementPolicy:s:14:* managedBy:s:15:*
JobStatus conditions:[]batch.JobCondition:1:p=type startTime:t:2:* completionTime:t:3:* active:i:4 succeeded:i:5 failed:i:6 terminating:i:11:* completedIndexes:s:7 failedIndexes:s:10:* uncountedTerminatedPods:batch.UncountedTerminatedPods:8:* ready:i:9:*
JobTemplateSpec metadata:meta.ObjectMeta:1 spec:batch.JobSpec:2
PodFailurePolicy rules:[]batch.PodFailurePolicyRule:1:!
PodFailurePolicyOnExitCodesRequirement containerName:s:1:* operator:s:2:! values:[]i:3:!,S
PodFailurePolicyOnPodConditionsPattern type:s:1:! status:s:2:!
PodFailurePolicyRule action:s:1:! onExitCodes:batch.PodFailurePolicyOnExitCodesRequirement:2:* onPodConditions:[]batch.PodFailurePolicyOnPodConditionsPattern:3
SuccessPolicy rules:[]batch.SuccessPolicyRule:1:!
SuccessPolicyRule succeededIndexes:s:1:* succeededCount:i:2:*
UncountedTerminatedPods succeeded:[]s:1:S failed:[]s:2:S
`;
