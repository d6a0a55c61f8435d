/** One run of a container: started, adopted after a crash of Skiff, awaited and ended through its run directory (shim.ts). */
import { spawn } from "node:child_process";
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { delay } from "../../lib/backoff.ts";
import { isAlive, listDescendants, listMarked, sendSignal } from "./processes.ts";
import { parseExitCode, parseShimIdentity, PIPED_SHIM_SCRIPT, SHIM_PROGRAMS, SHIM_SCRIPT, type ShimIdentity } from "./shim.ts";

export interface RunEnd {
  readonly exitCode: number;
  /** Milliseconds since the epoch. */
  readonly finishedAt: number;
  /** Process and exit code are both gone: the machine restarted, or someone killed the shim. */
  readonly lost: boolean;
}

export interface Run {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly ended: Promise<RunEnd>;
  /** Asks the program to end, and kills it after `graceMs`. Resolves when everything is gone. */
  terminate(graceMs: number): Promise<void>;
}

/** The processes between a shim and the program. */
export interface RunShape {
  /** How deep below the shim the program itself runs: a subshell for the pipe, and bubblewrap's two processes. */
  readonly depth: number;
  /** Whether the output goes through a pipe. */
  readonly piped: boolean;
}

export interface RunRequest {
  readonly runDir: string;
  readonly logFile: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Content of file descriptor 3. */
  readonly fileArguments: string | undefined;
  /** Owner of the output's pipe, so that the program may reopen /dev/stdout. */
  readonly uid: number | undefined;
  readonly shape: RunShape;
}

const POLL_MS = 50;
/** How long a shim may take from its fork to its first write. */
const ADOPTION_MS = 300;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function timeOf(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return Date.now();
  }
}

/** How a run ended, from its directory; undefined while it has no exit code. */
export function findRunEnd(runDir: string): RunEnd | undefined {
  const file = join(runDir, "exit");
  const exitCode = parseExitCode(readText(file) ?? "");
  return exitCode === undefined ? undefined : { exitCode, finishedAt: timeOf(file), lost: false };
}

/** The shim of a run; undefined when none ever began there. */
export function findShim(runDir: string): ShimIdentity | undefined {
  return parseShimIdentity(readText(join(runDir, "pid")) ?? "");
}

/**
 * Records the end of a run that has no shim (a builtin). On a full disk the record is left out: it only spares a builtin,
 * which may be called again, that call after a crash.
 */
export function writeRunEnd(runDir: string, exitCode: number): RunEnd {
  try {
    writeFileSync(join(runDir, "exit"), `${exitCode}\n`);
  } catch {
    rmSync(join(runDir, "exit"), { force: true });
  }
  return { exitCode, finishedAt: Date.now(), lost: false };
}

/** Kills whatever runs under a shim and then the shim itself. Resolves when it is gone. */
async function killTree(shim: ShimIdentity, runDir: string, { piped }: RunShape): Promise<void> {
  const deadline = Date.now() + 2000;
  while (isAlive(shim) && Date.now() < deadline) {
    // Not the shim and what brings the output home: there is an exit code to write.
    for (const { pid, depth, name } of listDescendants(shim.pid)) {
      if (!piped || depth > 2 || (depth === 2 && !SHIM_PROGRAMS.has(name))) sendSignal(pid, "SIGKILL");
    }
    await delay(10);
    if (findRunEnd(runDir)) break;
  }
  if (isAlive(shim)) sendSignal(-shim.pid, "SIGKILL");
  while (isAlive(shim)) await delay(10);
}

/** Without a sandbox a program can leave its parents (setsid, a double fork); its environment still tells. */
const MARK = "SKIFF_RUN";

async function killMarked(runDir: string, { piped }: RunShape): Promise<void> {
  if (piped) return;
  // Again and again: it may be forking. A zombie has no environment.
  for (let i = 0; i < 100; i++) {
    const pids = listMarked(`${MARK}=${runDir}`);
    if (pids.length === 0) return;
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    await delay(10);
  }
}

async function terminateShim(shim: ShimIdentity, runDir: string, shape: RunShape, graceMs: number): Promise<void> {
  const deadline = Date.now() + graceMs;
  let asked = false;
  while (isAlive(shim) && Date.now() < deadline) {
    if (!asked) {
      // As kubelet: the container's first process alone. bubblewrap would end everything at once.
      const programs = listDescendants(shim.pid).filter((descendant) => descendant.depth === shape.depth);
      asked = programs.length > 0;
      for (const { pid } of programs) sendSignal(pid, "SIGTERM");
    }
    await delay(POLL_MS);
  }
  await killTree(shim, runDir, shape);
}

