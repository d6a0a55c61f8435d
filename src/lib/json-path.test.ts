import { expect, test } from "vitest";
import { parseJsonPath, readJsonPath } from "./json-path.ts";

const object = {
  metadata: { name: "a", annotations: { "example.com/x": "1" } },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Synced", status: "False" },
    ],
    replicas: 0,
  },
};

const cases: [string, unknown[]][] = [
  [".metadata.name", ["a"]],
  ["{.metadata.name}", ["a"]],
  [".status.conditions[0].type", ["Ready"]],
  [".status.conditions[-1].type", ["Synced"]],
  [".status.conditions[*].type", ["Ready", "Synced"]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".status.conditions[?(@.type!='Ready')].status", ["False"]],
  ["['metadata']['annotations']['example.com/x']", ["1"]],
  [".metadata.annotations.example\\.com/x", ["1"]],
  [".status.replicas", [0]],
  [".status.missing.deeper", []],
  [".__proto__.polluted", []],
];

test.each(cases)("%s", (text, expected) => {
  expect(readJsonPath(object, parseJsonPath(text) ?? [])).toEqual(expected);
});

test("what is outside the dialect is not guessed at", () => {
  expect(parseJsonPath(".a[?(@.b>3)]")).toBeUndefined();
  expect(parseJsonPath(".a[0")).toBeUndefined();
});
