/** The newest Python `kubernetes` client from the package index, and the program of seed 004. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { createKubeApi } from "../support/kube-api.ts";
import { runProgram } from "../support/programs.ts";
import { ROOT, until } from "../support/skiff.ts";
import { deployment } from "./objects.ts";

const SEEDS = process.env["SKIFF_SEEDS"] ?? "/work/shared/seeds";
const SCENARIOS = ["core", "apps", "batch", "rbac", "custom_objects", "watching", "dynamic_client"];

const python = process.env["SKIFF_TEST_KUBERNETES_PYTHON"];

/** Runs a script of this folder; rejects with its traceback. */
async function runScript(script: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runProgram(python ?? "python3", [join(ROOT, "test", "clients", script), ...args], {
    env: { KUBECONFIG: join(inject("dataDir"), "kubeconfig"), PYTHONWARNINGS: "ignore" },
  });
  if (code !== 0) throw new Error(`${script} ${args.join(" ")} ended with ${code}:\n${stderr}`);
}

describe.skipIf(python === undefined)("Python kubernetes client", () => {
  for (const scenario of SCENARIOS) {
    it.concurrent(scenario.replaceAll("_", " "), async () => {
      const api = createKubeApi(inject("dataDir"), inject("kube"));
      const namespace = `python-${scenario.replaceAll("_", "-")}-${process.pid}`;
      await api.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      await runScript("kubernetes_client.py", scenario, namespace);
    });
  }
});

const seed = existsSync(SEEDS) ? readdirSync(SEEDS).find((name) => name.startsWith("004")) : undefined;

describe.skipIf(python === undefined || seed === undefined)("seed 004", () => {
  it("adds a user to Dex, restarts it and creates the user's Profile", async () => {
    const api = createKubeApi(inject("dataDir"), inject("kube"));
    const deployments = "/apis/apps/v1/namespaces/auth/deployments";
    if ((await api.send("GET", `${deployments}/dex`)).status === 404) await api.create(deployments, deployment("dex"));
    await runScript("seed_004.py", join(SEEDS, seed ?? ""), "jane@example.com");
    const { body: config } = await api.send<{ data: Record<string, string> }>("GET", "/api/v1/namespaces/auth/configmaps/dex");
    expect(config.data["config.yaml"]).toMatch(
      /\n- email: jane@example\.com\n {2}hash: \$2b\$10\$.*\n {2}username: jane\n {2}userID: jane\nstaticClients:/,
    );
    const { body: dex } = await api.send<ReturnType<typeof deployment>>("GET", `${deployments}/dex`);
    expect(dex.spec.template.metadata).toHaveProperty(["annotations", "kubectl.kubernetes.io/restartedAt"]);
    const phase = await until("jane's namespace", 10_000, async () => {
      const { status, body } = await api.send<{ status: { phase: string } }>("GET", "/api/v1/namespaces/jane");
      return status === 200 ? body.status.phase : undefined;
    });
    expect(phase).toBe("Active");
  });
});
