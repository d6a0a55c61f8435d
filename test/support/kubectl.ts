/** Runs kubectl as people do: a version, the admin's kubeconfig, a namespace of the test's own. */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, inject, it } from "vitest";
import { minorOf, type KubectlBinary } from "./kubectl-binaries.ts";
import { until } from "./skiff.ts";

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Text, or an object that goes in as JSON. */
  readonly stdin?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** A kubectl left running; ends with the test. */
export interface Follower {
  output(): string;
  /** Resolves once the output matches. */
  until(pattern: RegExp): Promise<string>;
  /** Ends it with SIGINT; resolves with its exit code when it ends by itself before. */
  stop(): Promise<void>;
  readonly exited: Promise<number>;
}

export interface Kubectl {
  readonly minor: number;
  readonly namespace: string;
  /** Runs and never rejects for an exit code. `-n NAMESPACE` comes first. */
  run(args: readonly string[], options?: RunOptions): Promise<KubectlResult>;
  /** Standard output; rejects with what was printed when the exit code is not 0. */
  ok(...args: string[]): Promise<string>;
  /** Standard error of a command that must fail. */
  fails(...args: string[]): Promise<string>;
  json<T>(...args: string[]): Promise<T>;
  /** `kubectl VERB -f -` with an object, or several as a List. */
  feed(object: unknown, ...args: string[]): Promise<string>;
  follow(...args: string[]): Follower;
  /** A further namespace. */
  newNamespace(): Promise<string>;
}

const KUBECONFIG = (): string => join(inject("dataDir"), "kubeconfig");
const cache = mkdtempSync(join(tmpdir(), "skiff-kubectl-cache-"));
let counter = 0;

function toText(stdin: unknown): string {
  if (typeof stdin === "string") return stdin;
  return JSON.stringify(Array.isArray(stdin) ? { apiVersion: "v1", kind: "List", items: stdin } : stdin);
}

function environment(binary: KubectlBinary, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  // One discovery cache a file and version: as warm as a person's, and nothing of the machine's own.
  return { ...process.env, KUBECONFIG: KUBECONFIG(), KUBECACHEDIR: join(cache, binary.version), ...more };
}

function execute(binary: KubectlBinary, args: readonly string[], options: RunOptions = {}): Promise<KubectlResult> {
  return new Promise((resolve) => {
    const child = execFile(
      binary.path,
      [...args],
      { env: environment(binary, options.env), timeout: options.timeoutMs ?? 45_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error ? (typeof error.code === "number" ? error.code : 124) : 0, stdout, stderr }),
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.stdin === undefined ? "" : toText(options.stdin));
  });
}

async function openKubectl(binary: KubectlBinary): Promise<{ kubectl: Kubectl; close: () => Promise<void> }> {
  const minor = minorOf(binary.version);
  const followers: Follower[] = [];
  const newNamespace = async (): Promise<string> => {
    const name = `t${minor}-${process.pid}-${++counter}`;
    const { code, stderr } = await execute(binary, ["create", "namespace", name]);
    if (code !== 0) throw new Error(`no namespace for the test: ${stderr}`);
    return name;
  };
  const namespace = await newNamespace();
  // `kubectl config set-context` has a --namespace of its own and stumbles over -n.
  const placed = (args: readonly string[]): readonly string[] => (args[0] === "config" ? args : ["-n", namespace, ...args]);
  const run: Kubectl["run"] = (args, options) => execute(binary, placed(args), options);
  const succeed = async (args: readonly string[], options?: RunOptions): Promise<string> => {
    const { code, stdout, stderr } = await run(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}:\n${stderr}${stdout}`);
    return stdout;
  };
  const kubectl: Kubectl = {
    minor,
    namespace,
    run,
    newNamespace,
    ok: (...args) => succeed(args),
    fails: async (...args) => {
      const { code, stdout, stderr } = await run(args);
      if (code === 0) throw new Error(`kubectl ${args.join(" ")} was to fail, and printed:\n${stdout}`);
      return stderr;
    },
    json: async <T>(...args: string[]) => JSON.parse(await succeed([...args, "-o", "json"])) as T,
    feed: (object, ...args) => succeed([...args, "-f", "-"], { stdin: object }),
    follow: (...args) => {
      const child = spawn(binary.path, ["-n", namespace, ...args], { env: environment(binary), stdio: ["ignore", "pipe", "pipe"] });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
      const exited = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
      const follower: Follower = {
        output: () => output,
        exited,
        until: async (pattern) => {
          try {
            return await until(`kubectl ${args.join(" ")} prints ${String(pattern)}`, 20_000, () =>
              pattern.test(output) ? output : undefined,
            );
          } catch (error) {
            throw new Error(`${(error as Error).message}\nit printed:\n${output}`, { cause: error });
          }
        },
        stop: async () => {
          child.kill("SIGINT");
          await exited;
        },
      };
      followers.push(follower);
      return follower;
    },
  };
  return { kubectl, close: async () => void (await Promise.all(followers.map((follower) => follower.stop()))) };
}

export type KubectlTest = (name: string, body: (kubectl: Kubectl) => Promise<void>) => void;

/** Defines a suite once for each kubectl at hand; several tests run at a time. */
export function eachKubectl(title: string, define: (test: KubectlTest) => void): void {
  const binaries = inject("kubectls");
  if (binaries.length === 0) {
    describe(title, () => it.skip("needs a kubectl of 1.29 or newer (PATH or KUBECTL)", () => undefined));
    return;
  }
  for (const binary of binaries) {
    describe.concurrent(`${title} (kubectl ${binary.version})`, () => {
      define((name, body) =>
        it(name, async () => {
          const { kubectl, close } = await openKubectl(binary);
          try {
            await body(kubectl);
          } finally {
            await close();
          }
        }));
    });
  }
}