/** Waits for a shim by looking: adopted processes are not our children. */
async function awaitShim(shim: ShimIdentity, runDir: string): Promise<RunEnd> {
  while (isAlive(shim)) {
    const end = findRunEnd(runDir);
    if (end) return end;
    await delay(POLL_MS);
  }
  return findRunEnd(runDir) ?? { exitCode: 137, finishedAt: Date.now(), lost: true };
}

/** Takes over the run in `runDir`; undefined when its command was never begun. */
export async function adoptRun(runDir: string, shape: RunShape): Promise<Run | undefined> {
  const end = findRunEnd(runDir);
  let shim = findShim(runDir);
  // The crash may have hit between the fork and the shim's first write.
  for (let waited = end ? ADOPTION_MS : 0; !shim && waited < ADOPTION_MS; waited += POLL_MS) {
    await delay(POLL_MS);
    shim = findShim(runDir);
  }
  if (!shim && !end) return undefined;
  const startedAt = timeOf(join(runDir, "pid"));
  return {
    startedAt,
    ended: end
      ? Promise.resolve(end)
      : shim
        ? awaitShim(shim, runDir).then((ended) => killMarked(runDir, shape).then(() => ended))
        : Promise.resolve({ exitCode: 137, finishedAt: startedAt, lost: true }),
    terminate: async (graceMs) => {
      if (shim) await terminateShim(shim, runDir, shape, graceMs);
    },
  };
}

/** The run of a command that this machine will never start (its arguments are too long), as container engines report it. */
function refusedRun({ runDir, logFile }: RunRequest, error: unknown): Run {
  if ((error as NodeJS.ErrnoException).code !== "E2BIG") throw error;
  appendFileSync(logFile, "exec: argument list too long\n");
  const end = writeRunEnd(runDir, 128);
  return { startedAt: end.finishedAt, ended: Promise.resolve(end), terminate: () => Promise.resolve() };
}

/** Starts a command under a shim. Rejects when /bin/sh cannot be started or the log cannot be opened. */
export async function startRun(request: RunRequest): Promise<Run> {
  const { runDir, logFile, uid, shape } = request;
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  const argumentsFile = join(runDir, "arguments");
  const descriptors: number[] = [];
  try {
    const log = openSync(logFile, "a", 0o600);
    descriptors.push(log);
    const stdio: ("ignore" | number)[] = ["ignore", log, log];
    if (request.fileArguments !== undefined) {
      writeFileSync(argumentsFile, request.fileArguments, { mode: 0o600 });
      const descriptor = openSync(argumentsFile, "r");
      descriptors.push(descriptor);
      stdio.push(descriptor);
    }
    const script = shape.piped ? PIPED_SHIM_SCRIPT : SHIM_SCRIPT;
    const owner = uid === undefined ? "" : String(uid);
    const child = spawn("/bin/sh", ["-c", script, "skiff-shim", runDir, owner, ...request.command], {
      detached: true,
      stdio,
      cwd: request.cwd,
      env: shape.piped ? { ...request.env } : { ...request.env, [MARK]: runDir },
    });
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    const ended = exited.then(async (): Promise<RunEnd> => {
      const end = findRunEnd(runDir) ?? { exitCode: 137, finishedAt: Date.now(), lost: true };
      await killMarked(runDir, shape);
      return end;
    });
    return {
      startedAt: Date.now(),
      ended,
      terminate: async (graceMs) => {
        let shim = findShim(runDir);
        for (let waited = 0; !shim && waited < 1000 && child.exitCode === null; waited += 10) {
          await delay(10);
          shim = findShim(runDir);
        }
        if (shim) await terminateShim(shim, runDir, shape, graceMs);
        await ended;
      },
    };
  } catch (error) {
    return refusedRun(request, error);
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

/** Kills what is left of a run whose pod no longer exists. */
export async function killOrphan(runDir: string, shape: RunShape): Promise<void> {
  const shim = findShim(runDir);
  if (shim && isAlive(shim)) await killTree(shim, runDir, shape);
  if (shim) await killMarked(runDir, shape);
}
