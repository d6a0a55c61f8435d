import { expect, test } from "vitest";
import { toSubject } from "./subject.ts";

test("encodes the default user as Dex does, and long ids with a two-byte length", () => {
  expect(toSubject("15841185641784", "local")).toBe("Cg4xNTg0MTE4NTY0MTc4NBIFbG9jYWw");
  expect(Buffer.from(toSubject("x".repeat(300), "local"), "base64url").subarray(0, 3)).toEqual(Buffer.from([0x0a, 0xac, 0x02]));
});
