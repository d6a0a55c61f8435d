/** The entry of the `skiff` program: finds the command, prints errors as one sentence with a remedy. */
import { messageOf, SkiffError } from "../lib/errors.ts";
import type { Command } from "./command.ts";

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./up.ts")).UP,
  down: async () => (await import("./down.ts")).DOWN,
  kubeconfig: async () => (await import("./kubeconfig.ts")).KUBECONFIG,
  doctor: async () => (await import("./doctor.ts")).DOCTOR,
  version: async () => (await import("./version.ts")).VERSION,
};

async function overview(): Promise<string> {
  const lines = await Promise.all(Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(12)} ${(await load()).summary}`));
  return ["Usage: skiff COMMAND [options]", "", ...lines, "", "skiff COMMAND --help says more."].join("\n");
}

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    console.log(await overview());
    return 0;
  }
  const load = name === "--version" ? COMMANDS["version"] : Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) {
    console.error(`skiff: there is no command ${JSON.stringify(name)}\n\n${await overview()}`);
    return 2;
  }
  const command = await load();
  if (argv.includes("--help") || argv.includes("-h")) {
    console.log(command.help);
    return 0;
  }
  return command.run(argv);
}

/** A mistake on the command line is the user's to correct: exit code 2, as is usual. */
function isUsageError(error: unknown): boolean {
  return (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") === true;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const remedy = error instanceof SkiffError && error.remedy ? ` ${error.remedy}` : "";
  console.error(`skiff: ${messageOf(error)}.${remedy}`.replace("..", "."));
  if (process.env["SKIFF_DEBUG"]) console.error(error);
  process.exitCode = isUsageError(error) ? 2 : 1;
}
