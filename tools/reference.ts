/** Writes the generated pages of docs/reference/. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { renderDifferences } from "../test/clients/differences.ts";

const folder = resolve(import.meta.dirname, "..", "docs", "reference");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "kubectl.md"), renderDifferences());
