import { existsSync } from "node:fs";
import { expect, test, vi } from "vitest";
import {
  EVENTS,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  STORAGE_CLASSES,
  type KubeEvent,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
} from "../../../src/api/index.ts";
import { useCluster } from "./test-cluster.ts";

const cluster = useCluster();
const SOON = { timeout: 5000, interval: 20 };

const claim = (name: string, namespace: string, storageClassName?: string): PersistentVolumeClaim => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name, namespace },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    ...(storageClassName === undefined ? {} : { storageClassName }),
  },
});
const storageClass = (name: string, provisioner: string): StorageClass => ({
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name },
  provisioner,
});
const phaseOf = async (name: string, namespace: string): Promise<string | undefined> =>
  (await cluster().admin.get<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS, name, namespace)).status?.phase;
const waitForPhase = (name: string, namespace: string, phase: string): Promise<unknown> =>
  vi.waitFor(async () => expect(await phaseOf(name, namespace)).toBe(phase), SOON);
const messages = async (namespace: string): Promise<string[]> =>
  (await cluster().admin.list<KubeEvent>(EVENTS, { namespace })).items.map(({ message }) => message);

test("a claim without a class waits with an event, and a class that becomes the default binds it", async () => {
  const namespace = await cluster().namespace();
  await cluster().admin.create(PERSISTENT_VOLUME_CLAIMS, claim("katib-mysql", namespace));
  await vi.waitFor(
    async () => expect(await messages(namespace)).toContain("no persistent volumes available for this claim and no storage class is set"),
    SOON,
  );
  expect(await phaseOf("katib-mysql", namespace)).toBe("Pending");
  await cluster().admin.create(STORAGE_CLASSES, storageClass("gp2", "skiff.dev/directory"));
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  await cluster().admin.patch(STORAGE_CLASSES, { name: "gp2" }, { metadata: { annotations } });
  await waitForPhase("katib-mysql", namespace, "Bound");
  const { spec, status } = await cluster().admin.get<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS, "katib-mysql", namespace);
  expect(spec.storageClassName).toBe("gp2");
  expect(status?.capacity).toEqual({ storage: "1Gi" });

  // A claim that comes later takes the class at once; its volume goes with it.
  const later = await cluster().admin.create(PERSISTENT_VOLUME_CLAIMS, claim("later", namespace));
  expect(later.spec.storageClassName).toBe("gp2");
  await waitForPhase("later", namespace, "Bound");
  const volume = await cluster().admin.get<PersistentVolume>(PERSISTENT_VOLUMES, `pvc-${later.metadata.uid}`);
  const path = volume.spec.hostPath?.path ?? "";
  expect(existsSync(path)).toBe(true);
  await cluster().admin.delete(PERSISTENT_VOLUME_CLAIMS, "later", { namespace });
  await vi.waitFor(async () => expect(await cluster().admin.find(PERSISTENT_VOLUMES, volume.metadata.name)).toBeUndefined(), SOON);
  expect(existsSync(path)).toBe(false);
});

test("a hand-made volume is bound to the claim it suits and kept when it is released", async () => {
  const namespace = await cluster().namespace();
  await cluster().admin.create<PersistentVolume>(PERSISTENT_VOLUMES, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "by-hand" },
    spec: { capacity: { storage: "5Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "manual", hostPath: { path: "/srv/data" } },
  });
  await cluster().admin.create(PERSISTENT_VOLUME_CLAIMS, claim("c", namespace, "manual"));
  await waitForPhase("c", namespace, "Bound");
  await cluster().admin.delete(PERSISTENT_VOLUME_CLAIMS, "c", { namespace });
  await vi.waitFor(
    async () => expect((await cluster().admin.get<PersistentVolume>(PERSISTENT_VOLUMES, "by-hand")).status?.phase).toBe("Released"),
    SOON,
  );
});

test("a class that does not exist and a provisioner nobody knows are named in events", async () => {
  const namespace = await cluster().namespace();
  await cluster().admin.create(STORAGE_CLASSES, storageClass("cloud", "ebs.csi.aws.com"));
  await cluster().admin.create(PERSISTENT_VOLUME_CLAIMS, claim("missing", namespace, "nowhere"));
  await cluster().admin.create(PERSISTENT_VOLUME_CLAIMS, claim("external", namespace, "cloud"));
  await vi.waitFor(async () => {
    const all = await messages(namespace);
    expect(all).toContain('storageclass.storage.k8s.io "nowhere" not found');
    expect(all.some((message) => message.includes("external provisioner 'ebs.csi.aws.com'"))).toBe(true);
  }, SOON);
});
