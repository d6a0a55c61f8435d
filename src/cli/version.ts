/** `skiff version` */
import { readFileSync } from "node:fs";
import type { Command } from "./command.ts";

/** The version of the package this file belongs to. */
export function readVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

export const VERSION: Command = {
  summary: "Print the version",
  help: "Usage: skiff version\n\nPrints the version of Skiff and of the Node it runs on.",
  run: () => {
    console.log(`skiff ${readVersion()} (node ${process.versions.node})`);
    return Promise.resolve(0);
  },
};
