/** Types of k8s.io/api/storage/v1 as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */
export const STORAGE: string = `
CSIDriver apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:storage.CSIDriverSpec:2:!
CSIDriverSpec attachRequired:b:1:* podInfoOnMount:b:2:* volumeLifecycleModes:[]s:3:S storageCapacity:b:4:* fsGroupPolicy:s:5:* tokenRequests:[]storage.TokenRequest:6 requiresRepublish:b:7:* seLinuxMount:b:8:*
CSINode apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:storage.CSINodeSpec:2:!
CSINodeDriver name:s:1:! nodeID:s:2:! topologyKeys:[]s:3 allocatable:storage.VolumeNodeResources:4:*
CSINodeSpec drivers:[]storage.CSINodeDriver:1:!,p=name,m=name
StorageClass apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 provisioner:s:2:! parameters:{}s:3 reclaimPolicy:s:4:* mountOptions:[]s:5 allowVolumeExpansion:b:6:* volumeBindingMode:s:7:* allowedTopologies:[]core.TopologySelectorTerm:8
TokenRequest audience:s:1:! expirationSeconds:l:2:*
VolumeAttachment apiVersion:s: kind:s: metadata:meta.ObjectMeta:1 spec:storage.VolumeAttachmentSpec:2:! status:storage.VolumeAttachmentStatus:3
VolumeAttachmentSource persistentVolumeName:s:1:* inlineVolumeSpec:core.PersistentVolumeSpec:2:*
VolumeAttachmentSpec attacher:s:1:! source:storage.VolumeAttachmentSource:2:! nodeName:s:3:!
VolumeAttachmentStatus attached:b:1:! attachmentMetadata:{}s:2 attachError:storage.VolumeError:3:* detachError:storage.VolumeError:4:*
VolumeError time:t:1 message:s:2
VolumeNodeResources count:i:1:*
`;
