/** The settings of the platform: each as a flag, as an environment variable and as a key of the configuration file. */
import { join, resolve } from "node:path";
import { z } from "zod";
import { readConfiguration, type Configuration, type Setting } from "../kit/config.ts";
import type { Level } from "../lib/log.ts";
import { defaultDataDirectory } from "./arguments.ts";

const SANDBOXES = ["auto", "bwrap", "process"] as const;
const LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly Level[];

const text = z.string().min(1);

/** Flags give text, YAML gives numbers. */
const port = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(0).max(65_535));

function portSetting(flag: string, environment: string, fallback: number): Setting<number> {
  return { flag, environment, schema: port, fallback, expected: "a port", remedy: "Give a number from 0 to 65535; 0 takes any free port." };
}

export const SETTINGS = {
  dataDir: {
    flag: "data",
    environment: "SKIFF_DATA",
    schema: text,
    fallback: defaultDataDirectory(),
    expected: "a directory",
    remedy: "Give the path of a directory.",
  } satisfies Setting<string>,
  host: {
    flag: "host",
    environment: "SKIFF_HOST",
    schema: z.string().regex(/^[A-Za-z0-9.:_%-]+$/),
    fallback: "127.0.0.1",
    expected: "an address to listen on",
    remedy: "Give an IP address of this machine, 0.0.0.0 for all of them, or localhost.",
  } satisfies Setting<string>,
  port: portSetting("port", "SKIFF_PORT", 8080),
  kubePort: portSetting("kube-port", "SKIFF_KUBE_PORT", 6443),
  sandbox: {
    flag: "sandbox",
    environment: "SKIFF_SANDBOX",
    schema: z.enum(SANDBOXES),
    fallback: "auto" as (typeof SANDBOXES)[number],
    expected: "a kind of sandbox",
    remedy: `Choose one of ${SANDBOXES.join(", ")}.`,
  } satisfies Setting<(typeof SANDBOXES)[number]>,
  log: {
    flag: "log",
    environment: "SKIFF_LOG",
    schema: z.enum(LEVELS),
    fallback: "warn" as Level,
    expected: "a level of the log",
    remedy: `Choose one of ${LEVELS.join(", ")}.`,
  } satisfies Setting<Level>,
};

export type PlatformSettings = Configuration<typeof SETTINGS>;

/** For `parseArgs`: one text option a setting, and the file. */
export const SETTING_OPTIONS = {
  config: { type: "string" },
  data: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  "kube-port": { type: "string" },
  sandbox: { type: "string" },
  log: { type: "string" },
} as const;

/**
 * Reads the settings: flags, then SKIFF_… variables, then the file of `--config` (or SKIFF_CONFIG), or else
 * `config.yaml` in the data directory where there is one. Throws BadRequest with every fault.
 */
export function readSettings(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): PlatformSettings {
  const named = flags["config"] ?? (environment["SKIFF_CONFIG"] || undefined);
  const home = flags["data"] ?? (environment["SKIFF_DATA"] || SETTINGS.dataDir.fallback);
  const file =
    named === undefined
      ? { path: join(resolve(home), "config.yaml"), required: false, refused: { dataDir: "it is read from there" } }
      : { path: resolve(named), required: true };
  const values = readConfiguration(SETTINGS, { flags, environment, file });
  return { ...values, dataDir: resolve(values.dataDir) };
}
