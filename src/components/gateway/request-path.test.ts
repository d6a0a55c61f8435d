import { expect, test } from "vitest";
import { parseTarget } from "./request-path.ts";

test("reads paths and absolute forms of the same host", () => {
  expect(parseTarget("/a/b%20c?x=%2f..//", "h")).toEqual({ path: "/a/b%20c", search: "?x=%2f..//" });
  expect(parseTarget("/", "h")).toEqual({ path: "/", search: "" });
  expect(parseTarget("/a//b", "h").path).toBe("/a//b");
  expect(parseTarget("http://H:1/a?b", "h:1")).toEqual({ path: "/a", search: "?b" });
  expect(parseTarget("http://h?b", "h")).toEqual({ path: "/", search: "?b" });
  expect(parseTarget("/v1/models/x..y/...", "h").path).toBe("/v1/models/x..y/...");
});

test("refuses what two parsers could read differently", () => {
  const bad = [
    "",
    "*",
    "a",
    "//evil/x",
    "/\\evil",
    "/a/../b",
    "/a/..",
    "/./a",
    "/%2e%2e/a",
    "/a/.%2E",
    "/a/..;x=1/b",
    "/a/..%3bx/b",
    "/a%2fb",
    "/a%5cb",
    "/a%00",
    "/a%0",
    "/a%zz",
    "/a#b",
    "/a b",
    "/a\tb",
    "/\u00e4",
    "http://other/a",
    "http://h@other/a",
    "http://h\\@other/a",
  ];
  for (const target of bad) expect(() => parseTarget(target, "h"), target).toThrow();
});
