/** Starts the real program for a test, from the build or from an installed package, and stops it again. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Ready } from "../../src/kit/data-directory.ts";

export const ROOT = resolve(import.meta.dirname, "..", "..");
export const PASSWORD = "correct horse battery staple";
export const NAMESPACE = "kubeflow-user-example-com";

export interface RunningSkiff {
  readonly ready: Ready;
  readonly process: ChildProcess;
  readonly dataDir: string;
  /** Everything printed so far. */
  output(): string;
  /** SIGTERM and wait; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface StartOptions {
  readonly dataDir?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Command before `up`; default the built program. */
  readonly command?: readonly string[];
  readonly cwd?: string;
}

/** A temporary folder that pods under other users may pass through. */
export function temporaryFolder(prefix = "skiff-test-"): string {
  return mkdtempSync(join(tmpdir(), prefix));
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

/** Resolves when `condition` gives a value; rejects after `ms` milliseconds with `what`. */
export async function until<T>(what: string, ms: number, condition: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await condition();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((next) => setTimeout(next, 25));
  }
}

/** Starts `skiff up` on free ports and waits for ready.json. */
export async function startSkiff(options: StartOptions = {}): Promise<RunningSkiff> {
  const dataDir = options.dataDir ?? join(temporaryFolder(), "data");
  const [program = "", ...before] = options.command ?? [process.execPath, join(ROOT, "bin", "skiff.js")];
  const args = [...before, "up", "--data", dataDir, "--port", "0", "--kube-port", "0", ...(options.args ?? [])];
  const child = spawn(program, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, SKIFF_USER_PASSWORD: PASSWORD, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((done) => child.once("exit", done));
  const readyFile = join(dataDir, "ready.json");
  const ready = await until(`ready.json of ${args.join(" ")}`, 30_000, () => {
    if (child.exitCode !== null) throw new Error(`skiff ended with ${child.exitCode}:\n${output}`);
    // The file of an earlier start is removed before this process takes the directory.
    if (!existsSync(readyFile) || !output.includes("is ready")) return undefined;
    return JSON.parse(readFileSync(readyFile, "utf8")) as Ready;
  });
  return {
    ready,
    process: child,
    dataDir,
    output: () => output,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}
