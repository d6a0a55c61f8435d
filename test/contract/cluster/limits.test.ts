import { expect, test, vi } from "vitest";
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  LIMIT_RANGES,
  NAMESPACES,
  PODS,
  RESOURCE_QUOTAS,
  SERVICES,
  type ConfigMap,
  type Deployment,
  type Namespace,
  type OwnerReference,
  type Pod,
  type ResourceQuota,
  type Scale,
  type Service,
} from "../../../src/api/index.ts";
import { useCluster } from "./test-cluster.ts";

const cluster = useCluster();
const SOON = { timeout: 5000, interval: 20 };

const pod = (name: string, namespace: string, resources: Pod["spec"]["containers"][number]["resources"] = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace },
  spec: { containers: [{ name: "main", image: "example.com/app:1", resources }] },
});
const configMap = (name: string, namespace: string, ...ownerReferences: OwnerReference[]): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, ownerReferences },
});
async function ready(namespace: string): Promise<void> {
  await vi.waitFor(() => cluster().admin.get(CONFIG_MAPS, "kube-root-ca.crt", namespace), SOON);
}

test("a quota counts, refuses in Kubernetes' words, and forgets what has gone", async () => {
  const namespace = await cluster().namespace();
  await ready(namespace);
  await cluster().admin.create<ResourceQuota>(RESOURCE_QUOTAS, {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "q", namespace },
    spec: { hard: { pods: "1", "requests.cpu": "1", configmaps: "2" } },
  });
  const used = async (): Promise<unknown> => (await cluster().admin.get<ResourceQuota>(RESOURCE_QUOTAS, "q", namespace)).status?.used;
  await vi.waitFor(async () => expect(await used()).toEqual({ pods: "0", "requests.cpu": "0", configmaps: "1" }), SOON);
  await expect(cluster().admin.create(PODS, pod("a", namespace))).rejects.toMatchObject({
    reason: "Forbidden",
    message: 'pods "a" is forbidden: failed quota: q: must specify requests.cpu for: main',
  });
  await expect(cluster().admin.create(PODS, pod("a", namespace, { requests: { cpu: "1500m" } }))).rejects.toMatchObject({
    message: 'pods "a" is forbidden: exceeded quota: q, requested: requests.cpu=1500m, used: requests.cpu=0, limited: requests.cpu=1',
  });
  await cluster().admin.create(PODS, pod("a", namespace, { requests: { cpu: "400m" } }));
  await expect(cluster().admin.create(PODS, pod("b", namespace, { requests: { cpu: "700m" } }))).rejects.toMatchObject({
    message:
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=700m, used: pods=1,requests.cpu=400m, limited: pods=1,requests.cpu=1',
  });
  const made = await Promise.allSettled(["x", "y", "z"].map((name) => cluster().admin.create(CONFIG_MAPS, configMap(name, namespace))));
  expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await cluster().admin.delete(PODS, "a", { namespace, gracePeriodSeconds: 0 });
  await vi.waitFor(async () => expect(await used()).toEqual({ pods: "0", "requests.cpu": "0", configmaps: "2" }), SOON);
});

test("a LimitRange fills in and bounds", async () => {
  const namespace = await cluster().namespace();
  await ready(namespace);
  await cluster().admin.create(LIMIT_RANGES, {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "l", namespace },
    spec: { limits: [{ type: "Container", max: { memory: "1Gi" }, default: { memory: "512Mi" } }] },
  } as never);
  await vi.waitFor(() => cluster().admin.create(PODS, pod("a", namespace)), SOON);
  const { spec } = await cluster().admin.get<Pod>(PODS, "a", namespace);
  expect(spec.containers[0]?.resources).toEqual({ limits: { memory: "512Mi" }, requests: { memory: "512Mi" } });
  await expect(cluster().admin.create(PODS, pod("b", namespace, { limits: { memory: "2Gi" } }))).rejects.toMatchObject({
    message: 'pods "b" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
  });
});

