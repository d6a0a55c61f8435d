/**
 * Binds claims to volumes, makes volumes for classes of ours, takes released ones back, and keeps what is in use.
 * Follows kube-controller-manager's persistentvolume-binder and the two protection controllers.
 */
import {
  isDefaultClass,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  STORAGE_CLASSES,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type StorageClass,
} from "../../api/index.ts";
import { createController, createInformer, type KubeClient, type Loop, type ReconcileResult } from "../../kit/index.ts";
import type { Log } from "../../lib/log.ts";
import { createDirectoryProvisioner, DIRECTORY_PROVISIONERS } from "./directory-provisioner.ts";
import { createEventRecorder } from "./event-recorder.ts";
import { findMatchingVolume } from "./volume-matching.ts";

const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";
const VOLUME_PROTECTION = "kubernetes.io/pv-protection";
const IN_USE_RETRY_MS = 500;
const PENDING_RETRY_MS = 15_000;
const FIRST_CONSUMER_RETRY_MS = 500;

export interface VolumeControllerOptions {
  readonly kube: KubeClient;
  readonly log: Log;
  /** Where volumes of the directory provisioner live. */
  readonly directory: string;
}

const keyOf = ({ metadata }: PersistentVolumeClaim): string => `claim/${metadata.namespace}/${metadata.name}`;

