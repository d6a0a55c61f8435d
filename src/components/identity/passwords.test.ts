import { afterAll, expect, test } from "vitest";
import { createPasswords } from "./passwords.ts";

const passwords = createPasswords(4);
afterAll(() => passwords.close());

test("hashes and compares without holding the event loop; the queue is bounded", async () => {
  const hash = await passwords.hash("secret");
  expect(hash).toMatch(/^\$2[ab]\$10\$/);
  let longest = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const answers = await Promise.all([passwords.compare("secret", hash), passwords.compare("Secret", hash), passwords.compare("", hash)]);
  clearInterval(watch);
  expect(answers).toEqual([true, false, false]);
  // One comparison in this thread would take longer than that.
  expect(longest).toBeLessThan(50);
  const queued = Array.from({ length: 4 }, () => passwords.compare("x", hash));
  await expect(passwords.compare("x", hash)).rejects.toThrow("too many logins");
  await Promise.all(queued);
});
