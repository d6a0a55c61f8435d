/** Runs a program of the machine for a check. */
import { execFile } from "node:child_process";

export interface Trial {
  /** "absent": there is no such program on the PATH. */
  readonly outcome: "ok" | "failed" | "absent";
  /** What it printed, on both streams. */
  readonly output: string;
}

const DEADLINE_MS = 15_000;

/** Never rejects; a program that does not end in 15 s has failed. */
export function tryProgram(program: string, args: readonly string[]): Promise<Trial> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: DEADLINE_MS, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (!error) resolve({ outcome: "ok", output });
      else if (error.code === "ENOENT") resolve({ outcome: "absent", output });
      else resolve({ outcome: "failed", output: output || error.message });
    });
  });
}
