import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { IDLE_MS, LIFETIME_MS, openSessions } from "./sessions.ts";

const folder = mkdtempSync(join(tmpdir(), "skiff-sessions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const USER = { id: "user@example.com", groups: ["a"] };

test("slides while it is used, ends a day after the last use and a week after the login", async () => {
  let now = 1_000_000;
  const sessions = await openSessions(join(folder, "sliding.db"), () => now);
  const id = await sessions.create(USER);
  for (let used = 0; used < LIFETIME_MS; used += IDLE_MS / 2) {
    expect(await sessions.find(id)).toEqual(USER);
    now += IDLE_MS / 2;
  }
  expect(await sessions.find(id)).toBeUndefined();
  const idle = await sessions.create(USER);
  now += IDLE_MS;
  expect(await sessions.find(idle)).toBeUndefined();
  await sessions.close();
});

test("survives a restart, dies with revocation, and keeps no usable id on disk", async () => {
  const file = join(folder, "restart.db");
  const first = await openSessions(file);
  const [kept, revoked] = [await first.create(USER), await first.create(USER)];
  await first.find(revoked);
  await first.revoke(revoked);
  expect(await first.find(revoked)).toBeUndefined();
  await first.close();
  const second = await openSessions(file);
  expect(await second.find(kept)).toEqual(USER);
  expect(await second.find(revoked)).toBeUndefined();
  expect(await second.find("")).toBeUndefined();
  await second.sweep();
  expect(await second.find(kept)).toEqual(USER);
  await second.close();
  expect(readFileSync(file).includes(kept)).toBe(false);
});
