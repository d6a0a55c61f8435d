/**
 * Isolation of container processes. Found out once at start by a real trial, the strongest first:
 * "bwrap+uid" (root: bubblewrap, and an unprivileged uid per namespace), "bwrap" (bubblewrap as the user), "process" (none).
 *
 * In this version all pods share the machine's network: a pod reaches what listens on the machine, and a service on loopback
 * cannot tell pods apart. Network namespaces per pod are the next step.
 */
import { spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, dirname, join, posix } from "node:path";
import { SkiffError } from "../../lib/errors.ts";
import { toSandboxCommand } from "./bwrap-arguments.ts";
import { isWithin, type Mount } from "./mount-plan.ts";
import type { NamespaceUids } from "./namespace-uids.ts";
import { translatePaths } from "./path-translation.ts";
import type { RunShape } from "./run.ts";

export type IsolationLevel = "bwrap+uid" | "bwrap" | "process";

export interface ContainerPlan {
  readonly namespace: string;
  readonly hostname: string;
  /** A new folder for what the container writes outside its volumes. */
  readonly rootDir: string;
  /** Folders of the machine the program needs beside the system, read-only. */
  readonly system: readonly string[];
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string | undefined;
  readonly command: readonly string[];
}

export interface HostCommand {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly fileArguments: string | undefined;
}

export interface Sandbox {
  readonly level: IsolationLevel;
  /** For the start banner. */
  readonly description: string;
  readonly shape: RunShape;
  /** The uid that pods of a namespace run as; undefined where it is Skiff's own. */
  uidOf(namespace: string): number | undefined;
  /** Prepares `plan.rootDir` and says what to start. */
  wrap(plan: ContainerPlan): HostCommand;
}

export const HOME = "/home/user";
export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const ETC = (
  "alternatives ca-certificates ca-certificates.conf fonts gai.conf host.conf ld.so.cache ld.so.conf ld.so.conf.d " +
  "localtime mime.types nsswitch.conf pip.conf pki protocols resolv.conf services ssl timezone"
).split(" ");

function findProgram(name: string): string | undefined {
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/bin", "/usr/sbin"]) {
    const path = join(folder, name);
    try {
      if (!folder.startsWith("/")) continue;
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Look further.
    }
  }
  return undefined;
}

function systemFolders(): { system: string[]; links: Record<string, string> } {
  const links: Record<string, string> = {};
  const system = ["/usr"];
  for (const path of ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]) {
    if (!existsSync(path)) continue;
    if (lstatSync(path).isSymbolicLink()) links[path] = readlinkSync(path);
    else system.push(path);
  }
  for (const path of ["/opt", "/nix/store", ...ETC.map((name) => `/etc/${name}`)]) if (existsSync(path)) system.push(path);
  return { system, links };
}

/** Fills the container's own layer, a new folder: home, temporary folders, the user database, and `more` folders. */
function prepareRoot(rootDir: string, hostname: string, uid: number | undefined, more: readonly string[]): void {
  const inside = uid ?? process.getuid?.() ?? 0;
  mkdirSync(rootDir, { recursive: true });
  chmodSync(rootDir, 0o755);
  for (const folder of ["etc", "home", "var", "run"]) mkdirSync(join(rootDir, folder), { recursive: true, mode: 0o755 });
  for (const folder of ["tmp", "var/tmp"]) {
    mkdirSync(join(rootDir, folder), { recursive: true });
    chmodSync(join(rootDir, folder), 0o1777);
  }
  const owned = [HOME, ...more].map((folder) => join(rootDir, folder));
  for (const folder of owned) mkdirSync(folder, { recursive: true, mode: 0o755 });
  const people = `root:x:0:0:root:/root:/bin/sh\n${inside === 0 ? "" : `user:x:${inside}:${inside}:user:${HOME}:/bin/sh\n`}`;
  writeFileSync(join(rootDir, "etc/passwd"), people);
  writeFileSync(join(rootDir, "etc/group"), `root:x:0:\n${inside === 0 ? "" : `user:x:${inside}:\n`}`);
  const hosts = existsSync("/etc/hosts") ? readFileSync("/etc/hosts", "utf8") : "127.0.0.1\tlocalhost\n";
  writeFileSync(join(rootDir, "etc/hosts"), `${hosts.trimEnd()}\n127.0.0.1\t${hostname}\n`);
  if (uid === undefined) return;
  for (const folder of [rootDir, ...owned]) chownSync(folder, uid, uid);
}

/** Enough for numeric libraries that start a thread per core in many pods; a fork bomb ends here. */
const MAX_PROCESSES = 4096 + 1024 * availableParallelism();

