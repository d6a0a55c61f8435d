/** What the journeys need of the machine: Debian packages where they can be installed, and a Python environment with the clients. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.ts";

/** Program that shows a package is there → the package. */
const PACKAGES: Readonly<Record<string, string>> = {
  "/usr/bin/bwrap": "bubblewrap",
  "/usr/bin/chromium": "chromium",
  "/usr/lib/postgresql": "postgresql",
  "/usr/bin/strace": "strace",
};

/** Installs missing system packages as root on Debian; elsewhere the tests that need them say so and skip. */
export async function installSystemPackages(): Promise<void> {
  const missing = Object.entries(PACKAGES).filter(([program]) => !existsSync(program));
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.log(
      `not installed here: ${names.join(", ")} (tests that need them are skipped; on Debian: apt-get install ${names.join(" ")})`,
    );
    return;
  }
  console.log(`Installing ${names.join(", ")} …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get update", ["apt-get", "update", "-qq"], { env });
  const { ok, output } = await run("apt-get install", ["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...names], { env });
  if (!ok) console.log(`apt-get failed; tests that need ${names.join(", ")} are skipped\n${output.slice(-2000)}`);
}

/** Makes a fresh virtual environment with the newest `packages`; resolves with its interpreter. Throws with pip's output. */
export async function makeClientEnvironment(folder: string, packages: readonly string[]): Promise<string> {
  const python = join(folder, "bin", "python");
  console.log(`Installing the newest ${packages.join(", ")} into a fresh virtual environment …`);
  const venv = await run("venv", ["python3", "-m", "venv", folder]);
  if (!venv.ok) throw new Error(`python3 -m venv failed (on Debian: apt-get install python3-venv)\n${venv.output}`);
  const pip = await run("pip", [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
  if (!pip.ok) throw new Error(`pip install ${packages.join(" ")} failed\n${pip.output}`);
  return python;
}
