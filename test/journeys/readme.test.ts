/** The README's first pipeline, as it is printed there. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clientPython, runProgram } from "../support/programs.ts";
import { PASSWORD, removeFolder, ROOT, startSkiff, temporaryFolder } from "../support/skiff.ts";

it("the README's first pipeline runs as written", async () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const program = /```python\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  expect(program).toContain('HOST = "http://127.0.0.1:8080"');
  const root = temporaryFolder();
  const skiff = await startSkiff({ dataDir: join(root, "data") });
  try {
    const mine = program.replace("http://127.0.0.1:8080", skiff.ready.gateway).replace('"password": "…"', `"password": "${PASSWORD}"`);
    const script = join(root, "first.py");
    writeFileSync(
      script,
      mine.replace("client.create_run", "run = client.create_run") +
        "\nprint(client.wait_for_run_completion(run.run_id, 300, sleep_duration=0.5).state)\n",
    );
    const { code, stdout, stderr } = await runProgram(clientPython(), [script], { timeoutMs: 400_000 });
    expect(code, stderr).toBe(0);
    expect(stdout.trim().split("\n").at(-1)).toBe("SUCCEEDED");
  } finally {
    await skiff.stop();
    removeFolder(root);
  }
});
