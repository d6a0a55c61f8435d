/** Runs the real clients: Python scripts in the test's virtual environment, kubectl, anything else. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./skiff.ts";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never rejects for an exit code. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; timeoutMs?: number } = {},
): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      {
        cwd: options.cwd ?? ROOT,
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 120_000,
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

/** The interpreter of the environment that the test run prepared (newest kfp from the package index). */
export function clientPython(): string {
  const python = process.env["SKIFF_TEST_PYTHON"];
  if (!python) throw new Error("SKIFF_TEST_PYTHON is unset: run the journeys through npm test, or npx vitest -c test/vitest.config.ts");
  return python;
}

/** Runs a script of test/clients and reads the JSON it prints. */
export async function runClient<T>(script: string, env: Record<string, string>, timeoutMs = 600_000): Promise<T> {
  const { code, stdout, stderr } = await runProgram(clientPython(), [join(ROOT, "test", "clients", script)], { env, timeoutMs });
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${stderr}\n${stdout}`);
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n{") + 1)) as T;
}
