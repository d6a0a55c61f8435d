import { expect, test } from "vitest";
import { SkiffError } from "./errors.ts";
import { toStorageFull } from "./storage-full.ts";

test("a full disk is recognised through the layers, and nothing else is", () => {
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  expect(toStorageFull(full)).toMatchObject({ reason: "InsufficientStorage", remedy: expect.stringContaining("Free") });
  expect(toStorageFull(new Error("outer", { cause: Object.assign(new Error("inner"), { code: "SQLITE_FULL" }) }))?.status).toBe(507);
  const known = new SkiffError("InsufficientStorage", "full");
  expect(toStorageFull(known)).toBe(known);
  for (const other of [new Error("x"), Object.assign(new Error("x"), { code: "ENOENT" }), "ENOSPC", undefined]) {
    expect(toStorageFull(other)).toBeUndefined();
  }
});
