/**
 * The command line that puts a container into a bubblewrap sandbox. Pure: what to bind is decided by the caller.
 *
 * As root, bubblewrap itself stays root while it builds the sandbox (so it can bind folders below closed parents) and keeps
 * only the capabilities with which setpriv then drops to the namespace's uid; no user namespace is needed. Otherwise
 * bubblewrap runs as the user, in a user namespace.
 *
 * The network is the host's: a pod can reach what listens on this machine. Network namespaces per pod come later.
 */
import { posix } from "node:path";
import { isWithin, type Mount } from "./mount-plan.ts";

export interface SandboxPlan {
  readonly bwrap: string;
  /** Set: run as root and drop to this uid with setpriv. */
  readonly drop: { readonly setpriv: string; readonly uid: number } | undefined;
  /** The container's own writable layer; becomes "/". */
  readonly rootDir: string;
  /** Folders and files of the machine, bound read-only at their own paths. */
  readonly system: readonly string[];
  /** Links to make in "/", path → target, such as /bin → usr/bin. */
  readonly links: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly hostname: string;
  /** Bound on the processes of the pod's user. */
  readonly maxProcesses: number;
  /** A folder that must not be seen even where a system folder holds it: Skiff's own data. */
  readonly hidden: string;
  readonly command: readonly string[];
}

/** Variables that glibc itself drops for privileged programs (its unsecvars.h); setpriv must not see them while it is root. */
const LOADER_VARIABLES = new Set([
  "GCONV_PATH",
  "GETCONF_DIR",
  "GLIBC_TUNABLES",
  "HOSTALIASES",
  "LANGUAGE",
  "LOCALDOMAIN",
  "LOCPATH",
  "NIS_PATH",
  "NLSPATH",
  "OUTPUT_CHARSET",
  "RESOLV_HOST_CONF",
  "RES_OPTIONS",
  "TMPDIR",
  "TZDIR",
]);

function isLoaderVariable(name: string): boolean {
  return name.startsWith("LD_") || name.startsWith("MALLOC_") || LOADER_VARIABLES.has(name);
}

/**
 * Runs as the pod's user, right before its program: bounds its processes (dash says -p for what other shells call -u), so
 * that a fork bomb ends in its own namespace, and closes the descriptor that bubblewrap leaves open.
 */
const LAST_STEPS = '{ ulimit -p "$0" || ulimit -u "$0"; } 2>/dev/null; exec "$@" 3<&-';

function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let parent = posix.dirname(path); parent !== "/"; parent = posix.dirname(parent)) parents.unshift(parent);
  return parents;
}

export interface SandboxCommand {
  /** The program and what may be seen in the machine's process list. */
  readonly command: readonly string[];
  /** NUL-terminated options for `--args 3`: they carry env values, which the process list must not show. */
  readonly fileArguments: string;
}

/** Builds the command line; the caller hands `fileArguments` over as file descriptor 3. */
export function toSandboxCommand(plan: SandboxPlan): SandboxCommand {
  const options: string[] = plan.drop
    ? ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    : ["--unshare-user", "--cap-drop", "ALL"];
  options.push("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent");
  // A session of its own: `kill 0` must not reach the shim.
  options.push("--new-session");
  options.push("--hostname", plan.hostname, "--bind", plan.rootDir, "/");
  const made = new Set<string>();
  // bubblewrap makes missing parents with mode 0700, which would be closed to the dropped uid.
  const makeParents = (path: string): void => {
    for (const parent of parentsOf(path)) {
      if (made.has(parent) || (!isWithin(parent, plan.hidden) && plan.system.some((bound) => isWithin(parent, bound)))) continue;
      made.add(parent);
      options.push("--perms", "0755", "--dir", parent);
    }
  };
  const bind = (path: string): void => {
    makeParents(path);
    options.push("--ro-bind", path, path);
  };
  const within = plan.system.filter((path) => isWithin(path, plan.hidden));
  for (const path of plan.system) if (!within.includes(path)) bind(path);
  if (plan.system.some((path) => path !== plan.hidden && isWithin(plan.hidden, path)))
    options.push("--perms", "0755", "--tmpfs", plan.hidden);
  for (const path of within) bind(path);
  for (const [path, target] of Object.entries(plan.links)) {
    makeParents(path);
    options.push("--symlink", target, path);
  }
  // Shared memory must be writable after the uid is dropped: multiprocessing keeps its semaphores there.
  options.push("--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm", "--proc", "/proc");
  for (const { hostPath, mountPath, readOnly } of plan.mounts) {
    makeParents(mountPath);
    options.push(readOnly ? "--ro-bind" : "--bind", hostPath, mountPath);
  }
  options.push("--chdir", plan.workingDir, "--clearenv");
  const late: string[] = [];
  for (const [name, value] of Object.entries(plan.env)) {
    if (name === "" || name.includes("=") || name.includes("\0") || value.includes("\0")) continue;
    if (plan.drop && isLoaderVariable(name)) late.push(`${name}=${value}`);
    else options.push("--setenv", name, value);
  }
  const dropping: string[] = [];
  if (plan.drop) {
    const uid = String(plan.drop.uid);
    dropping.push(plan.drop.setpriv, "--reuid", uid, "--regid", uid, "--clear-groups");
    dropping.push("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--");
    if (late.length > 0) dropping.push("/usr/bin/env", ...late);
  }
  return {
    command: [plan.bwrap, "--args", "3", "--", ...dropping, "/bin/sh", "-c", LAST_STEPS, String(plan.maxProcesses), ...plan.command],
    fileArguments: options.map((option) => `${option}\0`).join(""),
  };
}
