/** A cluster of its own for one suite: store, API and controllers, without pods. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { NAMESPACES } from "../../../src/api/index.ts";
import { openCluster, type Cluster } from "../../../src/cluster/cluster.ts";
import { createKubeClient, type KubeClient } from "../../../src/kit/index.ts";
import { createLog } from "../../../src/lib/log.ts";

export interface TestCluster {
  readonly cluster: Cluster;
  readonly dataDir: string;
  readonly admin: KubeClient;
  /** A client of an ordinary user. */
  as(user: string, ...groups: string[]): KubeClient;
  /** Makes a namespace and returns its name. */
  namespace(labels?: Record<string, string>): Promise<string>;
}

/** Opens the cluster before the tests of a file and closes it after them. */
export function useCluster(): () => TestCluster {
  let current: TestCluster | undefined;
  const stop = new AbortController();
  let loops: Promise<unknown> = Promise.resolve();
  beforeAll(async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "skiff-cluster-"));
    const log = createLog({ level: "error" });
    const podLogs = (): never => {
      throw new Error("no pods here");
    };
    const cluster = await openCluster({ dataDir, log, addresses: ["127.0.0.1"], podLogs });
    loops = Promise.all(cluster.loops.map((loop) => loop.run(stop.signal)));
    let count = 0;
    current = {
      cluster,
      dataDir,
      admin: cluster.admin,
      as: (username, ...groups) => createKubeClient(cluster.fetchAs({ username, groups: [...groups, "system:authenticated"] })),
      namespace: async (labels = {}) => {
        const name = `test-${++count}`;
        await cluster.admin.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
        return name;
      },
    };
  });
  afterAll(async () => {
    stop.abort();
    await loops;
    await current?.cluster.close();
    if (current) rmSync(current.dataDir, { recursive: true, force: true });
  });
  return () => {
    if (!current) throw new Error("the cluster is not open");
    return current;
  };
}
