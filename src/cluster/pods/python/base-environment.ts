/**
 * The managed base environment of python pods: a virtual environment on the machine's own Python, made once per version.
 * It holds pip's real code, Skiff's pip in front of it (pip-shim.ts) and the hook that activates overlays (overlay-hook.ts).
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf, SkiffError } from "../../../lib/errors.ts";
import { randomSuffix } from "../../../lib/ids.ts";
import { OVERLAY_HOOK, OVERLAY_HOOK_NAME } from "./overlay-hook.ts";
import { PIP_SHIM, PIP_SHIM_INIT } from "./pip-shim.ts";

const run = promisify(execFile);

export interface PythonEnvironment {
  /** Folder of the virtual environment; the same path inside sandboxes. */
  readonly directory: string;
  /** Folder of the interpreter's installation, which sandboxes must see. */
  readonly basePrefix: string;
  /** "3.11.7". */
  readonly version: string;
}

const DESCRIBE = "import json, sys; print(json.dumps([sys.executable, sys.base_prefix, '%d.%d.%d' % sys.version_info[:3]]))";

// Makes <target>/_skiff_real_pip/pip, and setuptools where ensurepip still brings it, from the interpreter's own wheels:
// ten times faster than ensurepip, and it needs no network.
const UNPACK = String.raw`
import compileall, glob, os, shutil, sys, zipfile
target = sys.argv[1]
real = os.path.join(target, "_skiff_real_pip")
os.makedirs(real)
try:
    import ensurepip
    folders = [os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")]
except ImportError:
    folders = []
folders.append("/usr/share/python-wheels")
def wheel(name):
    found = [path for folder in folders for path in sorted(glob.glob(os.path.join(folder, name + "-*.whl")))]
    return found[0] if found else None
pip = wheel("pip")
if pip:
    zipfile.ZipFile(pip).extractall(real)
else:
    import pip as installed
    shutil.copytree(os.path.dirname(installed.__file__), os.path.join(real, "pip"))
for name in ("setuptools", "wheel"):
    path = wheel(name)
    if path:
        zipfile.ZipFile(path).extractall(target)
compileall.compile_dir(target, quiet=2, workers=1)
`;

/** The real interpreter behind `python3` on PATH (a pyenv shim costs 100 ms per start). */
async function describeInterpreter(
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ executable: string; basePrefix: string; version: string }> {
  try {
    const { stdout } = await run("python3", ["-c", DESCRIBE], { env: { ...env }, timeout: 30_000, signal });
    const [executable = "", basePrefix = "", version = ""] = JSON.parse(stdout) as string[];
    return { executable, basePrefix, version };
  } catch (error) {
    throw new SkiffError("ServiceUnavailable", "python3 is not installed on this machine, so pods with a Python image cannot run", {
      remedy: "Install Python 3.9 or newer so that `python3` is on the PATH, and start Skiff again.",
      cause: error,
    });
  }
}

async function writeExecutable(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

async function build(
  directory: string,
  executable: string,
  version: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const options = { env: { ...env }, timeout: 300_000, signal };
  await run(executable, ["-m", "venv", "--without-pip", directory], options);
  const [major = "3", minor = ""] = version.split(".");
  const site = join(directory, "lib", `python${major}.${minor}`, "site-packages");
  await mkdir(join(site, "pip"), { recursive: true });
  await writeFile(join(site, "pip", "__init__.py"), PIP_SHIM_INIT);
  await writeFile(join(site, "pip", "__main__.py"), PIP_SHIM);
  await writeFile(join(site, `${OVERLAY_HOOK_NAME}.py`), OVERLAY_HOOK);
  await writeFile(join(site, `${OVERLAY_HOOK_NAME}.pth`), `import ${OVERLAY_HOOK_NAME}\n`);
  await run(join(directory, "bin", "python3"), ["-c", UNPACK, site], options);
  // A shell first: an interpreter path with blanks, or a long one, cannot stand in a #! line.
  const interpreter = join(directory, "bin", "python3").replaceAll('"', "");
  const script = `#!/bin/sh\n'''exec' "${interpreter}" "$0" "$@"\n' '''\nimport sys\nfrom pip.__main__ import main\nsys.exit(main())\n`;
  for (const name of ["pip", "pip3", `pip${major}.${minor}`]) await writeExecutable(join(directory, "bin", name), script);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** False when parts of the environment were removed, or the interpreter behind it. */
async function isComplete(directory: string, version: string): Promise<boolean> {
  const site = join(directory, "lib", `python${version.split(".").slice(0, 2).join(".")}`, "site-packages");
  const parts = [
    join(directory, "pyvenv.cfg"),
    join(directory, "bin", "python3"),
    join(directory, "bin", "pip"),
    ...["pip/__main__.py", "_skiff_real_pip/pip/__main__.py", `${OVERLAY_HOOK_NAME}.py`, `${OVERLAY_HOOK_NAME}.pth`].map((part) =>
      join(site, part),
    ),
  ];
  return (await Promise.all(parts.map(isThere))).every(Boolean);
}

/**
 * Finds or makes the base environment below `root`. Throws ServiceUnavailable, with a remedy, when the machine has no
 * usable Python. `env` is Skiff's own environment, which finds `python3`; `signal` ends the work.
 */
export async function ensureBaseEnvironment(
  root: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<PythonEnvironment> {
  const { executable, basePrefix, version } = await describeInterpreter(env, signal);
  // The content is part of the name: a newer Skiff makes its own environment and leaves running pods theirs.
  const content = createHash("sha256").update([executable, PIP_SHIM, PIP_SHIM_INIT, OVERLAY_HOOK, UNPACK].join("\0")).digest("hex");
  const name = `base-${version}-${content.slice(0, 8)}`;
  // Each attempt has a folder of its own, since the programs of one that was cut short may still be writing.
  const pointer = join(root, `${name}.current`);
  if (await isThere(pointer)) {
    const directory = join(root, (await readFile(pointer, "utf8")).trim());
    if (await isComplete(directory, version)) return { directory, basePrefix, version };
  }
  const attempt = `${name}-${randomSuffix()}`;
  const directory = join(root, attempt);
  try {
    await mkdir(root, { recursive: true, mode: 0o755 });
    for (const entry of await readdir(root)) {
      if (entry.startsWith(`${name}-`)) await rm(join(root, entry), { recursive: true, force: true, maxRetries: 3 });
    }
    await build(directory, executable, version, env, signal);
    await writeFile(`${pointer}.tmp`, attempt);
    await rename(`${pointer}.tmp`, pointer);
    return { directory, basePrefix, version };
  } catch (error) {
    throw new SkiffError("ServiceUnavailable", `the Python environment for pods could not be made: ${messageOf(error)}`, {
      remedy: `Check that \`${executable} -m venv\` works (on Debian and Ubuntu: apt install python3-venv), and start Skiff again.`,
      cause: error,
    });
  }
}
