/** `skiff up` */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createLog, type Level } from "../lib/log.ts";
import { FIRST_NAMESPACE, FIRST_USER, startPlatform, type Platform } from "../platform.ts";
import { SkiffError } from "../lib/errors.ts";
import { DATA_OPTION, dataDirectoryOf, defaultDataDirectory, parsePort } from "./arguments.ts";
import type { Command } from "./command.ts";
import { readVersion } from "./version.ts";

const HELP = `Usage: skiff up [options]

Starts the platform in the foreground. Ctrl-C stops it; a second Ctrl-C ends it at once.

  --data DIR      the data directory (default ${defaultDataDirectory()})
  --port N        port of the gateway: dashboard, sign-in, pipelines (default 8080; 0 takes any free one)
  --kube-port N   port of the Kubernetes API (default 6443; 0 takes any free one)
  --host ADDRESS  address to listen on (default 127.0.0.1: this machine only)
  --sandbox KIND  auto, bwrap or process (default auto: the best this machine offers)
  --log LEVEL     debug, info, warn or error (default warn)

SKIFF_USER_PASSWORD sets the password of ${FIRST_USER} at the first start; otherwise a random one is printed once.

When it is ready, DIR/ready.json says where it listens and DIR/kubeconfig holds an admin credential for kubectl.`;

const SANDBOXES = ["auto", "bwrap", "process"] as const;
const LEVELS = ["debug", "info", "warn", "error"] as const;

function choose<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new SkiffError("BadRequest", `--${flag} ${value} is unknown`, { remedy: `Choose one of ${allowed.join(", ")}.` });
  return found;
}

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
    const { values } = parseArgs({
      args: [...argv],
      options: {
        ...DATA_OPTION,
        port: { type: "string", default: "8080" },
        "kube-port": { type: "string", default: "6443" },
        host: { type: "string", default: "127.0.0.1" },
        sandbox: { type: "string", default: "auto" },
        log: { type: "string", default: "warn" },
      },
    });
    const initialPassword = process.env["SKIFF_USER_PASSWORD"] || undefined;
    const level: Level = choose("log", values.log, LEVELS);
    const platform = await startPlatform({
      dataDir: dataDirectoryOf(values.data),
      version: readVersion(),
      host: values.host,
      port: parsePort("port", values.port),
      kubePort: parsePort("kube-port", values["kube-port"]),
      log: createLog({ level }),
      webRoot: fileURLToPath(new URL("../web", import.meta.url)),
      sandbox: choose("sandbox", values.sandbox, SANDBOXES),
      ...(initialPassword === undefined ? {} : { initialPassword }),
    });
    console.log(banner(platform, Math.round(performance.now())));
    const fault = await untilStopped(platform);
    await platform.stop();
    if (fault !== undefined) throw fault;
    return 0;
  },
};
