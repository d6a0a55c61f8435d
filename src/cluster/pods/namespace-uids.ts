/** One unprivileged uid per namespace, given out in order and written down before use, so that two namespaces never share one. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { isObject } from "../../lib/json.ts";
import { SkiffError } from "../../lib/errors.ts";

const FIRST = 20_000;
const LAST = 59_999;

export interface NamespaceUids {
  /** The uid (and gid) of the namespace's pods. */
  uidOf(namespace: string): number;
}

/** Opens the table kept in `file`. Throws Invalid when the file is damaged: guessing could mix up owners. */
export function openNamespaceUids(file: string): NamespaceUids {
  const table = new Map<string, number>();
  let text: string | undefined;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (text !== undefined) {
    const parsed: unknown = JSON.parse(text);
    if (!isObject(parsed)) throw new SkiffError("Invalid", `${file} is damaged`);
    for (const [namespace, uid] of Object.entries(parsed)) {
      if (typeof uid !== "number") throw new SkiffError("Invalid", `${file} is damaged`);
      table.set(namespace, uid);
    }
  }
  return {
    uidOf: (namespace) => {
      const known = table.get(namespace);
      if (known !== undefined) return known;
      const uid = Math.max(FIRST - 1, ...table.values()) + 1;
      if (uid > LAST) throw new SkiffError("InternalError", "no unprivileged uid is left for another namespace");
      const temporary = `${file}.tmp`;
      writeFileSync(temporary, JSON.stringify(Object.fromEntries([...table, [namespace, uid]])), { mode: 0o600 });
      renameSync(temporary, file);
      table.set(namespace, uid);
      return uid;
    },
  };
}
