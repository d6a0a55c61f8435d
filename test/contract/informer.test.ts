/** The informer over a real API server: what it caches is what is stored, also after failures and expired watches. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CONFIG_MAPS, type ConfigMap } from "../../src/api/index.ts";
import { openCluster, type Cluster } from "../../src/cluster/cluster.ts";
import { createInformer, createKubeClient, type Change, type KubeFetch } from "../../src/kit/index.ts";
import { createLog } from "../../src/lib/log.ts";
import { removeFolder, temporaryFolder, until } from "../support/skiff.ts";

const log = createLog({ level: "error", write: () => {} });
let folder: string;
let cluster: Cluster;
let stop: AbortController;
let running: Promise<void>[];
beforeEach(async () => {
  folder = temporaryFolder("skiff-informer-");
  cluster = await openCluster({ dataDir: folder, log, addresses: ["127.0.0.1"], podLogs: () => new ReadableStream() });
  stop = new AbortController();
  running = [];
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await cluster.close();
  removeFolder(folder);
});

const configMap = (name: string, value: string): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});

/** Starts an informer whose requests go through `between`. */
function start(between: (request: Request, next: KubeFetch) => Promise<Response>, resyncMs?: number) {
  const kube = createKubeClient((request) => between(request, cluster.admin.fetch));
  const informer = createInformer<ConfigMap>(kube, CONFIG_MAPS, log, {
    namespace: "default",
    ...(resyncMs === undefined ? {} : { resyncMs }),
  });
  const changes: Change<ConfigMap>[] = [];
  informer.subscribe((change) => changes.push(change));
  running.push(informer.run(stop.signal));
  return { informer, changes };
}
const isWatch = (request: Request): boolean => new URL(request.url).searchParams.has("watch");
const direct = (request: Request, next: KubeFetch): Promise<Response> => next(request);

describe("informer", () => {
  it("caches what is there and follows what happens", async () => {
    await cluster.admin.create(CONFIG_MAPS, configMap("a", "1"));
    const { informer, changes } = start(direct);
    await informer.synced;
    expect(informer.get("a", "default")?.data).toEqual({ value: "1" });
    await cluster.admin.create(CONFIG_MAPS, configMap("b", "1"));
    await cluster.admin.patch(CONFIG_MAPS, { name: "a", namespace: "default" }, { data: { value: "2" } });
    await cluster.admin.delete(CONFIG_MAPS, "b", { namespace: "default" });
    await until("the deletion", 5000, () => (changes.at(-1)?.type === "delete" ? true : undefined));
    expect(changes.map(({ type, object }) => `${type} ${object.metadata.name} ${object.data?.["value"]}`)).toEqual([
      "upsert a 1",
      "upsert b 1",
      "upsert a 2",
      "delete b 1",
    ]);
  });

  it("lists again when its position has expired, and reports what it missed as one change each", async () => {
    await cluster.admin.create(CONFIG_MAPS, configMap("a", "1"));
    await cluster.admin.create(CONFIG_MAPS, configMap("gone", "1"));
    let lists = 0;
    let expire = true;
    const { informer, changes } = start(async (request, next) => {
      if (!isWatch(request)) lists++;
      else if (expire) {
        expire = false;
        await cluster.admin.delete(CONFIG_MAPS, "gone", { namespace: "default" });
        await cluster.admin.patch(CONFIG_MAPS, { name: "a", namespace: "default" }, { data: { value: "2" } });
        const object = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
        return new Response(`${JSON.stringify({ type: "ERROR", object })}\n`);
      }
      return next(request);
    });
    await until("the second list", 5000, () => (informer.get("gone", "default") === undefined && lists === 2 ? true : undefined));
    expect(changes.map(({ type, object }) => `${type} ${object.metadata.name} ${object.data?.["value"]}`)).toEqual([
      "upsert a 1",
      "upsert gone 1",
      "upsert a 2",
      "delete gone 1",
    ]);
  });

  it("backs off while the server fails, and while watches end at once", async () => {
    let requests = 0;
    let mode: "failing" | "closing" | "working" = "failing";
    const { informer } = start(async (request, next) => {
      requests++;
      if (mode === "failing") return Response.json({ kind: "Status", code: 503, reason: "ServiceUnavailable" }, { status: 503 });
      if (mode === "closing" && isWatch(request)) return new Response("");
      return next(request);
    });
    await new Promise((next) => setTimeout(next, 400));
    expect(requests).toBeLessThan(8);
    mode = "closing";
    await informer.synced;
    requests = 0;
    await new Promise((next) => setTimeout(next, 400));
    expect(requests).toBeLessThan(8);
    mode = "working";
    await cluster.admin.create(CONFIG_MAPS, configMap("a", "1"));
    await until("the change", 5000, () => informer.get("a", "default"));
  });

  it("goes on when a listener throws, and notifies again at every resync", async () => {
    const { informer, changes } = start(direct, 20);
    informer.subscribe(() => {
      throw new Error("a listener's own");
    });
    await cluster.admin.create(CONFIG_MAPS, configMap("a", "1"));
    const again = (change: Change<ConfigMap>): boolean =>
      change.type === "upsert" && change.object.metadata.name === "a" && change.previous === change.object;
    await until("two resyncs", 5000, () => (changes.filter(again).length >= 2 ? true : undefined));
  });
});
