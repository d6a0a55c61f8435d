/** Command-line options that several commands share. */
import { homedir, platform } from "node:os";
import { join, resolve } from "node:path";

/** Where data lives when nobody says otherwise: the place the system has for it. */
export function defaultDataDirectory(): string {
  if (process.getuid?.() === 0) return "/var/lib/skiff";
  if (platform() === "darwin") return join(homedir(), "Library", "Application Support", "skiff");
  return join(process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"), "skiff");
}

/** The option for `node:util` parseArgs. */
export const DATA_OPTION = { data: { type: "string" } } as const;

export function dataDirectoryOf(data: string | undefined): string {
  return resolve(data ?? (process.env["SKIFF_DATA"] || defaultDataDirectory()));
}
