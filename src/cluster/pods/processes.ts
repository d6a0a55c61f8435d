/** Processes of the machine, read from /proc: identity that survives the reuse of a pid, and descendants. */
import { readFileSync, readdirSync } from "node:fs";
import { startTicksOf, type ShimIdentity } from "./shim.ts";

/** Sends a signal; false when the process (or group, for a negative pid) is gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return undefined;
  }
}

/** True while the very process that wrote `identity` runs; a zombie counts as ended. */
export function isAlive({ pid, startTicks, bootId }: ShimIdentity): boolean {
  if (startTicks === undefined) return sendSignal(pid, 0);
  if (readProc("sys/kernel/random/boot_id")?.trim() !== bootId) return false;
  const stat = readProc(`${pid}/stat`);
  if (stat === undefined || startTicksOf(stat) !== startTicks) return false;
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
}

export interface Descendant {
  readonly pid: number;
  /** 1 = a child. */
  readonly depth: number;
  /** The kernel's name of the program, at most 15 characters. */
  readonly name: string;
}

/** All processes below `pid`, nearest first. Empty where there is no /proc. */
export function listDescendants(pid: number): Descendant[] {
  const children = new Map<number, number[]>();
  const names = new Map<number, string>();
  let entries: string[];
  try {
    entries = readdirSync("/proc");
  } catch {
    return [];
  }
  for (const entry of entries) {
    const child = Number(entry);
    if (!Number.isInteger(child)) continue;
    const stat = readProc(`${entry}/stat`);
    if (stat === undefined) continue;
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    names.set(child, stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")));
    const siblings = children.get(parent);
    if (siblings) siblings.push(child);
    else children.set(parent, [child]);
  }
  const found: Descendant[] = [];
  let level = [pid];
  for (let depth = 1; level.length > 0; depth++) {
    level = level.flatMap((parent) => children.get(parent) ?? []);
    for (const child of level) found.push({ pid: child, depth, name: names.get(child) ?? "" });
  }
  return found;
}

/** Processes whose environment holds this entry ("NAME=value"), wherever they have gone. Empty where there is no /proc. */
export function listMarked(entry: string): number[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names.map(Number).filter((pid) => pid > 1 && pid !== process.pid && readProc(`${pid}/environ`)?.split("\0").includes(entry));
}
