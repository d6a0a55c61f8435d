import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./finding.ts";

const ROOT = "/sys/fs/cgroup";
const WANTED = ["memory", "cpu", "pids"];

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The hierarchy that carries the controllers, and which of them. */
function findControllers(): { version: "v2" | "v1"; controllers: string[]; writable: boolean } | undefined {
  const unified = join(ROOT, "cgroup.controllers");
  const v2 = existsSync(unified) ? readFileSync(unified, "utf8").trim().split(" ") : [];
  if (v2.includes("memory")) return { version: "v2", controllers: v2, writable: isWritable(ROOT) };
  const v1 = WANTED.filter((name) => existsSync(join(ROOT, name, "cgroup.procs")));
  if (v1.length === 0) return undefined;
  return { version: "v1", controllers: v1, writable: v1.every((name) => isWritable(join(ROOT, name))) };
}

/** Control groups: which version, which controllers, and whether this user may use them. */
export const CGROUPS: Check = {
  name: "cgroups",
  run: () => {
    const remedy =
      "Limits of pods need control groups: boot with cgroup v2, and run Skiff as root or as a systemd service with Delegate=yes.";
    if (process.platform !== "linux") return Promise.resolve([{ state: "warn", message: "this system has no control groups", remedy }]);
    const found = findControllers();
    if (!found) return Promise.resolve([{ state: "warn", message: `no control groups at ${ROOT}`, remedy }]);
    const missing = WANTED.filter((name) => !found.controllers.includes(name));
    const message = `cgroup ${found.version} with ${WANTED.filter((name) => !missing.includes(name)).join(", ")}`;
    if (missing.length > 0) return Promise.resolve([{ state: "warn", message: `${message}, without ${missing.join(", ")}`, remedy }]);
    if (!found.writable) return Promise.resolve([{ state: "warn", message: `${message}, not writable by this user`, remedy }]);
    return Promise.resolve([{ state: "ok", message }]);
  },
};
