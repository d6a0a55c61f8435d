import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readConfiguration, type ConfigurationSources } from "./config.ts";

const folder = mkdtempSync(join(tmpdir(), "skiff-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SETTINGS = {
  count: {
    flag: "count",
    environment: "X_COUNT",
    schema: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]),
    fallback: 1,
    expected: "a count",
    remedy: "Give digits.",
  },
  color: {
    flag: "color",
    environment: "X_COLOR",
    schema: z.enum(["red", "blue"]),
    fallback: "red",
    expected: "a color",
    remedy: "Say red or blue.",
  },
};

const read = (flags: ConfigurationSources["flags"], environment: ConfigurationSources["environment"] = {}, text?: string) => {
  const path = join(folder, "config.yaml");
  if (text !== undefined) writeFileSync(path, text);
  return readConfiguration(SETTINGS, {
    flags,
    environment,
    ...(text === undefined ? {} : { file: { path, required: true, refused: { home: "why" } } }),
  });
};

describe("readConfiguration", () => {
  it("takes flags before the environment before the file before the fallback", () => {
    expect(read({})).toEqual({ count: 1, color: "red" });
    expect(read({}, {}, "count: 2\ncolor: blue\n")).toEqual({ count: 2, color: "blue" });
    expect(read({}, { X_COUNT: "3" }, "count: 2\n")).toEqual({ count: 3, color: "red" });
    expect(read({ count: "4" }, { X_COUNT: "3" }, "count: 2\n")).toEqual({ count: 4, color: "red" });
    expect(read({}, { X_COUNT: "" }, "count: 2\n").count).toBe(2);
    expect(read({}, {}, "")).toEqual({ count: 1, color: "red" });
    expect(read({}, {}, "count:\n")).toEqual({ count: 1, color: "red" });
  });

  it("reports a single fault as one sentence with its remedy", () => {
    expect(() => read({ count: "many" })).toThrow(
      expect.objectContaining({ message: "--count many is not a count", remedy: "Give digits." }),
    );
  });

  it("reports every fault of every source at once", () => {
    const text = "count: [1]\ncolour: blue\nhome: /x\n";
    let message = "";
    try {
      read({ color: "green" }, { X_COUNT: "-1" }, text);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toMatch(/^5 settings are wrong:\n/);
    expect(message).toContain("--color green is not a color. Say red or blue.");
    expect(message).toContain("X_COUNT -1 is not a count. Give digits.");
    expect(message).toContain("config.yaml: count [1] is not a count");
    expect(message).toContain("sets colour, which is no setting. The settings are count, color.");
    expect(message).toContain("may not set home: why");
  });

  it.each([
    ["a: [", /is not YAML: line 1: /],
    ["- count", /does not hold settings/],
    ["just text", /does not hold settings/],
    ["__proto__: {count: 7}\n", /sets __proto__, which is no setting/],
    [`a: &a [x]\nb: &b [${"*a,".repeat(200)}]\nc: [${"*b,".repeat(200)}]\n`, /is not usable YAML|is no setting/],
  ])("refuses a file that holds %j", (text, problem) => {
    expect(() => read({}, {}, text)).toThrow(problem);
  });

  it("misses a file only when somebody named it", () => {
    const path = join(folder, "absent.yaml");
    expect(readConfiguration(SETTINGS, { flags: {}, environment: {}, file: { path, required: false } }).count).toBe(1);
    expect(() => readConfiguration(SETTINGS, { flags: {}, environment: {}, file: { path, required: true } })).toThrow(
      /absent\.yaml cannot be read: ENOENT/,
    );
  });
});
