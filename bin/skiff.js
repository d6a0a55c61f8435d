#!/usr/bin/env node
// Plain JavaScript that any Node can read: it only makes sure that the real program runs on a Node new enough.
"use strict";

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = [22, 18];
const here = dirname(fileURLToPath(import.meta.url));
const entry = join(here, "..", "dist", "cli", "main.js");

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** npm's `node` package, if one is installed in or above this folder. */
function findNode() {
  for (let folder = here; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", "node", "bin", "node");
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

if (!existsSync(entry)) {
  console.error("skiff: it has not been built yet. Run: npm install");
  process.exit(1);
} else if (isNewEnough(process.versions.node)) {
  // Node 22 still calls its SQLite experimental, once per start; it is the one Skiff is tested with.
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith("SQLite is an experimental feature")) emitWarning(warning, ...rest);
  };
  // A second start finds its modules compiled: about 100 ms less.
  module.enableCompileCache?.();
  await import(entry);
} else {
  const node = findNode();
  if (node === undefined) {
    console.error(
      `skiff: needs Node ${NEEDED.join(".")} or newer, this is ${process.versions.node}. Install a current Node, or run: npm install node@24`,
    );
    process.exit(1);
  }
  const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
