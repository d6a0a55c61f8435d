import { describe, expect, it } from "vitest";
import { checkDepth, checkSize, findRepeatedFields } from "./bounded-json.ts";

describe("bounded JSON", () => {
  it("counts brackets outside of strings", () => {
    expect(() => checkDepth(`${"[".repeat(500)}${"]".repeat(500)}`)).not.toThrow();
    expect(() => checkDepth("[".repeat(501))).toThrow("max depth");
    expect(() => checkDepth(JSON.stringify({ a: "[".repeat(5000), b: String.raw`\"{` }))).not.toThrow();
  });

  it("refuses values that grew", () => {
    expect(() => checkSize([1, [2, 3]], 5)).not.toThrow();
    expect(() => checkSize([1, [2, 3]], 4)).toThrow("aliasing");
  });

  it.each([
    ['{"a":1,"b":{"a":1}}', []],
    ['{"a":1,"a":2}', ["a"]],
    [String.raw`{ "a" : [ {"b":"x\"}", "c":null , "b":[]} , 7 ] , "d":{} }`, ["a[0].b"]],
    [String.raw`{"a":1,"\u0061":2}`, ["a"]],
    ["[]", []],
    ["7", []],
    ['""', []],
  ])("finds repeated fields of %s", (text, expected) => expect(findRepeatedFields(text)).toEqual(expected));
});
