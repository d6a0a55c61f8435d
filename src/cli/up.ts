/** `skiff up` */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createLog } from "../lib/log.ts";
import { FIRST_NAMESPACE, FIRST_USER, startPlatform, type Platform } from "../platform.ts";
import { defaultDataDirectory } from "./arguments.ts";
import type { Command } from "./command.ts";
import { readSettings, SETTING_OPTIONS } from "./settings.ts";
import { readVersion } from "./version.ts";

const HELP = `Usage: skiff up [options]

Starts the platform in the foreground. Ctrl-C stops it; a second Ctrl-C ends it at once.

  --data DIR      the data directory (default ${defaultDataDirectory()})
  --port N        port of the gateway: dashboard, sign-in, pipelines (default 8080; 0 takes any free one)
  --kube-port N   port of the Kubernetes API (default 6443; 0 takes any free one)
  --host ADDRESS  address to listen on (default 127.0.0.1: this machine only)
  --sandbox KIND  auto, bwrap or process (default auto: the best this machine offers)
  --log LEVEL     debug, info, warn or error (default warn)
  --config FILE   settings in YAML (default config.yaml in the data directory, where there is one)

Each setting may also come from the environment (SKIFF_DATA, SKIFF_PORT, SKIFF_KUBE_PORT, SKIFF_HOST, SKIFF_SANDBOX, SKIFF_LOG,
SKIFF_CONFIG) or from the file (dataDir, port, kubePort, host, sandbox, log). A flag outranks the environment, which outranks the file.

SKIFF_USER_PASSWORD sets the password of ${FIRST_USER} at the first start; otherwise a random one is printed once.

When it is ready, DIR/ready.json says where it listens and DIR/kubeconfig holds an admin credential for kubectl.`;

/** The lines a person reads when the platform is ready. */
function banner({ ready, firstPassword, isolation }: Platform, startedMs: number): string {
  const credentials =
    firstPassword === undefined
      ? `  Sign in      ${FIRST_USER}, with the password of the first start`
      : `  Sign in      ${FIRST_USER}\n  Password     ${firstPassword}   (shown this once)`;
  return [
    `Skiff ${ready.version} is ready after ${startedMs} ms.`,
    "",
    `  Dashboard    ${ready.gateway}`,
    credentials,
    `  Pipelines    kfp.Client(host="${ready.gateway}/pipeline", cookies=…, namespace="${FIRST_NAMESPACE}")`,
    `  Kubernetes   export KUBECONFIG=${ready.dataDir}/kubeconfig && kubectl get pods -A`,
    `  Isolation    ${isolation}`,
    `  Data         ${ready.dataDir}`,
    "",
    "Ctrl-C stops it. The README's first pipeline is the next step.",
  ].join("\n");
}

/** Waits for a signal or the death of a part; a second signal ends the process at once. */
function untilStopped(platform: Platform): Promise<unknown> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (): void => {
      if (++signals > 1) process.exit(130);
      console.error("Stopping. Once more ends it at once.");
      resolve(undefined);
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    platform.failed.catch((error: unknown) => resolve(error));
  });
}

export const UP: Command = {
  summary: "Start the platform in the foreground",
  help: HELP,
  run: async (argv) => {
    const { values } = parseArgs({ args: [...argv], options: SETTING_OPTIONS });
    const settings = readSettings(values);
    const initialPassword = process.env["SKIFF_USER_PASSWORD"] || undefined;
    const platform = await startPlatform({
      dataDir: settings.dataDir,
      version: readVersion(),
      host: settings.host,
      port: settings.port,
      kubePort: settings.kubePort,
      log: createLog({ level: settings.log }),
      webRoot: fileURLToPath(new URL("../web", import.meta.url)),
      sandbox: settings.sandbox,
      ...(initialPassword === undefined ? {} : { initialPassword }),
    });
    console.log(banner(platform, Math.round(performance.now())));
    const fault = await untilStopped(platform);
    await platform.stop();
    if (fault !== undefined) throw fault;
    return 0;
  },
};
