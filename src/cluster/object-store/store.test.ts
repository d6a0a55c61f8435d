import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openSqliteFile } from "../../kit/sqlite.ts";
import type { ObjectStore, StoreEvent } from "./contract.ts";
import { openObjectStore, type ObjectStoreOptions } from "./store.ts";

const open: { store: ObjectStore; dir: string }[] = [];
function temporaryStore(options: ObjectStoreOptions = {}): { store: ObjectStore; file: string } {
  const dir = mkdtempSync(join(tmpdir(), "skiff-store-"));
  const file = join(dir, "objects.db");
  const store = openObjectStore(file, options);
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
    expect(store.count("/a/", { after: page.next ?? "" })).toBe(1);
    expect(store.list("/a/", { limit: 2, after: page.next ?? "" }).items.map(({ key }) => key)).toEqual(["/a/3"]);
  });

  it("stops a page where its texts are long enough", async () => {
    const { store } = temporaryStore();
    await store.transact((tx) => ["/a/1", "/a/2", "/a/3"].map((key) => tx.put(key, "x".repeat(100))));
    expect(store.list("/a/", { characters: 150 })).toMatchObject({ items: [{ key: "/a/1" }, { key: "/a/2" }], next: "/a/2" });
    expect(store.list("/a/", { characters: 300 })).toMatchObject({ next: undefined });
    expect(store.since("/a/", 0, { characters: 1 })).toMatchObject({ events: [{ revision: 1 }], isLast: false });
    expect(store.since("/a/", 2, { limit: 1 })).toMatchObject({ events: [{ revision: 3 }], isLast: true });
  });

  it("replays events with their previous value and keeps deletions", async () => {
    const { store } = temporaryStore();
    const start = await store.transact((tx) => tx.put("/a/1", "one"));
    await store.transact((tx) => tx.put("/a/1", "two"));
    await store.transact((tx) => tx.delete("/a/1", "two"));
    await store.transact((tx) => tx.put("/a/1", "again"));
    const { events } = store.since("/a/", start);
    expect(events.map(({ type, created, value, previous }) => [type, created, value, previous])).toEqual([
      ["put", false, "two", "one"],
      ["delete", false, "two", "two"],
      ["put", true, "again", undefined],
    ]);
    expect(store.list("/a/").items).toHaveLength(1);
  });

  it("answers Expired for revisions that were compacted", async () => {
    const { store } = temporaryStore({ keptRevisions: 20 });
    for (let i = 0; i < 60; i++) await store.transact((tx) => tx.put("/a/1", `${i}`));
    store.compact();
    expect(() => store.since("/a/", 39)).toThrow(/too old resource version: 39 \(40\)/);
    expect(() => store.list("/a/", { at: 39 })).toThrow(/too old/);
    expect(store.since("/a/", 40).events).toHaveLength(20);
    expect(store.list("/a/", { at: 40 }).items).toMatchObject([{ value: "39", revision: 40 }]);
    expect(store.get("/a/1")?.value).toBe("59");
  });

  it("forgets bit by bit while it is written to, and keeps what is newest", async () => {
    const { store, file } = temporaryStore({ keptRevisions: 10 });
    await store.transact((tx) => tx.put("/a/old", "kept"));
    for (let i = 0; i < 50; i++) {
      await store.transact((tx) => tx.put(`/a/${i % 3}`, "x"));
      await store.transact((tx) => tx.delete(`/a/${i % 3}`, "x"));
    }
    const reader = openSqliteFile(file);
    const { n } = reader.prepare("SELECT count(*) AS n FROM objects").get() as { n: number };
    reader.close();
    expect(n).toBeLessThanOrEqual(24);
    expect(store.list("/a/").items.map(({ key }) => key)).toEqual(["/a/old"]);
  });

  it("lists the state of an earlier revision, deletions and later writes undone", async () => {
    const { store } = temporaryStore();
    await store.transact((tx) => ["/a/1", "/a/2", "/a/3"].map((key) => tx.put(key, "old")));
    const at = store.revision();
    await store.transact((tx) => tx.put("/a/0", "new"));
    await store.transact((tx) => tx.put("/a/1", "new"));
    await store.transact((tx) => tx.delete("/a/2", "old"));
    expect(store.list("/a/", { at }).items.map(({ key, value }) => `${key} ${value}`)).toEqual(["/a/1 old", "/a/2 old", "/a/3 old"]);
    expect(store.list("/a/", { at, limit: 1, after: "/a/1" })).toMatchObject({ items: [{ key: "/a/2" }], revision: at, next: "/a/2" });
    expect(store.list("/a/").items.map(({ key, value }) => `${key} ${value}`)).toEqual(["/a/0 new", "/a/1 new", "/a/3 old"]);
    expect(() => store.list("/a/", { at: 99 })).toThrow("Too large resource version: 99, current: 6");
  });

  it("undoes the writes of a mutation that throws behind them", async () => {
    const { store } = temporaryStore();
    const events: StoreEvent[] = [];
    store.subscribe((batch) => events.push(...batch));
    const before = store.transact((tx) => tx.put("/a/1", "kept"));
    const bad = store.transact((tx) => {
      tx.put("/a/1", "lost");
      tx.delete("/a/1", "lost");
      throw new Error("no");
    });
    const after = store.transact((tx) => [tx.get("/a/1")?.value, tx.put("/a/2", "kept")]);
    await expect(bad).rejects.toThrow("no");
    expect([await before, await after]).toEqual([1, ["kept", 2]]);
    expect(events.map(({ key, revision, value }) => [key, revision, value])).toEqual([
      ["/a/1", 1, "kept"],
      ["/a/2", 2, "kept"],
    ]);
  });

  it("goes on with its revisions after it was closed, and looks at every page after a crash", async () => {
    const { store, file } = temporaryStore();
    await store.transact((tx) => tx.put("/a/1", "one"));
    await store.transact((tx) => tx.delete("/a/1", "one"));
    // A copy while it is open is what a crash leaves.
    const crashed = `${file}.crashed`;
    for (const suffix of ["", "-wal"]) copyFileSync(`${file}${suffix}`, `${crashed}${suffix}`);
    const again = openObjectStore(crashed);
    expect(await again.transact((tx) => tx.put("/a/1", "again"))).toBe(3);
    again.close();
  });

  it("refuses a damaged file with a sentence and leaves it as it is", () => {
    const { file } = temporaryStore();
    const damaged = `${file}.damaged`;
    writeFileSync(damaged, "this is no database, it is a sentence that goes on and on");
    expect(() => openObjectStore(damaged)).toThrow(/damaged or no Skiff database/);
    expect(readFileSync(damaged, "utf8")).toMatch(/^this is no database/);
  });

  it("refuses the database of a newer version and leaves it as it is", () => {
    const dir = mkdtempSync(join(tmpdir(), "skiff-store-"));
    const file = join(dir, "objects.db");
    const newer = openSqliteFile(file);
    newer.pragma("user_version = 99");
    newer.close();
    expect(() => openObjectStore(file)).toThrow(/newer version of Skiff/);
    const again = openSqliteFile(file);
    expect(again.pragma("user_version", { simple: true })).toBe(99);
    again.close();
    rmSync(dir, { recursive: true });
  });
});
