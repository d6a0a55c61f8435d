/**
 * Descriptors that Skiff's own parent left open, such as a terminal program's pipes. Every child would inherit them, pods
 * included. Node marks what it opens itself, and the first few it finds, as not to be inherited; the others nobody here
 * knows of, so they can be closed.
 */
import { closeSync, readdirSync, readFileSync } from "node:fs";

/** Linux' O_CLOEXEC, as the octal `flags` in /proc/PID/fdinfo show it. */
const CLOSE_ON_EXEC = 0o2000000;

/** True for a descriptor, by its text in /proc/self/fdinfo, that children inherit. */
export function isInherited(info: string): boolean {
  const line = info.split("\n").find((text) => text.startsWith("flags:"));
  const flags = Number.parseInt(line?.slice("flags:".length).trim() ?? "", 8);
  return Number.isInteger(flags) && (flags & CLOSE_ON_EXEC) === 0;
}

/** Closes all descriptors above the standard ones that children would inherit. Does nothing where there is no /proc. */
export function closeForeignDescriptors(): void {
  let names: string[];
  try {
    names = readdirSync("/proc/self/fdinfo");
  } catch {
    return;
  }
  for (const name of names) {
    const descriptor = Number(name);
    if (!Number.isInteger(descriptor) || descriptor < 3) continue;
    try {
      if (isInherited(readFileSync(`/proc/self/fdinfo/${name}`, "utf8"))) closeSync(descriptor);
    } catch {
      // It was the one that read the folder.
    }
  }
}
