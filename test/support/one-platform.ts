/** Global setup of the clients' suites: one platform, and the programs that will be run against it. */
import { dirname } from "node:path";
import type { TestProject } from "vitest/node";
import { listKubectlBinaries, type KubectlBinary } from "./kubectl-binaries.ts";
import { removeFolder, startSkiff } from "./skiff.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly kubectls: readonly KubectlBinary[];
    /** Where the platform keeps its data; `kubeconfig` is in it. */
    readonly dataDir: string;
    readonly kube: string;
  }
}

/** Starts the platform, hands its address to the tests, and returns what stops it. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const kubectls = await listKubectlBinaries();
  console.log(`kubectl: ${kubectls.map(({ version }) => version).join(", ") || "none of 1.29 or newer found"}`);
  const skiff = await startSkiff();
  provide("kubectls", kubectls);
  provide("dataDir", skiff.dataDir);
  provide("kube", skiff.ready.kube);
  return async () => {
    await skiff.stop();
    removeFolder(dirname(skiff.dataDir));
  };
}
