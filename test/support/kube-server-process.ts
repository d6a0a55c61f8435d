/** Starts kube-server.ts in a process of its own, for tests and benchmarks that measure or kill it. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface KubeServer {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly token: string;
  /** Milliseconds from opening the store to listening. */
  readonly openMs: number;
  /** Milliseconds from the start of the process to listening. */
  readonly sinceStartMs: number;
  /** Resident memory in megabytes: now, or the most there ever was. */
  memory(which?: "now" | "peak"): number;
  stop(): Promise<void>;
}

/** Resolves once it listens. */
export async function startKubeServer(dataDir: string, nodeOptions: readonly string[] = []): Promise<KubeServer> {
  const child = spawn(process.execPath, [...nodeOptions, join(import.meta.dirname, "kube-server.ts"), dataDir], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const ready = JSON.parse(line) as { pid: number; port: number; token: string; openMs: number; sinceStartMs: number };
  return {
    process: child,
    ...ready,
    memory: (which = "now") => {
      const name = which === "now" ? "VmRSS" : "VmHWM";
      const kilobytes = new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${ready.pid}/status`, "utf8"))?.[1];
      return Number(kilobytes ?? Number.NaN) / 1024;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.stdin.end();
      }),
  };
}
