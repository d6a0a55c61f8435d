/**
 * Kills the API server at its durable system calls (strace's injection) and looks at what it left: no acknowledged write
 * is lost, no watch saw a write that is not there, the file is whole. SKIFF_KILL_POINTS=all kills at every single call.
 */
import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFaults, parseHistory } from "./history.ts";

const WORKLOAD = join(import.meta.dirname, "workload.ts");
const ROUNDS = 40;
const POINTS = 200;
const PARALLEL = 2;
const DURABLE_CALLS = ["pwrite64", "fsync", "fdatasync"] as const;

const tracing = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]);
const reason =
  tracing.error || tracing.status !== 0
    ? `skipped: strace cannot trace here (${String(tracing.error ?? tracing.stderr).trim()}); on Debian: apt-get install strace`
    : "";
if (reason !== "") console.log(reason);

const root = mkdtempSync(join(tmpdir(), "skiff-durability-"));
const template = join(root, "template");

interface Run {
  readonly stdout: string;
  readonly killed: boolean;
}

function run(dataDir: string, rounds: number, strace: readonly string[] = []): Promise<Run> {
  const command = [...strace, process.execPath, WORKLOAD, dataDir, String(rounds)];
  return new Promise((resolve) => {
    const [program = "", ...args] = command;
    execFile(program, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }, (error, stdout) =>
      resolve({ stdout, killed: error !== null }),
    );
  });
}

interface Point {
  readonly call: string;
  readonly n: number;
}

/** Every sync, and as many writes, evenly spread, as it takes. */
function choosePoints(counts: ReadonlyMap<string, number>): Point[] {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const wanted = process.env["SKIFF_KILL_POINTS"] === "all" ? total : POINTS;
  const writes = counts.get("pwrite64") ?? 0;
  const syncs = DURABLE_CALLS.slice(1).flatMap((call) => Array.from({ length: counts.get(call) ?? 0 }, (_, i) => ({ call, n: i + 1 })));
  const step = Math.max(1, writes / Math.max(1, wanted - syncs.length));
  const spread = Array.from({ length: Math.floor(writes / step) }, (_, i) => ({ call: "pwrite64", n: Math.floor(i * step) + 1 }));
  return [...syncs, ...spread];
}

describe.skipIf(reason !== "")("durability", () => {
  const trace = join(root, "trace");
  let traced: Run;

  beforeAll(async () => {
    // Keys, certificates and bootstrap objects are made once.
    await run(template, 0);
    const dataDir = join(root, "traced");
    cpSync(template, dataDir, { recursive: true });
    const calls = [...DURABLE_CALLS, "write"].join(",");
    traced = await run(dataDir, ROUNDS, ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "40", "-e", `trace=${calls}`, "-o", trace]);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("acknowledges nothing before it is synced", () => {
    expect(traced.killed).toBe(false);
    let unsynced = 0;
    let acknowledged = 0;
    for (const line of readFileSync(trace, "utf8").split("\n")) {
      if (/ pwrite64\(\d+<[^>]*objects\.db-wal>/.test(line)) unsynced++;
      else if (/ f(data)?sync\(\d+<[^>]*objects\.db-wal>/.test(line)) unsynced = 0;
      else if (/ write\(1<[^>]*>, "(ACK|SEEN) /.test(line)) {
        acknowledged++;
        expect(unsynced, line).toBe(0);
      }
    }
    expect(acknowledged).toBeGreaterThan(4 * ROUNDS);
  });

  it("loses nothing and shows nothing that is not there, wherever it is killed", { timeout: 3_600_000 }, async () => {
    const counts = new Map(DURABLE_CALLS.map((call) => [call, 0]));
    for (const line of readFileSync(trace, "utf8").split("\n")) {
      for (const call of DURABLE_CALLS) if (line.includes(` ${call}(`)) counts.set(call, (counts.get(call) ?? 0) + 1);
    }
    const points = choosePoints(counts);
    expect(points.length).toBeGreaterThanOrEqual(POINTS - 1);
    const faults: string[] = [];
    let kills = 0;
    let acknowledged = 0;
    const queue = [...points];
    const work = async (): Promise<void> => {
      for (let point = queue.pop(); point; point = queue.pop()) {
        const dataDir = join(root, `${point.call}-${point.n}`);
        cpSync(template, dataDir, { recursive: true });
        // SQLite runs on the main thread; the seccomp filter of strace would switch the injection off.
        const inject = `inject=${point.call}:signal=KILL:when=${point.n}`;
        const strace = ["strace", "-qq", "-e", `trace=${point.call}`, "-e", inject, "-o", "/dev/null"];
        const { stdout, killed } = await run(dataDir, ROUNDS, strace);
        const history = parseHistory(stdout);
        if (killed) kills++;
        acknowledged += history.acknowledged.length;
        for (const fault of findFaults(join(dataDir, "objects.db"), history)) faults.push(`killed at ${point.call} ${point.n}: ${fault}`);
        rmSync(dataDir, { recursive: true, force: true });
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    console.log(`killed at ${kills} of ${points.length} points, ${acknowledged} writes acknowledged before`);
    expect(faults).toEqual([]);
    // Writers meet differently in every run, so that the last points may lie behind its end.
    expect(kills).toBeGreaterThan(points.length * 0.9);
    expect(acknowledged).toBeGreaterThan(points.length);
  });
});
