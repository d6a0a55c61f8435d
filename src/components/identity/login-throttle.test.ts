import { expect, test } from "vitest";
import { createLoginThrottle, type LoginThrottle } from "./login-throttle.ts";

const fail = (throttle: LoginThrottle, account: string, address = "1"): ReturnType<LoginThrottle["attempt"]> =>
  throttle.attempt(account, address, () => Promise.resolve(false));
const pass = (throttle: LoginThrottle, account: string, address = "1"): ReturnType<LoginThrottle["attempt"]> =>
  throttle.attempt(account, address, () => Promise.resolve(true));

test("five failures are free, then each wait is twice the last; others are not affected", async () => {
  let now = 0;
  const throttle = createLoginThrottle(10, () => now);
  for (let i = 0; i < 5; i++) expect(await fail(throttle, "A@x")).toEqual({ passed: false });
  expect(await pass(throttle, "a@X")).toEqual({ waitMs: 1000 });
  now = 1000;
  await fail(throttle, "a@x");
  expect(await pass(throttle, "a@x")).toEqual({ waitMs: 2000 });
  expect(await pass(throttle, "a@x", "2")).toEqual({ passed: true });
  expect(await pass(throttle, "b@x")).toEqual({ passed: true });
  now = 3000;
  expect(await pass(throttle, "a@x")).toEqual({ passed: true });
  for (let i = 0; i < 5; i++) expect(await fail(throttle, "a@x")).toEqual({ passed: false });
});

test("parallel guesses gain nothing, parallel logins lose nothing", async () => {
  const throttle = createLoginThrottle();
  const guesses = await Promise.all(Array.from({ length: 12 }, () => fail(throttle, "a")));
  expect(guesses.filter((outcome) => "passed" in outcome)).toHaveLength(5);
  const logins = await Promise.all(Array.from({ length: 16 }, () => pass(throttle, "b")));
  expect(logins.every((outcome) => "passed" in outcome)).toBe(true);
  const crowd = await Promise.all(Array.from({ length: 40 }, (_, i) => pass(throttle, `user ${i}`)));
  expect(crowd.filter((outcome) => "passed" in outcome)).toHaveLength(16);
  expect(await pass(throttle, "b")).toEqual({ passed: true });
});

test("remembers a bounded number, forgets with time, and survives a check that throws", async () => {
  let now = 0;
  const throttle = createLoginThrottle(2, () => now);
  for (const account of ["a", "a", "a", "a", "a", "b", "c"]) await fail(throttle, account);
  expect(await pass(throttle, "a")).toEqual({ passed: true });
  for (let i = 0; i < 5; i++) await fail(throttle, "c");
  expect(await pass(throttle, "c")).toMatchObject({ waitMs: expect.any(Number) as number });
  now = 16 * 60_000;
  await fail(throttle, "c");
  expect(await pass(throttle, "c")).toEqual({ passed: true });
  await expect(throttle.attempt("d", "1", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await pass(throttle, "d")).toEqual({ passed: true });
});
