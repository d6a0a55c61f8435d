/** What a container of the *python* runner gets beside the system: the base environment, its private folder and the namespace's overlays. */
import { copyFile, chmod, lchown, mkdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Mount } from "../mount-plan.ts";
import { safeName } from "../pod-directory.ts";
import { SYSTEM_PATH } from "../sandbox.ts";
import type { PythonEnvironment } from "./base-environment.ts";

const PRIVATE = "/run/skiff/python";
const OVERLAYS = "/run/skiff/overlays";

export interface PythonContainer {
  readonly mounts: readonly Mount[];
  readonly system: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Makes the folders of one run. `uid` owns them where pods run as somebody else. */
export async function preparePythonContainer(
  python: PythonEnvironment,
  pythonDir: string,
  runDir: string,
  namespace: string,
  uid: number | undefined,
): Promise<PythonContainer> {
  const own = join(runDir, "python");
  const overlays = join(pythonDir, "overlays", safeName(namespace));
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