function createBwrapSandbox(bwrap: string, setpriv: string | undefined, uids: NamespaceUids, hidden: string): Sandbox {
  const { system, links } = systemFolders();
  const uidOf = (namespace: string): number | undefined => (setpriv === undefined ? undefined : uids.uidOf(namespace));
  return {
    level: setpriv === undefined ? "bwrap" : "bwrap+uid",
    description: setpriv === undefined ? "bubblewrap" : "bubblewrap + uid",
    shape: { depth: 4, piped: true },
    uidOf,
    wrap: (plan) => {
      const uid = uidOf(plan.namespace);
      const workingDir = posix.resolve("/", plan.workingDir ?? "/");
      // As container engines: a working directory that does not exist is made.
      const isThere = [...system, ...plan.system, ...plan.mounts.map(({ mountPath }) => mountPath)].some((path) =>
        isWithin(workingDir, path),
      );
      prepareRoot(plan.rootDir, plan.hostname, uid, isThere || workingDir === "/" ? [] : [workingDir]);
      const more = plan.system.filter((path) => isWithin(path, hidden) || !system.some((folder) => isWithin(path, folder)));
      const { command, fileArguments } = toSandboxCommand({
        bwrap,
        drop: setpriv === undefined || uid === undefined ? undefined : { setpriv, uid },
        rootDir: plan.rootDir,
        system: [...system, ...more],
        links,
        mounts: plan.mounts,
        env: { HOME, ...plan.env },
        workingDir,
        hostname: plan.hostname,
        maxProcesses: MAX_PROCESSES,
        hidden,
        command: plan.command,
      });
      return { command, fileArguments, env: { PATH: SYSTEM_PATH }, cwd: "/" };
    },
  };
}

function createProcessSandbox(): Sandbox {
  return {
    level: "process",
    description: "process: no isolation between users",
    shape: { depth: 1, piped: false },
    uidOf: () => undefined,
    wrap: ({ rootDir, mounts, env, workingDir, command }) => {
      const home = join(rootDir, "home");
      const temporary = join(rootDir, "tmp");
      for (const folder of [home, temporary]) mkdirSync(folder, { recursive: true, mode: 0o700 });
      const translate = (text: string): string => translatePaths(text, mounts);
      const translated = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, translate(value)]));
      return {
        command: command.map(translate),
        env: { HOME: home, TMPDIR: temporary, ...translated },
        cwd: workingDir === undefined || workingDir === "/" ? home : translate(workingDir),
        fileArguments: undefined,
      };
    },
  };
}

const TRIAL_PREFIX = "sandbox-trial-";

/** Runs a program in the sandbox as a container would run; rejects with the sandbox's own message. */
async function tryOut(sandbox: Sandbox, dataDir: string, uids: NamespaceUids): Promise<void> {
  const rootDir = mkdtempSync(join(dataDir, TRIAL_PREFIX));
  try {
    const uid = sandbox.level === "bwrap+uid" ? uids.uidOf("kube-system") : undefined;
    const wrapped = sandbox.wrap({
      namespace: "kube-system",
      hostname: "trial",
      rootDir,
      system: [],
      mounts: [],
      env: { PATH: SYSTEM_PATH },
      workingDir: undefined,
      command: ["sh", "-c", `touch /tmp/trial && test -r /proc/self/stat && id -u`],
    });
    const [program, ...args] = wrapped.command;
    if (program === undefined) return;
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program, args, {
        env: { ...wrapped.env },
        cwd: wrapped.cwd,
        stdio: ["ignore", "pipe", "pipe", "pipe"],
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      let out = "";
      child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr?.on("data", (chunk: Buffer) => (out += chunk.toString()));
      const options = child.stdio[3] as NodeJS.WritableStream;
      // A sandbox that refuses early closes the pipe; its message says more than EPIPE.
      options.on("error", () => undefined);
      options.end(wrapped.fileArguments ?? "");
      child.once("error", reject);
      child.once("close", (code) => {
        clearTimeout(timer);
        if (code === 0 && (uid === undefined || out.trim() === String(uid))) resolve();
        else reject(new SkiffError("ServiceUnavailable", out.trim() || `exit code ${code}`));
      });
    });
  } finally {
    rmSync(rootDir, { recursive: true, force: true });
  }
}

/** "auto": the strongest level that works. */
export type SandboxChoice = "auto" | "bwrap" | "process";

export interface SandboxOptions {
  readonly wanted: SandboxChoice;
  /** The runtime's folder in the data directory, for the trial. */
  readonly dataDir: string;
  readonly uids: NamespaceUids;
  /** Told why a stronger level is not available. */
  readonly onRefused: (level: IsolationLevel, error: unknown) => void;
}

/** Finds the strongest isolation that works here. Throws ServiceUnavailable when "bwrap" is demanded and does not work. */
export async function probeSandbox({ wanted, dataDir, uids, onRefused }: SandboxOptions): Promise<Sandbox> {
  // What a start left that was cut short: their names are no names of pods.
  for (const name of readdirSync(dataDir)) if (name.startsWith(TRIAL_PREFIX)) rmSync(join(dataDir, name), { recursive: true, force: true });
  const bwrap = process.platform === "linux" && wanted !== "process" ? findProgram("bwrap") : undefined;
  const setpriv = process.getuid?.() === 0 ? findProgram("setpriv") : undefined;
  const candidates: Sandbox[] = [];
  const hidden = realpathSync(dirname(dataDir));
  if (bwrap !== undefined && setpriv !== undefined) candidates.push(createBwrapSandbox(bwrap, setpriv, uids, hidden));
  if (bwrap !== undefined) candidates.push(createBwrapSandbox(bwrap, undefined, uids, hidden));
  for (const candidate of candidates) {
    try {
      await tryOut(candidate, dataDir, uids);
      return candidate;
    } catch (error) {
      onRefused(candidate.level, error);
    }
  }
  if (wanted === "bwrap") {
    throw new SkiffError("ServiceUnavailable", "bubblewrap does not work on this machine", {
      remedy: "Install bubblewrap and allow unprivileged user namespaces, or start without demanding the sandbox.",
    });
  }
  return createProcessSandbox();
}
