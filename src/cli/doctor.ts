/** `skiff doctor` */
import { parseArgs } from "node:util";
import { messageOf } from "../lib/errors.ts";
import { defaultDataDirectory } from "./arguments.ts";
import type { Command } from "./command.ts";
import { CGROUPS } from "./doctor/cgroups.ts";
import { CLOCK } from "./doctor/clock.ts";
import { DATA_DIRECTORY } from "./doctor/data-directory.ts";
import type { Check, Finding } from "./doctor/finding.ts";
import { NODE } from "./doctor/node.ts";
import { PORTS } from "./doctor/ports.ts";
import { PYTHON } from "./doctor/python.ts";
import { SANDBOX } from "./doctor/sandbox.ts";
import { readSettings, SETTING_OPTIONS, type PlatformSettings } from "./settings.ts";

const CHECKS: readonly Check[] = [NODE, DATA_DIRECTORY, PORTS, PYTHON, SANDBOX, CGROUPS, CLOCK];

async function runCheck(check: Check, settings: PlatformSettings): Promise<Finding[]> {
  try {
    return (await check.run(settings)).map((finding) => ({ check: check.name, ...finding }));
  } catch (error) {
    const remedy = "Report this, with the output of: skiff doctor --json.";
    return [{ check: check.name, state: "fail", message: `the check itself failed: ${messageOf(error)}`, remedy }];
  }
}

function toLines(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, state, message, remedy }) => [
    `${state.padEnd(4)}  ${check}: ${message}`,
    ...(remedy === undefined ? [] : [`      → ${remedy}`]),
  ]);
  const failures = findings.filter(({ state }) => state === "fail").length;
  const warnings = findings.filter(({ state }) => state === "warn").length;
  const verdict = failures > 0 ? "Skiff will not start like this." : warnings > 0 ? "Skiff starts, with the limits above." : "All is well.";
  return [...lines, "", `${verdict} (${failures} to repair, ${warnings} to know)`].join("\n");
}

export const DOCTOR: Command = {
  summary: "Look at what Skiff needs of this machine",
  help: `Usage: skiff doctor [options]

Looks at the data directory, the ports, Python, the sandbox, control groups and the clock, and says what to do about what it finds.
Changes nothing. Ends with 1 when Skiff would not start.

  --json          print the findings as JSON
  --data DIR      the data directory (default ${defaultDataDirectory()})
  --port N, --kube-port N, --host ADDRESS, --sandbox KIND, --config FILE   as for: skiff up`,
  run: async (argv) => {
    const { values } = parseArgs({ args: [...argv], options: { ...SETTING_OPTIONS, json: { type: "boolean", default: false } } });
    const { json, ...flags } = values;
    const settings = readSettings(flags);
    const findings = (await Promise.all(CHECKS.map((check) => runCheck(check, settings)))).flat();
    const ok = findings.every(({ state }) => state !== "fail");
    console.log(json ? JSON.stringify({ ok, findings }, undefined, 2) : toLines(findings));
    return ok ? 0 : 1;
  },
};
