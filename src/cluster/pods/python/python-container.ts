/** What a container of the *python* runner gets beside the system: the base environment, its private folder and the namespace's overlays. */
import { copyFile, chmod, lchown, mkdir, readdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Namespace } from "../../../api/index.ts";
import type { Mount } from "../mount-plan.ts";
import { safeName } from "../pod-directory.ts";
import { removeTree } from "../remove-tree.ts";
import { SYSTEM_PATH } from "../sandbox.ts";
import type { PythonEnvironment } from "./base-environment.ts";

const PRIVATE = "/run/skiff/python";
const OVERLAYS = "/run/skiff/overlays";

export interface PythonContainer {
  readonly mounts: readonly Mount[];
  readonly system: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The folder of a namespace's overlays, below `pythonDir`. A namespace that is made again under an old name has another
 * uid: what the earlier owner's pods have installed is nothing for the next.
 */
export function overlayFolder(pythonDir: string, { metadata }: Namespace): string {
  return join(pythonDir, "overlays", safeName(`${metadata.name}.${metadata.uid ?? ""}`));
}

/** Removes the overlays of namespaces that are not among `namespaces`. */
export async function sweepOverlays(pythonDir: string, namespaces: readonly Namespace[]): Promise<void> {
  const known = new Set(namespaces.map((namespace) => overlayFolder(pythonDir, namespace)));
  const root = join(pythonDir, "overlays");
  for (const name of existsSync(root) ? await readdir(root) : []) {
    if (!known.has(join(root, name))) await removeTree(join(root, name));
  }
}

/** Makes the folders of one run. `uid` owns them where pods run as somebody else. */
export async function preparePythonContainer(
  python: PythonEnvironment,
  pythonDir: string,
  runDir: string,
  namespace: Namespace,
  uid: number | undefined,
): Promise<PythonContainer> {
  const own = join(runDir, "python");
  const overlays = overlayFolder(pythonDir, namespace);
  for (const folder of [own, join(own, "bin"), overlays]) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    if (uid !== undefined) await lchown(folder, uid, uid);
  }
  return {
    mounts: [
      { hostPath: own, mountPath: PRIVATE, readOnly: false },
      { hostPath: overlays, mountPath: OVERLAYS, readOnly: false },
    ],
    system: [python.basePrefix, python.directory],
    env: {
      PATH: `${PRIVATE}/bin:${join(python.directory, "bin")}:${SYSTEM_PATH}`,
      SKIFF_PYTHON_DIR: PRIVATE,
      SKIFF_PYTHON_OVERLAYS: OVERLAYS,
    },
  };
}

/**
 * Makes the machine user's own pip.conf available to pods, where there is one: it names the index to use. Credentials
 * for that index, if the file has any, become readable by every pod. Returns the copy's path.
 */
export async function copyPipConfiguration(
  pythonDir: string,
  home: string | undefined,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const copy = join(pythonDir, "pip.conf");
  const candidates = [env["PIP_CONFIG_FILE"], home && join(home, ".config/pip/pip.conf"), home && join(home, ".pip/pip.conf")];
  const source = candidates.find((path) => path !== undefined && path !== "" && path !== "/dev/null" && existsSync(path));
  if (source === undefined) {
    await rm(copy, { force: true });
    return undefined;
  }
  await mkdir(pythonDir, { recursive: true, mode: 0o755 });
  await copyFile(source, copy);
  await chmod(copy, 0o644);
  return copy;
}
