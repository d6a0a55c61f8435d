import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isReason } from "../../lib/errors.ts";
import { openReadFixture, type OpenWatch, type ReadFixture, type SeenEvent } from "../../../test/support/read-fixture.ts";

let fixture: ReadFixture;
const open: OpenWatch[] = [];
beforeEach(() => {
  fixture = openReadFixture(5000);
});
afterEach(() => {
  for (const watch of open.splice(0)) watch.stop();
  fixture.close();
});

function watch(query: string, options?: { name?: string; accept?: string }): OpenWatch {
  const one = fixture.watch(query, options);
  open.push(one);
  return one;
}
const brief = (events: readonly SeenEvent[]): unknown[] =>
  events.map(({ type, object }) => [type, object.metadata.name, object.data?.["value"], Number(object.metadata.resourceVersion)]);

describe("watch", () => {
  it("goes on behind a revision, replayed and live", async () => {
    await fixture.put("a", "1");
    await fixture.put("a", "2");
    const watching = watch("resourceVersion=1");
    expect(brief(await watching.take(1))).toEqual([["MODIFIED", "a", "2", 2]]);
    await fixture.put("b", "1");
    await fixture.put("other", "1", {}, "elsewhere");
    await fixture.remove("a");
    expect(brief(await watching.take(2))).toEqual([
      ["ADDED", "b", "1", 3],
      ["DELETED", "a", "2", 5],
    ]);
  });

  it("begins with the current objects where no revision is given, and marks their end where asked", async () => {
    await fixture.put("a", "1");
    await fixture.put("b", "1");
    expect(brief(await watch("").take(2))).toHaveLength(2);
    const streaming = watch("resourceVersionMatch=NotOlderThan&sendInitialEvents=true&allowWatchBookmarks=true");
    const [first, second, end] = await streaming.take(3);
    expect(brief([first, second].filter((event) => event !== undefined))).toEqual([
      ["ADDED", "a", "1", 1],
      ["ADDED", "b", "1", 2],
    ]);
    expect(end).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", metadata: { resourceVersion: "2", annotations: { "k8s.io/initial-events-end": "true" } } },
    });
    await fixture.put("a", "2");
    expect(brief(await streaming.take(1))).toEqual([["MODIFIED", "a", "2", 3]]);
  });

  it("sends more initial objects than it would queue", async () => {
    await fixture.store.transact((tx) => {
      for (let i = 0; i < 3000; i++) {
        const name = `n${String(i).padStart(4, "0")}`;
        tx.put(
          `/registry/core/configmaps/default/${name}`,
          `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":{"value":"${"x".repeat(1000)}"}}`,
        );
      }
    });
    const watching = watch("resourceVersion=0");
    await fixture.put("n0000", "2");
    const events = await watching.take(3001);
    expect(new Set(events.map(({ object }) => object.metadata.name)).size).toBe(3000);
    expect(brief(events.slice(-1))).toEqual([["MODIFIED", "n0000", "2", 3001]]);
  });

  it("shows what enters and leaves a selection, with the state that was selected", async () => {
    const watching = watch("resourceVersion=0&labelSelector=app%3Dx");
    await fixture.put("a", "1", { app: "y" });
    await fixture.put("a", "2", { app: "x" });
    await fixture.put("a", "3", { app: "x" });
    await fixture.put("a", "4", { app: "y" });
    await fixture.remove("a");
    await fixture.put("b", "1", { app: "x" });
    await fixture.remove("b");
    expect(brief(await watching.take(5))).toEqual([
      ["ADDED", "a", "2", 2],
      ["MODIFIED", "a", "3", 3],
      ["DELETED", "a", "3", 4],
      ["ADDED", "b", "1", 6],
      ["DELETED", "b", "1", 7],
    ]);
  });

  it("watches one name", async () => {
    const byField = watch("resourceVersion=0&fieldSelector=metadata.name%3Da");
    const byPath = watch("resourceVersion=0", { name: "a" });
    await fixture.put("b", "1");
    await fixture.put("a", "1");
    expect(brief(await byField.take(1))).toEqual([["ADDED", "a", "1", 2]]);
    expect(brief(await byPath.take(1))).toEqual([["ADDED", "a", "1", 2]]);
  });

  it("waits for a revision from the future", async () => {
    const watching = watch("resourceVersion=2");
    for (const value of ["1", "2", "3"]) await fixture.put("a", value);
    expect(brief(await watching.take(1))).toEqual([["MODIFIED", "a", "3", 3]]);
  });

  it("lets a slow reader read the store instead of queueing for it", async () => {
    const slow = watch("resourceVersion=0");
    const value = "x".repeat(100_000);
    for (let i = 0; i < 50; i++) await fixture.put(`n${i}`, value);
    const events = await slow.take(50);
    expect(events.map(({ object }) => object.metadata.name)).toEqual(Array.from({ length: 50 }, (_, i) => `n${i}`));
    await fixture.put("live", "1");
    expect(brief(await slow.take(1))).toEqual([["ADDED", "live", "1", 51]]);
  });

  it("ends with 410 for a revision that was compacted, also when the reader was too slow", async () => {
    const slow = watch("resourceVersion=0");
    const value = "x".repeat(100_000);
    for (let i = 0; i < 30; i++) await fixture.put("big", value);
    for (let i = 0; i < 60; i++)
      await fixture.store.transact((tx) => Array.from({ length: 100 }, () => tx.put("/registry/core/leases/x", "{}")));
    fixture.store.compact();
    const expired = watch("resourceVersion=1");
    expect(await expired.next()).toMatchObject({ type: "ERROR", object: { code: 410, reason: "Expired" } });
    expect(await expired.next()).toBeUndefined();
    const seen: string[] = [];
    for (let event = await slow.next(); event; event = await slow.next()) seen.push(event.type);
    expect(seen.length).toBeLessThan(30);
    expect(seen.at(-1)).toBe("ERROR");
  });

  it("ends in time, with a bookmark of the newest revision", async () => {
    const watching = watch("resourceVersion=0&timeoutSeconds=1&allowWatchBookmarks=true");
    await fixture.put("other", "1", {}, "elsewhere");
    expect(await watching.next()).toMatchObject({ type: "BOOKMARK", object: { metadata: { resourceVersion: "1" } } });
    expect(await watching.next()).toBeUndefined();
  });

  it("sends Tables, the columns once", async () => {
    const watching = watch("resourceVersion=0", { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" });
    await fixture.put("a", "1");
    await fixture.put("b", "1");
    const tables = (await watching.take(2)).map(
      ({ object }) => object as unknown as { columnDefinitions: unknown[]; rows: { cells: unknown[] }[] },
    );
    expect(tables.map(({ columnDefinitions, rows }) => [columnDefinitions.length > 0, rows[0]?.cells[0]])).toEqual([
      [true, "a"],
      [false, "b"],
    ]);
  });

  it.each([
    ["sendInitialEvents=true", "Invalid"],
    ["resourceVersionMatch=NotOlderThan&resourceVersion=1", "Invalid"],
    ["sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99", "Timeout"],
    ["resourceVersion=x", "BadRequest"],
    ["timeoutSeconds=soon", "BadRequest"],
  ] as const)("refuses %s", (query, reason) => {
    expect(() => watch(query)).toThrow(expect.toSatisfy((error: unknown) => isReason(error, reason)));
  });
});
