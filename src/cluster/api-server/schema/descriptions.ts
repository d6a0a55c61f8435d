/** Short descriptions of the fields people ask `kubectl explain` about, in our own words. */

/** For every type that has the field. */
const COMMON: Readonly<Record<string, string>> = {
  apiVersion: "Group and version of the kind.",
  kind: "The kind of the object.",
  metadata: "Standard metadata of the object.",
  spec: "The wanted state.",
  status: "The observed state, written by the system.",
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  "meta.ObjectMeta.name": "Name, unique in the namespace for its kind.",
  "meta.ObjectMeta.generateName": "Prefix of a name that the server completes.",
  "meta.ObjectMeta.namespace": "The namespace the object lives in.",
  "meta.ObjectMeta.labels": "Keys and values that selectors look at.",
  "meta.ObjectMeta.annotations": "Keys and values for tools; selectors do not see them.",
  "meta.ObjectMeta.finalizers": "Names that keep a deleted object until each is taken off.",
  "meta.ObjectMeta.ownerReferences": "Objects whose deletion deletes this one.",
  "meta.ObjectMeta.resourceVersion": "Revision of the object; send it back to refuse lost updates.",
  "meta.ObjectMeta.uid": "Identity of this object in time.",
  "core.PodSpec.containers": "The containers of the pod; at least one.",
  "core.PodSpec.initContainers": "Containers that run one after another before the others start.",
  "core.PodSpec.volumes": "Volumes that containers can mount.",
  "core.PodSpec.restartPolicy": "Always, OnFailure or Never.",
  "core.PodSpec.serviceAccountName": "The ServiceAccount the pod runs as.",
  "core.PodSpec.nodeName": "The node the pod was placed on.",
  "core.PodSpec.terminationGracePeriodSeconds": "Seconds between the request to stop and the kill.",
  "core.Container.name": "Name, unique in the pod.",
  "core.Container.image": "Image; Skiff looks it up in its image catalogue.",
  "core.Container.command": "Program and first arguments, in place of the image's entry point.",
  "core.Container.args": "Arguments of the command.",
  "core.Container.env": "Environment variables.",
  "core.Container.envFrom": "ConfigMaps and Secrets whose keys become environment variables.",
  "core.Container.ports": "Ports the container listens on.",
  "core.Container.resources": "Requested and allowed CPU, memory and others.",
  "core.Container.volumeMounts": "Where volumes appear in the container.",
  "core.Container.imagePullPolicy": "Always, IfNotPresent or Never.",
  "core.Container.livenessProbe": "Restarts the container when it fails.",
  "core.Container.readinessProbe": "Takes the pod out of Services while it fails.",
  "core.Container.startupProbe": "Holds the other probes back until it succeeds.",
  "core.ServiceSpec.selector": "Labels of the pods behind the service.",
  "core.ServiceSpec.ports": "Ports of the service.",
  "core.ServiceSpec.type": "ClusterIP, NodePort, LoadBalancer or ExternalName.",
  "core.PersistentVolumeClaimSpec.storageClassName": "The StorageClass; absent means the default one.",
  "core.PersistentVolumeClaimSpec.accessModes": "How the volume may be mounted.",
  "core.Secret.data": "Values in base64.",
  "core.Secret.stringData": "Values as plain text; written into data, never read back.",
  "core.ConfigMap.data": "Values by key.",
  "core.ConfigMap.binaryData": "Binary values by key, in base64.",
  "apps.DeploymentSpec.replicas": "How many pods; 1 when absent.",
  "apps.DeploymentSpec.selector": "Selects the pods; must match the template's labels and cannot be changed.",
  "apps.DeploymentSpec.template": "The pods to make.",
  "apps.DeploymentSpec.strategy": "How old pods are replaced by new ones.",
  "batch.JobSpec.template": "The pod to run.",
  "batch.JobSpec.completions": "How many pods must succeed.",
  "batch.JobSpec.parallelism": "How many pods run at once.",
  "batch.JobSpec.backoffLimit": "How many failures are tolerated.",
  "batch.CronJobSpec.schedule": "When to run, in cron's five fields.",
};

/** The description of a field of a built-in type, where there is one. */
export function describeField(type: string, field: string): string | undefined {
  const key = `${type}.${field}`;
  if (Object.hasOwn(DESCRIPTIONS, key)) return DESCRIPTIONS[key];
  return Object.hasOwn(COMMON, field) ? COMMON[field] : undefined;
}
