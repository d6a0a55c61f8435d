/** kill -9 at random moments while thirty short pods start, run and end. `SKIFF_CHAOS_ROUNDS` asks for more than a few. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { podDirectory } from "../../../src/cluster/pods/pod-directory.ts";
import { isAlive } from "../../../src/cluster/pods/processes.ts";
import { findShim } from "../../../src/cluster/pods/run.ts";
import { delay } from "../../../src/lib/backoff.ts";
import { createDataDir, hasEnded, listEvents, readLog, startRuntime, waitForPod } from "./testing/runtime-fixture.ts";

const ROUNDS = Number(process.env["SKIFF_CHAOS_ROUNDS"] ?? 2);
const script = fileURLToPath(new URL("testing/chaos-child.ts", import.meta.url));

async function killWithin(dataDir: string, ms: number): Promise<void> {
  const child = spawn(process.execPath, [script, dataDir], { stdio: ["ignore", "inherit", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await expect.poll(() => existsSync(join(dataDir, "pods")), { timeout: 20_000 }).toBe(true);
  await delay(ms);
  child.kill("SIGKILL");
  await exited;
}

test.each(Array.from({ length: ROUNDS }, (_, i) => i))(
  "round %i: every pod ran once and its end is true",
  { timeout: 120_000 },
  async () => {
    const { path: dataDir, dispose } = createDataDir();
    for (let kills = 0; kills < 3; kills++) await killWithin(dataDir, Math.random() * 1200);
    // The rest is made by a last one that nobody kills.
    const last = spawn(process.execPath, [script, dataDir], { stdio: ["ignore", "inherit", "inherit"] });
    const exited = new Promise((resolve) => last.once("exit", resolve));
    const podsDir = join(dataDir, "pods");
    const folders = (): string[] =>
      readdirSync(podsDir, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() && !entry.name.startsWith("sandbox-") ? [entry.name] : [],
      );
    await expect.poll(() => folders().length, { timeout: 60_000 }).toBe(30);
    last.kill("SIGKILL");
    await exited;

    const fixture = await startRuntime({ dataDir });
    const { kube } = fixture;
    for (let i = 0; i < 30; i++) {
      const name = `pod-${i}`;
      const pod = await waitForPod(kube, name, hasEnded, 60_000);
      const status = pod?.status?.containerStatuses?.[0];
      expect({ name, code: status?.state.terminated?.exitCode, restarts: status?.restartCount }).toEqual({
        name,
        code: i % 3,
        restarts: 0,
      });
      expect(await readLog(kube, name)).toBe("once\n");
      expect((await listEvents(kube, name)).filter(({ reason }) => reason === "Started").length).toBeLessThanOrEqual(1);
    }
    const shims = folders().flatMap((uid) => podDirectory(podsDir, uid).runs().map(findShim));
    expect(shims).toHaveLength(30);
    expect(shims.some((shim) => shim && isAlive(shim))).toBe(false);
    await fixture.stop();
    dispose();
  },
);
