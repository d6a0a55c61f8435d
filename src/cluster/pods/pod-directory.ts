/** Where a pod's files lie: DIR/pods/UID/CONTAINER/ATTEMPT/, logs beside the attempts, volumes in a folder of their own. */
import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { SkiffError } from "../../lib/errors.ts";
import { SERVICE_ACCOUNT_VOLUME } from "./mount-plan.ts";
import { removeTree } from "./remove-tree.ts";

/** A name that is safe as a folder: an RFC 1123 label or subdomain. Throws Invalid. */
export function safeName(name: string): string {
  const ok = name.split("").every((char) => (char >= "a" && char <= "z") || (char >= "0" && char <= "9") || char === "-" || char === ".");
  if (!ok || name === "" || name.length > 253 || name.startsWith("."))
    throw new SkiffError("Invalid", `invalid name ${JSON.stringify(name)}`);
  return name;
}

export interface PodDirectory {
  readonly path: string;
  volume(name: string): string;
  container(name: string): string;
  run(container: string, attempt: number): string;
  log(container: string, attempt: number): string;
  /** The newest attempt of a container; -1 before the first. */
  lastAttempt(container: string): number;
  /** Removes what the containers wrote beside their volumes; logs and exit codes stay. */
  discardRun(run: string): Promise<void>;
  /** After the end of `attempt`: only its log, exit code and predecessor are kept, as with kubelet. */
  discardAttempts(container: string, attempt: number): Promise<void>;
  /** Run directories of all containers. */
  runs(): string[];
}

function attemptsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => Number(entry.name))
    .filter((attempt) => Number.isInteger(attempt));
}

/** The folder of the pod with this uid below `podsDir`. */
export function podDirectory(podsDir: string, uid: string): PodDirectory {
  const path = join(podsDir, safeName(uid));
  const container = (name: string): string => join(path, safeName(name));
  const log = (name: string, attempt: number): string => join(container(name), `${attempt}.log`);
  const discardRun = async (folder: string): Promise<void> => {
    for (const rest of ["root", "python", "arguments"]) await removeTree(join(folder, rest));
  };
  const run = (name: string, attempt: number): string => join(container(name), String(attempt));
  return {
    path,
    container,
    run,
    volume: (name) => join(path, "_volumes", name === SERVICE_ACCOUNT_VOLUME ? name : safeName(name)),
    log,
    discardRun,
    discardAttempts: async (name, attempt) => {
      await discardRun(run(name, attempt));
      for (const old of attemptsIn(container(name)).filter((each) => each < attempt - 1)) {
        await removeTree(run(name, old));
        for (const end of ["", ".start"]) await rm(`${log(name, old)}${end}`, { force: true });
      }
    },
    lastAttempt: (name) => Math.max(-1, ...attemptsIn(container(name))),
    runs: () => {
      if (!existsSync(path)) return [];
      const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith("_"));
      return folders.flatMap(({ name }) => attemptsIn(join(path, name)).map((attempt) => join(path, name, String(attempt))));
    },
  };
}
