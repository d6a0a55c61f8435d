import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eachKubectl } from "../support/kubectl.ts";
import { ROOT } from "../support/skiff.ts";
import { DIFFERENCES, renderDifferences } from "./differences.ts";
import { deployment, pod } from "./objects.ts";

it("docs/reference/kubectl.md is the list of differences (node tools/reference.ts writes it)", () => {
  expect(readFileSync(join(ROOT, "docs", "reference", "kubectl.md"), "utf8")).toBe(renderDifferences());
});

eachKubectl("what differs from a real cluster", (test) => {
  test("differs as the list says, and no more", async (kubectl) => {
    await kubectl.feed([pod("p"), deployment("d")], "create");
    for (const { command, prints, exitCode } of DIFFERENCES) {
      const { code, stdout, stderr } = await kubectl.run(command.split(" "), { timeoutMs: 20_000 });
      expect(`${stdout}${stderr}`, command).toMatch(prints);
      expect(code, command).toBe(exitCode);
    }
  });
});
