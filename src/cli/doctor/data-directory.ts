import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inspectDataDirectory, isHeld, readPid } from "../../kit/data-directory.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";
import type { Check, Finding } from "./finding.ts";

type Found = Omit<Finding, "check">;

const MIB = 1024 * 1024;
const TOO_LITTLE_MIB = 100;
const LITTLE_MIB = 1024;
/** statfs(2) types of file systems that SQLite's write-ahead log does not work on: it shares memory through a mapped file. */
const REMOTE: Readonly<Record<number, string>> = { 0x6969: "NFS", 0xff534d42: "CIFS", 0xfe534d42: "SMB", 0x01021997: "9p" };

/** The nearest folder above that is there. */
function existingAncestor(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Permissions tell half the story (read-only file systems, full disks, root): a file is written. */
function checkWritable(folder: string, path: string): Found | undefined {
  const probe = join(folder, `.skiff-doctor-${process.pid}`);
  try {
    writeFileSync(probe, "x", { flag: "wx", flush: true });
    return undefined;
  } catch (error) {
    const remedy = "Choose a directory of yours with --data DIR, or correct the permissions of this one.";
    return { state: "fail", message: `${path} cannot be written: ${messageOf(error)}`, remedy };
  } finally {
    rmSync(probe, { force: true });
  }
}

function checkSpace(folder: string): Found {
  const { bavail, bsize, type } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / MIB);
  const message = `${free} MiB are free`;
  const remedy = "Make room on its file system, or choose a directory on another with --data DIR.";
  const remote = REMOTE[type];
  if (remote !== undefined) {
    return {
      state: "fail",
      message: `it lies on ${remote}, where SQLite cannot keep data safe`,
      remedy: "Choose a directory on a local disk with --data DIR.",
    };
  }
  if (free < TOO_LITTLE_MIB) return { state: "fail", message, remedy };
  return free < LITTLE_MIB ? { state: "warn", message, remedy } : { state: "ok", message };
}

function checkOwner(path: string): Found | undefined {
  const { uid, mode } = statSync(path);
  const own = process.getuid?.() ?? uid;
  if (uid !== own) {
    const remedy = "Start Skiff as its owner, or choose a directory of yours with --data DIR.";
    // Root may, but what it writes there the owner may not read.
    return { state: own === 0 ? "warn" : "fail", message: `${path} belongs to uid ${uid}, and this is uid ${own}`, remedy };
  }
  if ((mode & 0o022) === 0) return undefined;
  return { state: "warn", message: `other users may write ${path}`, remedy: `Run: chmod go-w ${path}.` };
}

/** The data directory: can be written, is ours, belongs to this user, has room, lies on a local disk. */
export const DATA_DIRECTORY: Check = {
  name: "data directory",
  run: ({ dataDir }) => {
    const findings: (Found | undefined)[] = [];
    const folder = existingAncestor(dataDir);
    if (!statSync(folder).isDirectory()) {
      const remedy = "Choose another path with --data DIR.";
      return Promise.resolve([{ state: "fail", message: `${folder} is a file, not a directory`, remedy }]);
    }
    const unwritable = checkWritable(folder, dataDir);
    findings.push(unwritable);
    if (folder === dataDir && !unwritable) {
      try {
        inspectDataDirectory(dataDir);
        const holder = isHeld(dataDir) ? `, in use by pid ${readPid(dataDir) ?? "?"}` : "";
        findings.push({ state: "ok", message: `${dataDir} is usable${holder}` });
      } catch (error) {
        const remedy =
          error instanceof SkiffError && error.remedy !== undefined ? error.remedy : "Choose another directory with --data DIR.";
        findings.push({ state: "fail", message: messageOf(error), remedy });
      }
      findings.push(checkOwner(dataDir));
    } else if (!unwritable) findings.push({ state: "ok", message: `${dataDir} will be made at the first start` });
    findings.push(checkSpace(folder));
    return Promise.resolve(findings.filter((found) => found !== undefined));
  },
};
