/** Ids and names that follow from a task's place in its run, so that doing a thing twice names the same thing. */
import { createHash } from "node:crypto";

/** A UUID derived from `parts` (version 8: the bits are our own hash). */
export function derivedUid(...parts: readonly (string | number)[]): string {
  const bytes = createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Id of the task `name` below `parentId`; iterations of a loop share the loop's name and differ in their index. */
export function taskIdOf(runId: string, parentId: string | undefined, name: string, iteration?: number): string {
  return derivedUid(runId, parentId ?? "", name, iteration ?? -1);
}

/** Finds ids of one run's tasks: the scheduler asks for the same ones at every step, and a hash each time is most of its work. */
export type TaskIds = (parentId: string | undefined, name: string, iteration?: number) => string;

const known = new WeakMap<object, TaskIds>();

/** The ids of the run described by `info`, remembered as long as that object lives. */
export function taskIdsOf(info: { readonly runId: string }): TaskIds {
  const existing = known.get(info);
  if (existing) return existing;
  const byParent = new Map<string | undefined, Map<string, string[]>>();
  const ids: TaskIds = (parentId, name, iteration) => {
    let children = byParent.get(parentId);
    if (!children) byParent.set(parentId, (children = new Map()));
    let list = children.get(name);
    if (!list) children.set(name, (list = []));
    // Place 0 is the task without an iteration.
    return (list[(iteration ?? -1) + 1] ??= taskIdOf(info.runId, parentId, name, iteration));
  };
  known.set(info, ids);
  return ids;
}

/** A DNS label made of any text: lower case, digits and single dashes, at most `length` characters; never empty. */
export function toDnsLabel(text: string, length: number): string {
  const label = Array.from(text.toLowerCase(), (char) => ((char >= "a" && char <= "z") || (char >= "0" && char <= "9") ? char : "-"))
    .join("")
    .split("-")
    .filter((part) => part !== "")
    .join("-")
    .slice(0, length);
  return trimDashes(label) || "x";
}

function trimDashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === "-") end--;
  return text.slice(0, end);
}

/** Pod name `{job}-{task}-{seq}[-{attempt}]`, at most 63 characters and unique in the run. */
export function podNameOf(jobName: string, taskName: string, seq: number, attempt: number): string {
  const tail = attempt === 0 ? `-${seq}` : `-${seq}-${attempt}`;
  const head = trimDashes(`${jobName}-${toDnsLabel(taskName, 30)}`.slice(0, 63 - tail.length));
  return head + tail;
}

/** A path segment made of any name: nothing that a path or a key could read as more than one name. */
export function toPathSegment(name: string): string {
  const safe = Array.from(name, (char) => (/[A-Za-z0-9._-]/.test(char) ? char : "_")).join("");
  return safe.startsWith(".") || safe === "" ? `_${safe}` : safe.slice(0, 200);
}
