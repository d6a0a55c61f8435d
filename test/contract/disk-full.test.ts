/** A full disk, for real: a small tmpfs. Writes are refused in words, reads go on, and so do writes once there is space. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIG_MAPS, type ConfigMap } from "../../src/api/index.ts";
import { openCluster, type Cluster } from "../../src/cluster/cluster.ts";
import { isReason } from "../../src/lib/errors.ts";
import { createLog } from "../../src/lib/log.ts";
import { removeFolder, temporaryFolder } from "../support/skiff.ts";

const folder = temporaryFolder("skiff-full-");
const mounted = process.getuid?.() === 0 && spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "skiff-full", folder]).status === 0;
if (!mounted) console.log("skipped: mounting a tmpfs needs root");

describe.skipIf(!mounted)("a full disk", () => {
  const ballast = join(folder, "ballast");
  let cluster: Cluster;

  beforeAll(async () => {
    const dataDir = join(folder, "data");
    mkdirSync(dataDir);
    const log = createLog({ level: "error", write: () => {} });
    cluster = await openCluster({ dataDir, log, addresses: ["127.0.0.1"], podLogs: () => new ReadableStream() });
  });
  afterAll(async () => {
    await cluster.close();
    spawnSync("umount", [folder]);
    removeFolder(folder);
  });

  const configMap = (name: string, size: number): ConfigMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data: { value: "x".repeat(size) },
  });

  it("refuses writes, answers reads, and goes on when there is space", async () => {
    const { admin } = cluster;
    writeFileSync(ballast, Buffer.alloc(3 * 1024 * 1024));
    const seen: string[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const { object } of admin.watch(CONFIG_MAPS, { namespace: "default", resourceVersion: "0", signal: stop.signal }))
        seen.push(object.metadata.name);
    })();
    const stored: string[] = [];
    const refusals: unknown[] = [];
    // One write may fail while a smaller one still fits, so that it takes several refusals to call the disk full.
    for (let i = 0; refusals.length < 3 && i < 200; i++) {
      try {
        await admin.create(CONFIG_MAPS, configMap(`n${i}`, 100_000));
        stored.push(`n${i}`);
      } catch (error) {
        refusals.push(error);
      }
    }
    expect(stored.length).toBeGreaterThan(5);
    expect(refusals).toHaveLength(3);
    for (const refusal of refusals) {
      expect(isReason(refusal, "InsufficientStorage")).toBe(true);
      expect(String(refusal)).toMatch(/the disk of the data directory is full, nothing was written\. Free some space/);
    }

    const names = async (): Promise<string[]> => {
      const { items } = await admin.list(CONFIG_MAPS, { namespace: "default" });
      return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("n"));
    };
    expect((await names()).toSorted()).toEqual(stored.toSorted());
    expect((await admin.get<ConfigMap>(CONFIG_MAPS, "n0", "default")).data?.["value"]).toHaveLength(100_000);

    rmSync(ballast);
    await admin.create(CONFIG_MAPS, configMap("nlast", 100_000));
    expect((await names()).toSorted()).toEqual([...stored, "nlast"].toSorted());
    while (!seen.includes("nlast")) await new Promise((next) => setTimeout(next, 5));
    stop.abort();
    await following;
    expect(seen.filter((name) => name.startsWith("n")).toSorted()).toEqual([...stored, "nlast"].toSorted());
  });
});
