import { describe, expect, it } from "vitest";
import { matchesFields, parseFieldSelector, parseLabelSelector } from "./selectors.ts";

describe("parseLabelSelector", () => {
  const labels = { app: "web", tier: "front", size: "7", empty: "" };

  it.each([
    ["", true],
    ["app=web", true],
    ["app==web,tier!=back", true],
    ["app in (web, db)", true],
    ["app notin (db),!absent", true],
    ["absent notin (a)", true],
    ["absent!=a", true],
    ["absent in (a)", false],
    ["app", true],
    ["!app", false],
    ["size>6,size<8", true],
    ["size>7", false],
    ["app>1", false],
    ["empty=", true],
    ["empty in ()", true],
    ["example.com/a.b_c=d", false],
    ["constructor", false],
    ["!constructor", true],
    ["toString notin (a)", true],
  ])("%s → %s", (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it.each(["a in b", "=", "!", "a,,b", ",a", "a,", "a b", "-a=b", "a=-b", `a=${"x".repeat(64)}`, "a in (b c)", "a>b", "é", "a/b/c", "(a)"])(
    "refuses %s",
    (selector) => {
      expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ reason: "BadRequest" }));
    },
  );
});

describe("parseFieldSelector", () => {
  it("compares paths with texts, and never with what objects inherit", () => {
    const object = { metadata: { name: "a" }, status: { phase: "Running", count: 3 } };
    expect(matchesFields(object, parseFieldSelector("metadata.name=a,status.phase!=Failed,status.count==3"))).toBe(true);
    expect(matchesFields(object, parseFieldSelector("status.phase=Failed"))).toBe(false);
    expect(matchesFields(object, parseFieldSelector("metadata.constructor.name=Object"))).toBe(false);
    expect(() => parseFieldSelector("metadata.name")).toThrow(expect.objectContaining({ reason: "BadRequest" }));
  });
});
