/** Settings from flags, environment and a file, in this order of strength. Every fault is reported, not the first one only. */
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { messageOf, SkiffError } from "../lib/errors.ts";

/** A setting as data: where it may be written, and what it may be. */
export interface Setting<T> {
  /** Name of the flag, without dashes. */
  readonly flag: string;
  /** Name of the environment variable. */
  readonly environment: string;
  /** Takes the text of a flag or variable, and the value that YAML has for it. */
  readonly schema: z.ZodType<T>;
  readonly fallback: T;
  /** What it is, as in "--port many is not a port". */
  readonly expected: string;
  /** One sentence on what to write. */
  readonly remedy: string;
}

/** By their keys in the file. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type Configuration<S extends Settings> = { readonly [Key in keyof S]: S[Key] extends Setting<infer T> ? T : never };

export interface ConfigurationSources {
  /** Values of the flags that were given, by flag name. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: {
    readonly path: string;
    /** True when somebody named the file: then it must be there. */
    readonly required: boolean;
    /** Keys that this file may not hold, each with the reason. */
    readonly refused?: Readonly<Record<string, string>>;
  };
}

interface Fault {
  readonly problem: string;
  readonly remedy: string;
}

type FileValues = Readonly<Record<string, unknown>>;

/** A part of the path that is a file makes the rest absent, too. */
const ABSENT = new Set(["ENOENT", "ENOTDIR"]);

function readText(path: string, required: boolean): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!required && ABSENT.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function readFile({ path, required }: NonNullable<ConfigurationSources["file"]>, faults: Fault[]): FileValues {
  let text: string | undefined;
  try {
    text = readText(path, required);
  } catch (error) {
    faults.push({ problem: `${path} cannot be read: ${messageOf(error)}`, remedy: "Name a readable YAML file with --config FILE." });
  }
  if (text === undefined) return {};
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    faults.push({ problem: `${path} is not YAML: line ${line}: ${error.message}`, remedy: "Write one `key: value` a line." });
    return {};
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    faults.push({ problem: `${path} is not usable YAML: ${messageOf(cause)}`, remedy: "Write one `key: value` a line." });
    return {};
  }
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    faults.push({ problem: `${path} does not hold settings`, remedy: "Write one `key: value` a line." });
    return {};
  }
  return value as FileValues;
}

function printed(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function checkKeys(
  values: FileValues,
  settings: Settings,
  { path, refused = {} }: { path: string; refused?: Readonly<Record<string, string>> },
  faults: Fault[],
): void {
  for (const key of Object.keys(values)) {
    if (Object.hasOwn(refused, key))
      faults.push({ problem: `${path} may not set ${key}: ${refused[key] ?? ""}`, remedy: "Remove the line." });
    else if (!Object.hasOwn(settings, key)) {
      faults.push({ problem: `${path} sets ${key}, which is no setting`, remedy: `The settings are ${Object.keys(settings).join(", ")}.` });
    }
  }
}

function toError(faults: readonly Fault[]): SkiffError {
  const [first] = faults;
  if (first && faults.length === 1) return new SkiffError("BadRequest", first.problem, { remedy: first.remedy });
  const lines = faults.map(({ problem, remedy }) => `  ${problem}. ${remedy}`);
  return new SkiffError("BadRequest", `${faults.length} settings are wrong:\n${lines.join("\n")}`);
}

/** Reads `settings` from `sources`. Throws one BadRequest that names every fault and its remedy. */
export function readConfiguration<S extends Settings>(settings: S, { flags, environment, file }: ConfigurationSources): Configuration<S> {
  const faults: Fault[] = [];
  const fromFile = file ? readFile(file, faults) : {};
  if (file) checkKeys(fromFile, settings, file, faults);
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const candidates: readonly (readonly [where: string, value: unknown])[] = [
      [`--${setting.flag}`, flags[setting.flag]],
      // An empty variable is how shells and service files unset one.
      [setting.environment, environment[setting.environment] || undefined],
      [`${file?.path ?? ""}: ${key}`, Object.hasOwn(fromFile, key) ? fromFile[key] : undefined],
    ];
    // A fault in a weaker source is one too: it waits for the day the stronger one goes away.
    for (const [where, value] of candidates.toReversed()) {
      if (value === undefined || value === null) continue;
      const parsed = setting.schema.safeParse(value);
      if (parsed.success) values[key] = parsed.data;
      else faults.push({ problem: `${where} ${printed(value)} is not ${setting.expected}`, remedy: setting.remedy });
    }
    values[key] ??= setting.fallback;
  }
  if (faults.length > 0) throw toError(faults);
  return values as Configuration<S>;
}
