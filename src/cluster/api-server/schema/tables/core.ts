/** Types of k8s.io/api/core/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const CORE: string = `
AWSElasticBlockStoreVolumeSource volumeID:s:1:! fsType:s:2 partition:i:3 readOnly:b:4
Affinity nodeAffinity:core.NodeAffinity:1:* podAffinity:core.PodAffinity:2:* podAntiAffinity:core.PodAntiAffinity:3:*
AppArmorProfile type:s:1:! localhostProfile:s:2:*
AttachedVolume name:s:1:! devicePath:s:2:!
AzureDiskVolumeSource diskName:s:1:! diskURI:s:2:! cachingMode:s:3:* fsType:s:4:*,d=ext4 readOnly:b:5:* kind:s:6:*
AzureFilePersistentVolumeSource secretName:s:1:! shareName:s:2:! readOnly:b:3 secretNamespace:s:4:*
AzureFileVolumeSource secretName:s:1:! shareName:s:2:! readOnly:b:3
Binding apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 target:core.ObjectReference:2:!
CSIPersistentVolumeSource driver:s:1:! volumeHandle:s:2:! readOnly:b:3 fsType:s:4 volumeAttributes:{}s:5 controllerPublishSecretRef:core.SecretReference:6:* nodeStageSecretRef:core.SecretReference:7:* nodePublishSecretRef:core.SecretReference:8:* controllerExpandSecretRef:core.SecretReference:9:* nodeExpandSecretRef:core.SecretReference:10:*
CSIVolumeSource driver:s:1:! readOnly:b:2:* fsType:s:3:* volumeAttributes:{}s:4 nodePublishSecretRef:core.LocalObjectReference:5:*
Capabilities add:[]s:1 drop:[]s:2
CephFSPersistentVolumeSource monitors:[]s:1:! path:s:2 user:s:3 secretFile:s:4 secretRef:core.SecretReference:5:* readOnly:b:6
CephFSVolumeSource monitors:[]s:1:! path:s:2 user:s:3 secretFile:s:4 secretRef:core.LocalObjectReference:5:* readOnly:b:6
CinderPersistentVolumeSource volumeID:s:1:! fsType:s:2 readOnly:b:3 secretRef:core.SecretReference:4:*
CinderVolumeSource volumeID:s:1:! fsType:s:2 readOnly:b:3 secretRef:core.LocalObjectReference:4:*
ClientIPConfig timeoutSeconds:i:1:*
ClusterTrustBundleProjection name:s:1:* signerName:s:2:* labelSelector:meta.LabelSelector:3:* optional:b:5:* path:s:4:!
ConfigMap apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 immutable:b:4:* data:{}s:2 binaryData:{}y:3
ConfigMapEnvSource ^:core.LocalObjectReference:1 optional:b:2:*
ConfigMapKeySelector~ ^:core.LocalObjectReference:1 key:s:2:! optional:b:3:*
ConfigMapNodeConfigSource namespace:s:1:! name:s:2:! uid:s:3 resourceVersion:s:4 kubeletConfigKey:s:5:!
ConfigMapProjection ^:core.LocalObjectReference:1 items:[]core.KeyToPath:2 optional:b:4:*
ConfigMapVolumeSource ^:core.LocalObjectReference:1 items:[]core.KeyToPath:2 defaultMode:i:3:* optional:b:4:*
Container name:s:1:! image:s:2 command:[]s:3 args:[]s:4 workingDir:s:5 ports:[]core.ContainerPort:6:p=containerPort,m=containerPort+protocol envFrom:[]core.EnvFromSource:19 env:[]core.EnvVar:7:p=name,m=name resources:core.ResourceRequirements:8 resizePolicy:[]core.ContainerResizePolicy:23 restartPolicy:s:24:* volumeMounts:[]core.VolumeMount:9:p=mountPath,m=mountPath volumeDevices:[]core.VolumeDevice:21:p=devicePath,m=devicePath livenessProbe:core.Probe:10:* readinessProbe:core.Probe:11:* startupProbe:core.Probe:22:* lifecycle:core.Lifecycle:12:* terminationMessagePath:s:13 terminationMessagePolicy:s:20 imagePullPolicy:s:14 securityContext:core.SecurityContext:15:* stdin:b:16 stdinOnce:b:17 tty:b:18
ContainerImage names:[]s:1 sizeBytes:l:2
ContainerPort name:s:1 hostPort:i:2 containerPort:i:3:! protocol:s:4:d=TCP hostIP:s:5
ContainerResizePolicy resourceName:s:1:! restartPolicy:s:2:!
ContainerState waiting:core.ContainerStateWaiting:1:* running:core.ContainerStateRunning:2:* terminated:core.ContainerStateTerminated:3:*
ContainerStateRunning startedAt:t:1
ContainerStateTerminated exitCode:i:1:! signal:i:2 reason:s:3 message:s:4 startedAt:t:5 finishedAt:t:6 containerID:s:7
ContainerStateWaiting reason:s:1 message:s:2
ContainerStatus name:s:1:! state:core.ContainerState:2 lastState:core.ContainerState:3 ready:b:4:! restartCount:i:5:! image:s:6:! imageID:s:7:! containerID:s:8 started:b:9:* allocatedResources:{}q:10 resources:core.ResourceRequirements:11:* volumeMounts:[]core.VolumeMountStatus:12:p=mountPath,m=mountPath user:core.ContainerUser:13:* allocatedResourcesStatus:[]core.ResourceStatus:14:p=name,m=name
ContainerUser linux:core.LinuxContainerUser:1:*
DaemonEndpoint Port:i:1:!
DownwardAPIProjection items:[]core.DownwardAPIVolumeFile:1
DownwardAPIVolumeFile path:s:1:! fieldRef:core.ObjectFieldSelector:2:* resourceFieldRef:core.ResourceFieldSelector:3:* mode:i:4:*
DownwardAPIVolumeSource items:[]core.DownwardAPIVolumeFile:1 defaultMode:i:2:*
EmptyDirVolumeSource medium:s:1 sizeLimit:q:2:*
EndpointAddress~ ip:s:1:! hostname:s:3 nodeName:s:4:* targetRef:core.ObjectReference:2:*
EndpointPort~ name:s:1 port:i:2:! protocol:s:3 appProtocol:s:4:*
EndpointSubset addresses:[]core.EndpointAddress:1 notReadyAddresses:[]core.EndpointAddress:2 ports:[]core.EndpointPort:3
Endpoints apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 subsets:[]core.EndpointSubset:2
EnvFromSource prefix:s:1 configMapRef:core.ConfigMapEnvSource:2:* secretRef:core.SecretEnvSource:3:*
EnvVar name:s:1:! value:s:2 valueFrom:core.EnvVarSource:3:*
EnvVarSource fieldRef:core.ObjectFieldSelector:1:* resourceFieldRef:core.ResourceFieldSelector:2:* configMapKeyRef:core.ConfigMapKeySelector:3:* secretKeyRef:core.SecretKeySelector:4:*
EphemeralContainer ^:core.EphemeralContainerCommon:1 targetContainerName:s:2
EphemeralContainerCommon name:s:1:! image:s:2 command:[]s:3 args:[]s:4 workingDir:s:5 ports:[]core.ContainerPort:6:p=containerPort,m=containerPort+protocol envFrom:[]core.EnvFromSource:19 env:[]core.EnvVar:7:p=name,m=name resources:core.ResourceRequirements:8 resizePolicy:[]core.ContainerResizePolicy:23 restartPolicy:s:24:* volumeMounts:[]core.VolumeMount:9:p=mountPath,m=mountPath volumeDevices:[]core.VolumeDevice:21:p=devicePath,m=devicePath livenessProbe:core.Probe:10:* readinessProbe:core.Probe:11:* startupProbe:core.Probe:22:* lifecycle:core.Lifecycle:12:* terminationMessagePath:s:13 terminationMessagePolicy:s:20 imagePullPolicy:s:14 securityContext:core.SecurityContext:15:* stdin:b:16 stdinOnce:b:17 tty:b:18
EphemeralVolumeSource volumeClaimTemplate:core.PersistentVolumeClaimTemplate:1:*
Event apiVersion:s: kind:s: metadata:meta.ObjectMeta:1:! involvedObject:core.ObjectReference:2:! reason:s:3 message:s:4 source:core.EventSource:5 firstTimestamp:t:6 lastTimestamp:t:7 count:i:8 type:s:9 eventTime:u:10 series:core.EventSeries:11:* action:s:12 related:core.ObjectReference:13:* reportingComponent:s:14 reportingInstance:s:15
EventSeries count:i:1 lastObservedTime:u:2
EventSource component:s:1 host:s:2
ExecAction command:[]s:1
FCVolumeSource targetWWNs:[]s:1 lun:i:2:* fsType:s:3 readOnly:b:4 wwids:[]s:5
FlexPersistentVolumeSource driver:s:1:! fsType:s:2 secretRef:core.SecretReference:3:* readOnly:b:4 options:{}s:5
FlexVolumeSource driver:s:1:! fsType:s:2 secretRef:core.LocalObjectReference:3:* readOnly:b:4 options:{}s:5
FlockerVolumeSource datasetName:s:1 datasetUUID:s:2
GCEPersistentDiskVolumeSource pdName:s:1:! fsType:s:2 partition:i:3 readOnly:b:4
GRPCAction port:i:1:! service:s:2:*,d=
GitRepoVolumeSource repository:s:1:! revision:s:2 directory:s:3
GlusterfsPersistentVolumeSource endpoints:s:1:! path:s:2:! readOnly:b:3 endpointsNamespace:s:4:*
GlusterfsVolumeSource endpoints:s:1:! path:s:2:! readOnly:b:3
HTTPGetAction path:s:1 port:x:2:! host:s:3 scheme:s:4 httpHeaders:[]core.HTTPHeader:5
HTTPHeader name:s:1:! value:s:2:!
HostAlias ip:s:1:! hostnames:[]s:2
HostIP ip:s:1:!
HostPathVolumeSource path:s:1:! type:s:2:*
ISCSIPersistentVolumeSource targetPortal:s:1:! iqn:s:2:! lun:i:3:! iscsiInterface:s:4:d=default fsType:s:5 readOnly:b:6 portals:[]s:7 chapAuthDiscovery:b:8 chapAuthSession:b:11 secretRef:core.SecretReference:10:* initiatorName:s:12:*
ISCSIVolumeSource targetPortal:s:1:! iqn:s:2:! lun:i:3:! iscsiInterface:s:4:d=default fsType:s:5 readOnly:b:6 portals:[]s:7 chapAuthDiscovery:b:8 chapAuthSession:b:11 secretRef:core.LocalObjectReference:10:* initiatorName:s:12:*
ImageVolumeSource reference:s:1 pullPolicy:s:2
KeyToPath key:s:1:! path:s:2:! mode:i:3:*
Lifecycle postStart:core.LifecycleHandler:1:* preStop:core.LifecycleHandler:2:*
LifecycleHandler exec:core.ExecAction:1:* httpGet:core.HTTPGetAction:2:* tcpSocket:core.TCPSocketAction:3:* sleep:core.SleepAction:4:*
LimitRange apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.LimitRangeSpec:2
LimitRangeItem type:s:1:! max:{}q:2 min:{}q:3 default:{}q:4 defaultRequest:{}q:5 maxLimitRequestRatio:{}q:6
LimitRangeSpec limits:[]core.LimitRangeItem:1:!
LinuxContainerUser uid:l:1:! gid:l:2:! supplementalGroups:[]l:3
LoadBalancerIngress ip:s:1 hostname:s:2 ipMode:s:3:* ports:[]core.PortStatus:4
LoadBalancerStatus ingress:[]core.LoadBalancerIngress:1
LocalObjectReference~ name:s:1:d=
LocalVolumeSource path:s:1:! fsType:s:2:*
ModifyVolumeStatus targetVolumeAttributesClassName:s:1 status:s:2:!
NFSVolumeSource server:s:1:! path:s:2:! readOnly:b:3
Namespace apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.NamespaceSpec:2 status:core.NamespaceStatus:3
NamespaceCondition type:s:1:! status:s:2:! lastTransitionTime:t:4 reason:s:5 message:s:6
NamespaceSpec finalizers:[]s:1
NamespaceStatus phase:s:1 conditions:[]core.NamespaceCondition:2:p=type,m=type
Node apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.NodeSpec:2 status:core.NodeStatus:3
NodeAddress type:s:1:! address:s:2:!
NodeAffinity requiredDuringSchedulingIgnoredDuringExecution:core.NodeSelector:1:* preferredDuringSchedulingIgnoredDuringExecution:[]core.PreferredSchedulingTerm:2
NodeCondition type:s:1:! status:s:2:! lastHeartbeatTime:t:3 lastTransitionTime:t:4 reason:s:5 message:s:6
NodeConfigSource configMap:core.ConfigMapNodeConfigSource:2:*
NodeConfigStatus assigned:core.NodeConfigSource:1:* active:core.NodeConfigSource:2:* lastKnownGood:core.NodeConfigSource:3:* error:s:4
NodeDaemonEndpoints kubeletEndpoint:core.DaemonEndpoint:1
NodeFeatures supplementalGroupsPolicy:b:1:*
NodeRuntimeHandler name:s:1 features:core.NodeRuntimeHandlerFeatures:2:*
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:b:1:* userNamespaces:b:2:*
NodeSelectorRequirement key:s:1:! operator:s:2:! values:[]s:3
NodeSelectorTerm~ matchExpressions:[]core.NodeSelectorRequirement:1 matchFields:[]core.NodeSelectorRequirement:2
NodeSelector~ nodeSelectorTerms:[]core.NodeSelectorTerm:1:!
NodeSpec podCIDR:s:1 podCIDRs:[]s:7:p=,S providerID:s:3 unschedulable:b:4 taints:[]core.Taint:5 configSource:core.NodeConfigSource:6:* externalID:s:2
NodeStatus capacity:{}q:1 allocatable:{}q:2 phase:s:3 conditions:[]core.NodeCondition:4:p=type,m=type addresses:[]core.NodeAddress:5:p=type,m=type daemonEndpoints:core.NodeDaemonEndpoints:6 nodeInfo:core.NodeSystemInfo:7 images:[]core.ContainerImage:8 volumesInUse:[]s:9 volumesAttached:[]core.AttachedVolume:10 config:core.NodeConfigStatus:11:* runtimeHandlers:[]core.NodeRuntimeHandler:12 features:core.NodeFeatures:13:*
NodeSystemInfo machineID:s:1:! systemUUID:s:2:! bootID:s:3:! kernelVersion:s:4:! osImage:s:5:! containerRuntimeVersion:s:6:! kubeletVersion:s:7:! kubeProxyVersion:s:8:! operatingSystem:s:9:! architecture:s:10:!
ObjectFieldSelector~ apiVersion:s:1 fieldPath:s:2:!
ObjectReference~ kind:s:1 namespace:s:2 name:s:3 uid:s:4 apiVersion:s:5 resourceVersion:s:6 fieldPath:s:7
PersistentVolume apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.PersistentVolumeSpec:2 status:core.PersistentVolumeStatus:3
PersistentVolumeClaim apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.PersistentVolumeClaimSpec:2 status:core.PersistentVolumeClaimStatus:3
PersistentVolumeClaimCondition type:s:1:! status:s:2:! lastProbeTime:t:3 lastTransitionTime:t:4 reason:s:5 message:s:6
PersistentVolumeClaimSpec accessModes:[]s:1 selector:meta.LabelSelector:4:* resources:core.VolumeResourceRequirements:2 volumeName:s:3 storageClassName:s:5:* volumeMode:s:6:* dataSource:core.TypedLocalObjectReference:7:* dataSourceRef:core.TypedObjectReference:8:* volumeAttributesClassName:s:9:*
PersistentVolumeClaimStatus phase:s:1 accessModes:[]s:2 capacity:{}q:3 conditions:[]core.PersistentVolumeClaimCondition:4:p=type,m=type allocatedResources:{}q:5 allocatedResourceStatuses:{}s:7 currentVolumeAttributesClassName:s:8:* modifyVolumeStatus:core.ModifyVolumeStatus:9:*
PersistentVolumeClaimTemplate metadata:meta.ObjectMeta:1 spec:core.PersistentVolumeClaimSpec:2:!
PersistentVolumeClaimVolumeSource claimName:s:1:! readOnly:b:2
PersistentVolumeSource gcePersistentDisk:core.GCEPersistentDiskVolumeSource:1:* awsElasticBlockStore:core.AWSElasticBlockStoreVolumeSource:2:* hostPath:core.HostPathVolumeSource:3:* glusterfs:core.GlusterfsPersistentVolumeSource:4:* nfs:core.NFSVolumeSource:5:* rbd:core.RBDPersistentVolumeSource:6:* iscsi:core.ISCSIPersistentVolumeSource:7:* cinder:core.CinderPersistentVolumeSource:8:* cephfs:core.CephFSPersistentVolumeSource:9:* fc:core.FCVolumeSource:10:* flocker:core.FlockerVolumeSource:11:* flexVolume:core.FlexPersistentVolumeSource:12:* azureFile:core.AzureFilePersistentVolumeSource:13:* vsphereVolume:core.VsphereVirtualDiskVolumeSource:14:* quobyte:core.QuobyteVolumeSource:15:* azureDisk:core.AzureDiskVolumeSource:16:* photonPersistentDisk:core.PhotonPersistentDiskVolumeSource:17:* portworxVolume:core.PortworxVolumeSource:18:* scaleIO:core.ScaleIOPersistentVolumeSource:19:* local:core.LocalVolumeSource:20:* storageos:core.StorageOSPersistentVolumeSource:21:* csi:core.CSIPersistentVolumeSource:22:*
PersistentVolumeSpec capacity:{}q:1 ^:core.PersistentVolumeSource:2 accessModes:[]s:3 claimRef:core.ObjectReference:4:* persistentVolumeReclaimPolicy:s:5 storageClassName:s:6 mountOptions:[]s:7 volumeMode:s:8:* nodeAffinity:core.VolumeNodeAffinity:9:* volumeAttributesClassName:s:10:*
PersistentVolumeStatus phase:s:1 message:s:2 reason:s:3 lastPhaseTransitionTime:t:4:*
PhotonPersistentDiskVolumeSource pdID:s:1:! fsType:s:2
Pod apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.PodSpec:2 status:core.PodStatus:3
PodAffinity requiredDuringSchedulingIgnoredDuringExecution:[]core.PodAffinityTerm:1 preferredDuringSchedulingIgnoredDuringExecution:[]core.WeightedPodAffinityTerm:2
PodAffinityTerm labelSelector:meta.LabelSelector:1:* namespaces:[]s:2 topologyKey:s:3:! namespaceSelector:meta.LabelSelector:4:* matchLabelKeys:[]s:5 mismatchLabelKeys:[]s:6
PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution:[]core.PodAffinityTerm:1 preferredDuringSchedulingIgnoredDuringExecution:[]core.WeightedPodAffinityTerm:2
PodCondition type:s:1:! status:s:2:! lastProbeTime:t:3 lastTransitionTime:t:4 reason:s:5 message:s:6
PodDNSConfig nameservers:[]s:1 searches:[]s:2 options:[]core.PodDNSConfigOption:3
PodDNSConfigOption name:s:1 value:s:2:*
PodIP ip:s:1:!
PodOS name:s:1:!
PodReadinessGate conditionType:s:1:!
PodResourceClaim name:s:1:! resourceClaimName:s:3:* resourceClaimTemplateName:s:4:*
PodResourceClaimStatus name:s:1:! resourceClaimName:s:2:*
PodSchedulingGate name:s:1:!
PodSecurityContext seLinuxOptions:core.SELinuxOptions:1:* windowsOptions:core.WindowsSecurityContextOptions:8:* runAsUser:l:2:* runAsGroup:l:6:* runAsNonRoot:b:3:* supplementalGroups:[]l:4 supplementalGroupsPolicy:s:12:* fsGroup:l:5:* sysctls:[]core.Sysctl:7 fsGroupChangePolicy:s:9:* seccompProfile:core.SeccompProfile:10:* appArmorProfile:core.AppArmorProfile:11:* seLinuxChangePolicy:s:13:*
PodSpec volumes:[]core.Volume:1:p=name,R,m=name initContainers:[]core.Container:20:p=name,m=name containers:[]core.Container:2:!,p=name,m=name ephemeralContainers:[]core.EphemeralContainer:34:p=name,m=name restartPolicy:s:3 terminationGracePeriodSeconds:l:4:* activeDeadlineSeconds:l:5:* dnsPolicy:s:6 nodeSelector:{}s:7:a serviceAccountName:s:8 serviceAccount:s:9 automountServiceAccountToken:b:21:* nodeName:s:10 hostNetwork:b:11 hostPID:b:12 hostIPC:b:13 shareProcessNamespace:b:27:* securityContext:core.PodSecurityContext:14:* imagePullSecrets:[]core.LocalObjectReference:15:p=name,m=name hostname:s:16 subdomain:s:17 affinity:core.Affinity:18:* schedulerName:s:19 tolerations:[]core.Toleration:22 hostAliases:[]core.HostAlias:23:p=ip,m=ip priorityClassName:s:24 priority:i:25:* dnsConfig:core.PodDNSConfig:26:* readinessGates:[]core.PodReadinessGate:28 runtimeClassName:s:29:* enableServiceLinks:b:30:* preemptionPolicy:s:31:* overhead:{}q:32 topologySpreadConstraints:[]core.TopologySpreadConstraint:33:p=topologyKey,m=topologyKey+whenUnsatisfiable setHostnameAsFQDN:b:35:* os:core.PodOS:36:* hostUsers:b:37:* schedulingGates:[]core.PodSchedulingGate:38:p=name,m=name resourceClaims:[]core.PodResourceClaim:39:p=name,R,m=name resources:core.ResourceRequirements:40:*
PodStatus phase:s:1 conditions:[]core.PodCondition:2:p=type,m=type message:s:3 reason:s:4 nominatedNodeName:s:11 hostIP:s:5 hostIPs:[]core.HostIP:16:p=ip podIP:s:6 podIPs:[]core.PodIP:12:p=ip,m=ip startTime:t:7:* initContainerStatuses:[]core.ContainerStatus:10 containerStatuses:[]core.ContainerStatus:8 qosClass:s:9 ephemeralContainerStatuses:[]core.ContainerStatus:13 resize:s:14 resourceClaimStatuses:[]core.PodResourceClaimStatus:15:p=name,R,m=name
PodTemplate apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 template:core.PodTemplateSpec:2
PodTemplateSpec metadata:meta.ObjectMeta:1 spec:core.PodSpec:2
PortStatus port:i:1:! protocol:s:2:! error:s:3:*
PortworxVolumeSource volumeID:s:1:! fsType:s:2 readOnly:b:3
PreferredSchedulingTerm weight:i:1:! preference:core.NodeSelectorTerm:2:!
Probe ^:core.ProbeHandler:1 initialDelaySeconds:i:2 timeoutSeconds:i:3 periodSeconds:i:4 successThreshold:i:5 failureThreshold:i:6 terminationGracePeriodSeconds:l:7:*
ProbeHandler exec:core.ExecAction:1:* httpGet:core.HTTPGetAction:2:* tcpSocket:core.TCPSocketAction:3:* grpc:core.GRPCAction:4:*
ProjectedVolumeSource sources:[]core.VolumeProjection:1 defaultMode:i:2:*
QuobyteVolumeSource registry:s:1:! volume:s:2:! readOnly:b:3 user:s:4 group:s:5 tenant:s:6
RBDPersistentVolumeSource monitors:[]s:1:! image:s:2:! fsType:s:3 pool:s:4:d=rbd user:s:5:d=admin keyring:s:6:d=/etc/ceph/keyring secretRef:core.SecretReference:7:* readOnly:b:8
RBDVolumeSource monitors:[]s:1:! image:s:2:! fsType:s:3 pool:s:4:d=rbd user:s:5:d=admin keyring:s:6:d=/etc/ceph/keyring secretRef:core.LocalObjectReference:7:* readOnly:b:8
ReplicationController apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.ReplicationControllerSpec:2 status:core.ReplicationControllerStatus:3
ReplicationControllerCondition type:s:1:! status:s:2:! lastTransitionTime:t:3 reason:s:4 message:s:5
ReplicationControllerSpec replicas:i:1:* minReadySeconds:i:4 selector:{}s:2:a template:core.PodTemplateSpec:3:*
ReplicationControllerStatus replicas:i:1:! fullyLabeledReplicas:i:2 readyReplicas:i:4 availableReplicas:i:5 observedGeneration:l:3 conditions:[]core.ReplicationControllerCondition:6:p=type,m=type
ResourceClaim name:s:1:! request:s:2
ResourceFieldSelector~ containerName:s:1 resource:s:2:! divisor:q:3
ResourceHealth resourceID:s:1:! health:s:2
ResourceQuota apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.ResourceQuotaSpec:2 status:core.ResourceQuotaStatus:3
ResourceQuotaSpec hard:{}q:1 scopes:[]s:2 scopeSelector:core.ScopeSelector:3:*
ResourceQuotaStatus hard:{}q:1 used:{}q:2
ResourceRequirements limits:{}q:1 requests:{}q:2 claims:[]core.ResourceClaim:3:m=name
ResourceStatus name:s:1:! resources:[]core.ResourceHealth:2:m=resourceID
SELinuxOptions user:s:1 role:s:2 type:s:3 level:s:4
ScaleIOPersistentVolumeSource gateway:s:1:! system:s:2:! secretRef:core.SecretReference:3:!,* sslEnabled:b:4 protectionDomain:s:5 storagePool:s:6 storageMode:s:7:d=ThinProvisioned volumeName:s:8 fsType:s:9:d=xfs readOnly:b:10
ScaleIOVolumeSource gateway:s:1:! system:s:2:! secretRef:core.LocalObjectReference:3:!,* sslEnabled:b:4 protectionDomain:s:5 storagePool:s:6 storageMode:s:7:d=ThinProvisioned volumeName:s:8 fsType:s:9:d=xfs readOnly:b:10
ScopeSelector~ matchExpressions:[]core.ScopedResourceSelectorRequirement:1
ScopedResourceSelectorRequirement scopeName:s:1:! operator:s:2:! values:[]s:3
SeccompProfile type:s:1:! localhostProfile:s:2:*
Secret apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 immutable:b:5:* data:{}y:2 stringData:{}s:4 type:s:3
SecretEnvSource ^:core.LocalObjectReference:1 optional:b:2:*
SecretKeySelector~ ^:core.LocalObjectReference:1 key:s:2:! optional:b:3:*
SecretProjection ^:core.LocalObjectReference:1 items:[]core.KeyToPath:2 optional:b:4:*
SecretReference~ name:s:1 namespace:s:2
SecretVolumeSource secretName:s:1 items:[]core.KeyToPath:2 defaultMode:i:3:* optional:b:4:*
SecurityContext capabilities:core.Capabilities:1:* privileged:b:2:* seLinuxOptions:core.SELinuxOptions:3:* windowsOptions:core.WindowsSecurityContextOptions:10:* runAsUser:l:4:* runAsGroup:l:8:* runAsNonRoot:b:5:* readOnlyRootFilesystem:b:6:* allowPrivilegeEscalation:b:7:* procMount:s:9:* seccompProfile:core.SeccompProfile:11:* appArmorProfile:core.AppArmorProfile:12:*
Service apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:core.ServiceSpec:2 status:core.ServiceStatus:3
ServiceAccount apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 secrets:[]core.ObjectReference:2:p=name,m=name imagePullSecrets:[]core.LocalObjectReference:3 automountServiceAccountToken:b:4:*
ServiceAccountTokenProjection audience:s:1 expirationSeconds:l:2:* path:s:3:!
ServicePort name:s:1 protocol:s:2:d=TCP appProtocol:s:6:* port:i:3:! targetPort:x:4 nodePort:i:5
ServiceSpec ports:[]core.ServicePort:1:p=port,m=port+protocol selector:{}s:2:a clusterIP:s:3 clusterIPs:[]s:18 type:s:4 externalIPs:[]s:5 sessionAffinity:s:7 loadBalancerIP:s:8 loadBalancerSourceRanges:[]s:9 externalName:s:10 externalTrafficPolicy:s:11 healthCheckNodePort:i:12 publishNotReadyAddresses:b:13 sessionAffinityConfig:core.SessionAffinityConfig:14:* ipFamilies:[]s:19 ipFamilyPolicy:s:17:* allocateLoadBalancerNodePorts:b:20:* loadBalancerClass:s:21:* internalTrafficPolicy:s:22:* trafficDistribution:s:23:*
ServiceStatus loadBalancer:core.LoadBalancerStatus:1 conditions:[]meta.Condition:2:p=type,m=type
SessionAffinityConfig clientIP:core.ClientIPConfig:1:*
SleepAction seconds:l:1:!
StorageOSPersistentVolumeSource volumeName:s:1 volumeNamespace:s:2 fsType:s:3 readOnly:b:4 secretRef:core.ObjectReference:5:*
StorageOSVolumeSource volumeName:s:1 volumeNamespace:s:2 fsType:s:3 readOnly:b:4 secretRef:core.LocalObjectReference:5:*
Sysctl name:s:1:! value:s:2:!
TCPSocketAction port:x:1:! host:s:2
Taint key:s:1:! value:s:2 effect:s:3:! timeAdded:t:4:*
Toleration key:s:1 operator:s:2 value:s:3 effect:s:4 tolerationSeconds:l:5:*
TopologySelectorLabelRequirement key:s:1:! values:[]s:2:!
TopologySelectorTerm~ matchLabelExpressions:[]core.TopologySelectorLabelRequirement:1
TopologySpreadConstraint maxSkew:i:1:! topologyKey:s:2:! whenUnsatisfiable:s:3:! labelSelector:meta.LabelSelector:4:* minDomains:i:5:* nodeAffinityPolicy:s:6:* nodeTaintsPolicy:s:7:* matchLabelKeys:[]s:8
TypedLocalObjectReference~ apiGroup:s:1:* kind:s:2:! name:s:3:!
TypedObjectReference apiGroup:s:1:* kind:s:2:! name:s:3:! namespace:s:4:*
Volume name:s:1:! ^:core.VolumeSource:2
VolumeDevice name:s:1:! devicePath:s:2:!
VolumeMount name:s:1:! readOnly:b:2 recursiveReadOnly:s:7:* mountPath:s:3:! subPath:s:4 mountPropagation:s:5:* subPathExpr:s:6
VolumeMountStatus name:s:1:! mountPath:s:2:! readOnly:b:3 recursiveReadOnly:s:4:*
VolumeNodeAffinity required:core.NodeSelector:1:*
VolumeProjection secret:core.SecretProjection:1:* downwardAPI:core.DownwardAPIProjection:2:* configMap:core.ConfigMapProjection:3:* serviceAccountToken:core.ServiceAccountTokenProjection:4:* clusterTrustBundle:core.ClusterTrustBundleProjection:5:*
VolumeResourceRequirements limits:{}q:1 requests:{}q:2
VolumeSource hostPath:core.HostPathVolumeSource:1:* emptyDir:core.EmptyDirVolumeSource:2:* gcePersistentDisk:core.GCEPersistentDiskVolumeSource:3:* awsElasticBlockStore:core.AWSElasticBlockStoreVolumeSource:4:* gitRepo:core.GitRepoVolumeSource:5:* secret:core.SecretVolumeSource:6:* nfs:core.NFSVolumeSource:7:* iscsi:core.ISCSIVolumeSource:8:* glusterfs:core.GlusterfsVolumeSource:9:* persistentVolumeClaim:core.PersistentVolumeClaimVolumeSource:10:* rbd:core.RBDVolumeSource:11:* flexVolume:core.FlexVolumeSource:12:* cinder:core.CinderVolumeSource:13:* cephfs:core.CephFSVolumeSource:14:* flocker:core.FlockerVolumeSource:15:* downwardAPI:core.DownwardAPIVolumeSource:16:* fc:core.FCVolumeSource:17:* azureFile:core.AzureFileVolumeSource:18:* configMap:core.ConfigMapVolumeSource:19:* vsphereVolume:core.VsphereVirtualDiskVolumeSource:20:* quobyte:core.QuobyteVolumeSource:21:* azureDisk:core.AzureDiskVolumeSource:22:* photonPersistentDisk:core.PhotonPersistentDiskVolumeSource:23:* projected:core.ProjectedVolumeSource:26:* portworxVolume:core.PortworxVolumeSource:24:* scaleIO:core.ScaleIOVolumeSource:25:* storageos:core.StorageOSVolumeSource:27:* csi:core.CSIVolumeSource:28:* ephemeral:core.EphemeralVolumeSource:29:* image:core.ImageVolumeSource:30:*
VsphereVirtualDiskVolumeSource volumePath:s:1:! fsType:s:2 storagePolicyName:s:3 storagePolicyID:s:4
WeightedPodAffinityTerm weight:i:1:! podAffinityTerm:core.PodAffinityTerm:2:!
WindowsSecurityContextOptions gmsaCredentialSpecName:s:1:* gmsaCredentialSpec:s:2:* runAsUserName:s:3:* hostProcess:b:4:*
`;
