import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { openObjectStore, type ObjectStore, type StoreEvent } from "./store.ts";

const open: { store: ObjectStore; dir: string }[] = [];
function temporaryStore(): { store: ObjectStore; file: string } {
  const dir = mkdtempSync(join(tmpdir(), "skiff-store-"));
  const file = join(dir, "objects.db");
  const store = openObjectStore(file);
  open.push({ store, dir });
  return { store, file };
}
afterEach(() => {
  for (const { store, dir } of open.splice(0)) {
    store.close();
    rmSync(dir, { recursive: true });
  }
});

describe("object store", () => {
  it("gives every write a revision of its own and reads the newest", async () => {
    const { store } = temporaryStore();
    const first = await store.transact((tx) => tx.put("/a/1", "one"));
    const second = await store.transact((tx) => tx.put("/a/1", "two"));
    expect(second).toBeGreaterThan(first);
    expect(store.get("/a/1")).toMatchObject({ value: "two", revision: second });
    expect(store.revision()).toBe(second);
  });

  it("shares one commit among writers that arrive together, in order", async () => {
    const { store } = temporaryStore();
    const commits: number[] = [];
    store.subscribe((events) => commits.push(events.length));
    await Promise.all([1, 2, 3].map((n) => store.transact((tx) => tx.put(`/a/${n}`, String(n)))));
    expect(commits).toEqual([3]);
  });

  it("rejects only the mutation that throws", async () => {
    const { store } = temporaryStore();
    const good = store.transact((tx) => tx.put("/a/1", "kept"));
    const bad = store.transact(() => {
      throw new Error("no");
    });
    await expect(bad).rejects.toThrow("no");
    await good;
    expect(store.get("/a/1")?.value).toBe("kept");
  });

  it("pages through a prefix", async () => {
    const { store } = temporaryStore();
    await store.transact((tx) => ["/a/1", "/a/2", "/a/3", "/b/1"].map((key) => tx.put(key, key)));
    const page = store.list("/a/", { limit: 2 });
    expect(page.items.map(({ key }) => key)).toEqual(["/a/1", "/a/2"]);
    expect(page.remaining).toBe(1);
    expect(store.list("/a/", { limit: 2, after: page.next ?? "" }).items.map(({ key }) => key)).toEqual(["/a/3"]);
  });

  it("replays events with their previous value and keeps deletions", async () => {
    const { store } = temporaryStore();
    const start = await store.transact((tx) => tx.put("/a/1", "one"));
    await store.transact((tx) => tx.put("/a/1", "two"));
    await store.transact((tx) => tx.delete("/a/1", "two"));
    await store.transact((tx) => tx.put("/a/1", "again"));
    const events: StoreEvent[] = store.since("/a/", start);
    expect(events.map(({ type, created, value, previous }) => [type, created, value, previous])).toEqual([
      ["put", false, "two", "one"],
      ["delete", false, "two", "two"],
      ["put", true, "again", undefined],
    ]);
    expect(store.list("/a/").items).toHaveLength(1);
  });

  it("answers Expired for revisions that were compacted", async () => {
    const { store } = temporaryStore();
    for (let i = 0; i < 3; i++) {
      await store.transact((tx) => Array.from({ length: 9_000 }, () => tx.put("/a/1", "x")));
    }
    store.compact();
    expect(() => store.since("/a/", 10)).toThrow(/too old resource version/);
    expect(store.since("/a/", store.revision() - 5)).toHaveLength(5);
    expect(store.get("/a/1")?.value).toBe("x");
  });

  it("refuses the database of a newer version and leaves it as it is", () => {
    const dir = mkdtempSync(join(tmpdir(), "skiff-store-"));
    const file = join(dir, "objects.db");
    const newer = new Database(file);
    newer.pragma("user_version = 99");
    newer.close();
    expect(() => openObjectStore(file)).toThrow(/newer version of Skiff/);
    const again = new Database(file);
    expect(again.pragma("user_version", { simple: true })).toBe(99);
    again.close();
    rmSync(dir, { recursive: true });
  });
});