/** Creates the loops of the controller. */
export function createVolumeController({ kube, log, directory }: VolumeControllerOptions): Loop[] {
  const claims = createInformer(kube, PERSISTENT_VOLUME_CLAIMS, log);
  const volumes = createInformer(kube, PERSISTENT_VOLUMES, log);
  const classes = createInformer(kube, STORAGE_CLASSES, log);
  const record = createEventRecorder(kube, "persistentvolume-controller", log);
  const provisioner = createDirectoryProvisioner(directory);

  const isUsed = async ({ metadata }: PersistentVolumeClaim): Promise<boolean> => {
    const { items } = await kube.list<Pod>(PODS, { namespace: metadata.namespace ?? "" });
    return items.some(
      ({ spec, status }) =>
        status?.phase !== "Succeeded" &&
        status?.phase !== "Failed" &&
        spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === metadata.name),
    );
  };
  const targetOf = ({ metadata }: PersistentVolumeClaim): { name: string; namespace: string } => ({
    name: metadata.name,
    namespace: metadata.namespace ?? "",
  });
  const setPhase = async (claim: PersistentVolumeClaim, phase: "Pending" | "Lost"): Promise<void> => {
    if (claim.status?.phase === phase) return;
    await kube.patch(PERSISTENT_VOLUME_CLAIMS, { ...targetOf(claim), subresource: "status" }, { status: { phase } });
  };
  const setVolumePhase = async ({ metadata, status }: PersistentVolume, phase: string): Promise<void> => {
    if (status?.phase === phase) return;
    await kube.patch(PERSISTENT_VOLUMES, { name: metadata.name, subresource: "status" }, { status: { phase } });
  };

  const bind = async (claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> => {
    const { name } = volume.metadata;
    const { uid = "", namespace = "", resourceVersion = "" } = claim.metadata;
    const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: claim.metadata.name, uid, resourceVersion };
    if (volume.spec.claimRef?.uid !== uid) {
      await kube.patch(
        PERSISTENT_VOLUMES,
        { name },
        {
          metadata: {
            resourceVersion: volume.metadata.resourceVersion,
            ...(volume.spec.claimRef ? {} : { annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } }),
          },
          spec: { claimRef },
        },
      );
    }
    await setVolumePhase(volume, "Bound");
    await kube.patch(PERSISTENT_VOLUME_CLAIMS, targetOf(claim), {
      metadata: {
        uid,
        annotations: {
          "pv.kubernetes.io/bind-completed": "yes",
          ...(claim.spec.volumeName ? {} : { "pv.kubernetes.io/bound-by-controller": "yes" }),
        },
      },
      spec: { volumeName: name },
    });
    await kube.patch(
      PERSISTENT_VOLUME_CLAIMS,
      { ...targetOf(claim), subresource: "status" },
      { status: { phase: "Bound", accessModes: volume.spec.accessModes ?? [], capacity: volume.spec.capacity ?? {} } },
    );
  };

  const provision = async (claim: PersistentVolumeClaim, storageClass: StorageClass): Promise<ReconcileResult | undefined> => {
    const { provisioner: who, volumeBindingMode } = storageClass;
    if (volumeBindingMode === "WaitForFirstConsumer" && !(await isUsed(claim))) {
      record(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
      return { requeueAfterMs: FIRST_CONSUMER_RETRY_MS };
    }
    if (!DIRECTORY_PROVISIONERS.has(who)) {
      record(
        claim,
        "Normal",
        "ExternalProvisioning",
        `Waiting for a volume to be created either by the external provisioner '${who}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
      );
      return { requeueAfterMs: PENDING_RETRY_MS };
    }
    const volume = await kube.ensure(PERSISTENT_VOLUMES, provisioner.provision(claim, storageClass));
    record(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${volume.metadata.name}`);
    await bind(claim, volume);
    return undefined;
  };

  const reconcilePending = async (claim: PersistentVolumeClaim): Promise<ReconcileResult | undefined> => {
    const { storageClassName, volumeName } = claim.spec;
    const volume = findMatchingVolume(claim, volumes.list());
    if (volume) {
      await bind(claim, volume);
      return undefined;
    }
    await setPhase(claim, "Pending");
    if (volumeName) return { requeueAfterMs: PENDING_RETRY_MS };
    if (storageClassName === undefined) {
      // A default class that comes later is given to claims that wait (since Kubernetes 1.28).
      const preferred = classes.list().find(isDefaultClass);
      if (preferred) {
        const { uid } = claim.metadata;
        await kube.patch(PERSISTENT_VOLUME_CLAIMS, targetOf(claim), {
          metadata: { uid },
          spec: { storageClassName: preferred.metadata.name },
        });
        return undefined;
      }
    }
    if (!storageClassName) {
      const message = "no persistent volumes available for this claim and no storage class is set";
      record(claim, "Normal", "FailedBinding", message);
      return { requeueAfterMs: PENDING_RETRY_MS };
    }
    const storageClass = classes.get(storageClassName);
    if (storageClass) return provision(claim, storageClass);
    record(claim, "Warning", "ProvisioningFailed", `storageclass.storage.k8s.io "${storageClassName}" not found`);
    return { requeueAfterMs: PENDING_RETRY_MS };
  };

  const reconcileClaim = async (namespace: string, name: string): Promise<ReconcileResult | undefined> => {
    const claim = await kube.find<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS, name, namespace);
    if (!claim) return undefined;
    const { deletionTimestamp, finalizers = [], resourceVersion } = claim.metadata;
    if (deletionTimestamp !== undefined) {
      if (!finalizers.includes(CLAIM_PROTECTION)) return undefined;
      if (await isUsed(claim)) return { requeueAfterMs: IN_USE_RETRY_MS };
      const rest = finalizers.filter((one) => one !== CLAIM_PROTECTION);
      await kube.patch(PERSISTENT_VOLUME_CLAIMS, targetOf(claim), { metadata: { resourceVersion, finalizers: rest } });
      return undefined;
    }
    if (claim.status?.phase !== "Bound" && claim.status?.phase !== "Lost") return reconcilePending(claim);
    const volume = await kube.find<PersistentVolume>(PERSISTENT_VOLUMES, claim.spec.volumeName ?? "-");
    if (volume || claim.status.phase === "Lost") return undefined;
    await setPhase(claim, "Lost");
    record(claim, "Warning", "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
    return undefined;
  };

  const reconcileVolume = async (name: string): Promise<void> => {
    const volume = await kube.find<PersistentVolume>(PERSISTENT_VOLUMES, name);
    if (!volume) return;
    const { claimRef, persistentVolumeReclaimPolicy } = volume.spec;
    const claim = claimRef && (await kube.find(PERSISTENT_VOLUME_CLAIMS, claimRef.name ?? "-", claimRef.namespace));
    const isHeld = claim !== undefined && (!claimRef?.uid || claim.metadata.uid === claimRef.uid);
    const { deletionTimestamp, finalizers = [], resourceVersion } = volume.metadata;
    if (deletionTimestamp !== undefined) {
      if (isHeld && volume.status?.phase === "Bound") return;
      const rest = finalizers.filter((one) => one !== VOLUME_PROTECTION);
      if (rest.length < finalizers.length)
        await kube.patch(PERSISTENT_VOLUMES, { name }, { metadata: { resourceVersion, finalizers: rest } });
      return;
    }
    if (!claimRef || (!claimRef.uid && !claim)) return setVolumePhase(volume, "Available");
    if (isHeld) return;
    await setVolumePhase(volume, "Released");
    if (persistentVolumeReclaimPolicy !== "Delete" || !provisioner.owns(volume)) return;
    await provisioner.remove(volume);
    await kube.delete(PERSISTENT_VOLUMES, name);
  };

  const controller = createController({
    name: "volumes",
    log,
    // One at a time: two claims must not take the same volume.
    concurrency: 1,
    reconcile: async (key): Promise<ReconcileResult | undefined> => {
      await Promise.all([claims.synced, volumes.synced, classes.synced]);
      const [kind, first = "", second = ""] = key.split("/");
      if (kind === "claim") return reconcileClaim(first, second);
      await reconcileVolume(first);
      return undefined;
    },
  });
  const enqueueWaiting = (): void => {
    for (const claim of claims.list()) if (claim.status?.phase !== "Bound") controller.enqueue(keyOf(claim));
  };
  claims.subscribe(({ type, object }) => {
    controller.enqueue(keyOf(object));
    if (type === "delete" && object.spec.volumeName) controller.enqueue(`volume/${object.spec.volumeName}`);
  });
  volumes.subscribe(({ type, object }) => {
    controller.enqueue(`volume/${object.metadata.name}`);
    const { claimRef } = object.spec;
    if (claimRef) controller.enqueue(`claim/${claimRef.namespace}/${claimRef.name}`);
    else if (type !== "delete") enqueueWaiting();
  });
  classes.subscribe(enqueueWaiting);
  return [claims, volumes, classes, controller];
}
