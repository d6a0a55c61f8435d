import { expect, test } from "vitest";
import { createLoginThrottle } from "./login-throttle.ts";

test("five failures are free, then each wait is twice the last; others are not affected", () => {
  let now = 0;
  const throttle = createLoginThrottle(10, () => now);
  for (let i = 0; i < 4; i++) throttle.failed("A@x", "1");
  expect(throttle.waitMs("a@X", "1")).toBe(0);
  throttle.failed("a@x", "1");
  expect(throttle.waitMs("a@x", "1")).toBe(1000);
  throttle.failed("a@x", "1");
  expect(throttle.waitMs("a@x", "1")).toBe(2000);
  expect(throttle.waitMs("a@x", "2")).toBe(0);
  expect(throttle.waitMs("b@x", "1")).toBe(0);
  now = 2000;
  expect(throttle.waitMs("a@x", "1")).toBe(0);
  throttle.succeeded("a@x", "1");
  throttle.failed("a@x", "1");
  expect(throttle.waitMs("a@x", "1")).toBe(0);
});

test("remembers a bounded number and forgets with time", () => {
  let now = 0;
  const throttle = createLoginThrottle(2, () => now);
  for (const account of ["a", "a", "a", "a", "a", "b", "c"]) throttle.failed(account, "1");
  expect(throttle.waitMs("a", "1")).toBe(0);
  for (let i = 0; i < 20; i++) throttle.failed("c", "1");
  expect(throttle.waitMs("c", "1")).toBe(300_000);
  now = 16 * 60_000;
  throttle.failed("c", "1");
  expect(throttle.waitMs("c", "1")).toBe(0);
});
