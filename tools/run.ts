/** Runs programs for the tools: output is kept, and shown where it matters. */
import { spawn } from "node:child_process";

export interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

/** Runs `command`; with `show`, its output appears as it comes. Never rejects. */
export function run(
  name: string,
  command: readonly string[],
  options: { show?: boolean; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const started = performance.now();
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (options.show) process.stdout.write(chunk);
      });
    }
    const done = (ok: boolean): void => resolve({ name, ok, output, seconds: (performance.now() - started) / 1000 });
    child.on("error", (error) => {
      output += String(error);
      done(false);
    });
    child.on("close", (code) => done(code === 0));
  });
}
