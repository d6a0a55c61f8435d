/** Enforces the arrows of docs/map.md: which folder may import which. Type-only imports count. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");

/** Layer of a source file → layers it may import. A component's layer is `components/<name>`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  api: ["lib"],
  kit: ["lib", "api"],
  cluster: ["lib", "api", "kit"],
  component: ["lib", "api", "kit"],
  platform: ["lib", "api", "kit", "cluster", "component"],
  cli: ["lib", "api", "kit", "platform"],
};
const IMPORT = /(?:^|\n)\s*(?:import\s*|(?:import|export)\b[^;"'()]*?\bfrom\s*)["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

interface Place {
  readonly layer: string;
  /** Two places of one unit may import each other. */
  readonly unit: string;
}

function placeOf(file: string): Place {
  const [folder = "", name = ""] = relative(join(ROOT, "src"), file).split("/");
  if (folder === "components") return { layer: "component", unit: `components/${name}` };
  if (folder === "platform.ts") return { layer: "platform", unit: "platform" };
  return { layer: folder, unit: folder };
}

/** Lists what breaks a rule, one line each. */
export function findViolations(): { violations: string[]; files: number } {
  const violations: string[] = [];
  const files = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => !file.endsWith(".test.ts"));
  for (const file of files) {
    const path = join(ROOT, file);
    const from = placeOf(path);
    const allowed = MAY_IMPORT[from.layer];
    if (!allowed) {
      violations.push(`${file}: lies in no known layer`);
      continue;
    }
    for (const [, fromStatic, fromDynamic] of readFileSync(path, "utf8").matchAll(IMPORT)) {
      const specifier = fromStatic ?? fromDynamic ?? "";
      if (!specifier.startsWith(".")) {
        if (from.layer === "lib" && !specifier.startsWith("node:")) violations.push(`${file}: lib may import node: only, not ${specifier}`);
        continue;
      }
      const to = placeOf(resolve(dirname(path), specifier));
      if (to.unit !== from.unit && !allowed.includes(to.layer))
        violations.push(`${file}: ${from.unit} may not import ${to.unit} (${specifier})`);
    }
  }
  // The dashboard shares types with the server, nothing that runs.
  for (const file of globSync("web/src/**/*.{ts,tsx}", { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const line of text.split("\n")) {
      if (/from\s+["'][./]+\/src\//.test(line) && (!line.includes("import type") || !line.includes("/src/api/"))) {
        violations.push(`${file}: web may import types of src/api only: ${line.trim()}`);
      }
    }
  }
  return { violations, files: files.length };
}

if (import.meta.main) {
  const { violations, files } = findViolations();
  for (const violation of violations) console.error(violation);
  console.log(`layers: ${files} files, ${violations.length} violations`);
  if (files === 0 || violations.length > 0) process.exitCode = 1;
}
