import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqlStore } from "../../../kit/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { createRunStore, type RunStore } from "../store/run-store.ts";
import { MIGRATIONS, type Schema } from "../store/schema.ts";
import { createRunEvents } from "./run-events.ts";

let folder: string;
let runs: RunStore;
let reads: number;
let close: () => Promise<void>;
const listeners = new Set<() => void>();
const engine = {
  subscribe: (_: string, listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "skiff-events-"));
  const store = await openSqlStore<Schema>({ file: join(folder, "p.db"), migrations: MIGRATIONS });
  close = () => store.destroy();
  const real = createRunStore(store);
  reads = 0;
  runs = { ...real, find: (id) => (reads++, real.find(id)) };
  const lists = { state_history: "[]", pipeline_spec: "{}", platform_spec: "null", given_parameters: "{}", parameters: "{}" };
  const texts = { description: "", service_account: "", finished_at: "", error: "", pipeline_root: "", created_by: "" };
  const times = { created_at: "t", scheduled_at: "t" };
  const row = {
    run_id: "r",
    experiment_id: "e",
    namespace: "n",
    display_name: "d",
    job_name: "j",
    storage_state: "AVAILABLE",
    state: "RUNNING",
  } as const;
  await store
    .insertInto("experiments")
    .values({ ...texts0, experiment_id: "e", namespace: "n", display_name: "x" })
    .execute();
  await real.insert({ ...row, ...lists, ...texts, ...times });
});
const texts0 = { description: "", created_at: "t", last_run_created_at: "", storage_state: "AVAILABLE" } as const;
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const change = (): void => {
  for (const listener of listeners) listener();
};
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

test("a client that does not read holds one message, and gets the newest when it does", async () => {
  const gone = new AbortController();
  const open = createRunEvents({ runs, engine: engine as never });
  const reader = open({ runId: "r", signal: gone.signal, stillAllowed: () => Promise.resolve() }).body?.getReader();
  await soon();
  const before = reads;
  for (let i = 0; i < 50; i++) {
    change();
    await Promise.resolve();
  }
  await soon();
  expect(reads).toBe(before);
  expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"state":"RUNNING"');
  await soon();
  expect(reads).toBe(before + 1);
  gone.abort();
  expect(listeners.size).toBe(0);
});

test("a hundred watchers of one change share one reading", async () => {
  const gone = new AbortController();
  const open = createRunEvents({ runs, engine: engine as never });
  const readers = Array.from({ length: 100 }, () =>
    open({ runId: "r", signal: gone.signal, stillAllowed: () => Promise.resolve() }).body?.getReader(),
  );
  await Promise.all(readers.map(async (reader) => reader?.read()));
  await soon();
  reads = 0;
  change();
  await Promise.all(readers.map(async (reader) => reader?.read()));
  expect(reads).toBe(1);
  gone.abort();
  expect(listeners.size).toBe(0);
});

test("a stream ends when its reader may no longer read", async () => {
  const open = createRunEvents({ runs, engine: engine as never, heartbeatMs: 20 });
  const stillAllowed = (): Promise<void> => Promise.reject(new SkiffError("Forbidden", "no longer"));
  const reader = open({ runId: "r", signal: new AbortController().signal, stillAllowed }).body?.getReader();
  while ((await reader?.read())?.done !== true);
  expect(listeners.size).toBe(0);
});