test("Services have addresses of their own", async () => {
  const namespace = await cluster().namespace();
  const service = (name: string, spec: Partial<Service["spec"]> = {}): Service => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  const made = await Promise.all(["a", "b", "c"].map((name) => cluster().admin.create(SERVICES, service(name))));
  expect(new Set(made.map(({ spec }) => spec.clusterIP)).size).toBe(3);
  const taken = made[0]?.spec.clusterIP ?? "";
  expect(taken).toMatch(/^10\.\d+\.\d+\.\d+$/);
  await expect(cluster().admin.create(SERVICES, service("d", { clusterIP: taken }))).rejects.toMatchObject({
    reason: "Invalid",
    message: expect.stringContaining(`failed to allocate IP ${taken}: provided IP is already allocated`) as string,
  });
  const replaced = await cluster().admin.update(SERVICES, service("a", { selector: { app: "a" } }));
  expect(replaced.spec.clusterIP).toBe(taken);
  const headless = await cluster().admin.create(SERVICES, service("e", { clusterIP: "None" }));
  expect(headless.spec.clusterIPs).toEqual(["None"]);
  const node = await cluster().admin.create(SERVICES, service("f", { type: "NodePort" }));
  expect(node.spec.ports?.[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
});

test("scale reads and writes the replicas", async () => {
  const namespace = await cluster().namespace();
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "example.com/app:1" }] } };
  await cluster().admin.create<Deployment>(DEPLOYMENTS, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace },
    spec: { selector: { matchLabels: { app: "web" } }, template },
  });
  const target = { name: "web", namespace, subresource: "scale" };
  const scaled = await cluster().admin.patch<Scale>(DEPLOYMENTS as never, target, { spec: { replicas: 3 } });
  expect(scaled).toMatchObject({ kind: "Scale", spec: { replicas: 3 }, status: { selector: "app=web" } });
  expect((await cluster().admin.get<Deployment>(DEPLOYMENTS, "web", namespace)).spec.replicas).toBe(3);
  await expect(cluster().admin.patch(DEPLOYMENTS as never, target, { spec: { replicas: -1 } })).rejects.toMatchObject({
    reason: "Invalid",
  });
});

test("dependents: in the foreground, orphaned, behind the owner, and of owners that do not count", async () => {
  const namespace = await cluster().namespace();
  const other = await cluster().namespace();
  const make = async (name: string): Promise<OwnerReference> => {
    const { metadata } = await cluster().admin.create(CONFIG_MAPS, configMap(name, namespace));
    return { apiVersion: "v1", kind: "ConfigMap", name, uid: metadata.uid ?? "", blockOwnerDeletion: true };
  };
  const gone = (name: string, where = namespace): Promise<unknown> =>
    vi.waitFor(async () => expect(await cluster().admin.find(CONFIG_MAPS, name, where)).toBeUndefined(), SOON);

  const blocked = configMap("held", namespace, await make("front"));
  blocked.metadata.finalizers = ["example.com/hold"];
  await cluster().admin.create(CONFIG_MAPS, blocked);
  await cluster().admin.delete(CONFIG_MAPS, "front", { namespace, propagationPolicy: "Foreground" });
  const marked = (): Promise<ConfigMap> => cluster().admin.get<ConfigMap>(CONFIG_MAPS, "held", namespace);
  await vi.waitFor(async () => expect((await marked()).metadata.deletionTimestamp).toBeDefined(), SOON);
  const waiting = await cluster().admin.get<ConfigMap>(CONFIG_MAPS, "front", namespace);
  expect(waiting.metadata.finalizers).toEqual(["foregroundDeletion"]);
  await cluster().admin.patch(CONFIG_MAPS, { name: "held", namespace }, { metadata: { finalizers: null } });
  await Promise.all([gone("held"), gone("front")]);

  await cluster().admin.create(CONFIG_MAPS, configMap("child", namespace, await make("parent")));
  await cluster().admin.delete(CONFIG_MAPS, "parent", { namespace, propagationPolicy: "Orphan" });
  await gone("parent");
  expect((await cluster().admin.get<ConfigMap>(CONFIG_MAPS, "child", namespace)).metadata.ownerReferences ?? []).toEqual([]);

  await cluster().admin.create(CONFIG_MAPS, configMap("shared", namespace, await make("one"), await make("two")));
  await cluster().admin.delete(CONFIG_MAPS, "one", { namespace, propagationPolicy: "Background" });
  await vi.waitFor(async () => {
    const { metadata } = await cluster().admin.get<ConfigMap>(CONFIG_MAPS, "shared", namespace);
    expect(metadata.ownerReferences?.map(({ name }) => name)).toEqual(["two"]);
  }, SOON);
  await cluster().admin.delete(CONFIG_MAPS, "two", { namespace });
  await gone("shared");

  const absent = { apiVersion: "v1", kind: "ConfigMap", name: "never", uid: "00000000-0000-4000-8000-000000000000" };
  await cluster().admin.create(CONFIG_MAPS, configMap("stray", namespace, absent));
  await cluster().admin.create(CONFIG_MAPS, configMap("foreign", other, await make("elsewhere")));
  await Promise.all([gone("stray"), gone("foreign", other)]);
});

test("a namespace that cannot go says why", async () => {
  const namespace = await cluster().namespace();
  const held = configMap("held", namespace);
  held.metadata.finalizers = ["example.com/hold"];
  await cluster().admin.create(CONFIG_MAPS, held);
  await cluster().admin.delete(NAMESPACES, namespace);
  await vi.waitFor(async () => {
    const { status } = await cluster().admin.get<Namespace>(NAMESPACES, namespace);
    const messages = status?.conditions?.map(({ message }) => message);
    expect(messages).toContain("Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances");
  }, SOON);
  await cluster().admin.patch(CONFIG_MAPS, { name: "held", namespace }, { metadata: { finalizers: null } });
  await vi.waitFor(async () => expect(await cluster().admin.find(NAMESPACES, namespace)).toBeUndefined(), SOON);
});
