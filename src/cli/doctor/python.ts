import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "./finding.ts";
import { tryProgram } from "./trial.ts";

const OLDEST = 9;
const DESCRIBE = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
const INSTALL = "Install Python 3.9 or newer with its venv module (on Debian and Ubuntu: apt install python3 python3-venv).";

/** What Python steps need: an interpreter that makes virtual environments with pip. */
export const PYTHON: Check = {
  name: "python",
  run: async () => {
    const { outcome, output } = await tryProgram("python3", ["-c", DESCRIBE]);
    // Only steps in Python need it; the platform itself does not.
    if (outcome === "absent")
      return [{ state: "warn", message: "there is no python3 on the PATH, so Python steps cannot run", remedy: INSTALL }];
    const [, major, minor] = /^(\d+)\.(\d+)\.\d+$/.exec(output) ?? [];
    if (outcome === "failed" || major === undefined)
      return [{ state: "warn", message: `python3 does not work: ${output.split("\n").at(-1) ?? ""}`, remedy: INSTALL }];
    if (Number(major) !== 3 || Number(minor) < OLDEST)
      return [{ state: "warn", message: `Python ${output} is too old for steps`, remedy: INSTALL }];
    const folder = mkdtempSync(join(tmpdir(), "skiff-doctor-"));
    try {
      const venv = await tryProgram("python3", ["-m", "venv", "--without-pip", join(folder, "venv")]);
      const pip = await tryProgram("python3", ["-m", "ensurepip", "--version"]);
      const broken = [venv, pip].find((trial) => trial.outcome !== "ok");
      if (!broken) return [{ state: "ok", message: `Python ${output} with venv` }];
      return [
        {
          state: "warn",
          message: `Python ${output} cannot make virtual environments: ${broken.output.split("\n").at(-1) ?? ""}`,
          remedy: INSTALL,
        },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
