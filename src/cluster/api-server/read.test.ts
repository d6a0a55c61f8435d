import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isReason } from "../../lib/errors.ts";
import { openReadFixture, type ReadFixture } from "../../../test/support/read-fixture.ts";

let fixture: ReadFixture;
beforeEach(() => {
  fixture = openReadFixture(20);
});
afterEach(() => fixture.close());

const names = (body: { items: { metadata: { name: string } }[] }): string[] => body.items.map(({ metadata }) => metadata.name);

describe("list", () => {
  it("gives every object its revision, also where the stored text does not begin as usual", async () => {
    await fixture.put("a", "1");
    await fixture.store.transact((tx) =>
      tx.put(
        "/registry/core/configmaps/default/b",
        '{"data":{},"metadata":{"name":"b","namespace":"default"},"kind":"ConfigMap","apiVersion":"v1"}',
      ),
    );
    const { body } = await fixture.list("");
    expect(body).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "2" } });
    expect(body.items.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name, metadata.resourceVersion])).toEqual([
      ["v1", "ConfigMap", "a", "1"],
      ["v1", "ConfigMap", "b", "2"],
    ]);
  });

  it("pages through one state however much is written meanwhile", async () => {
    for (const name of ["a", "b", "c", "d"]) await fixture.put(name, "old");
    const first = await fixture.list("limit=2");
    expect(first.body.metadata).toMatchObject({ resourceVersion: "4", remainingItemCount: 2 });
    await fixture.remove("c");
    await fixture.put("bb", "new");
    await fixture.put("d", "new");
    const second = await fixture.list(`limit=2&continue=${first.body.metadata.continue}`);
    expect(names(second.body)).toEqual(["c", "d"]);
    expect(second.body.items[1]?.data).toEqual({ value: "old" });
    expect(second.body.metadata).toEqual({ resourceVersion: "4" });
  });

  it("answers 410 with a token that goes on inconsistently when the state was compacted", async () => {
    for (const name of ["a", "b", "c"]) await fixture.put(name, "old");
    const { body } = await fixture.list("limit=1");
    for (let i = 0; i < 60; i++) await fixture.put("b", String(i));
    fixture.store.compact();
    const expired = await fixture.list(`limit=1&continue=${body.metadata.continue}`);
    expect(expired.status).toBe(410);
    expect(expired.body).toMatchObject({ reason: "Expired", metadata: { continue: expect.any(String) } });
    expect(expired.body.message).toMatch(/^The provided continue parameter is too old to display a consistent list result/);
    const rest = await fixture.list(`limit=2&continue=${expired.body.metadata.continue}`);
    expect(names(rest.body)).toEqual(["b", "c"]);
  });

  it("fills a page past what the selector leaves out, and does not count the rest", async () => {
    for (let i = 0; i < 10; i++) await fixture.put(`n${i}`, "x", { even: String(i % 2 === 0) });
    const first = await fixture.list("limit=3&labelSelector=even%3Dtrue");
    expect(names(first.body)).toEqual(["n0", "n2", "n4"]);
    expect(first.body.metadata).not.toHaveProperty("remainingItemCount");
    const second = await fixture.list(`limit=3&labelSelector=even%3Dtrue&continue=${first.body.metadata.continue}`);
    expect(names(second.body)).toEqual(["n6", "n8"]);
    expect(second.body.metadata).not.toHaveProperty("continue");
    expect(names((await fixture.list("fieldSelector=metadata.name%3Dn3")).body)).toEqual(["n3"]);
    expect(names((await fixture.list("fieldSelector=metadata.name%3Dn3&labelSelector=even%3Dtrue")).body)).toEqual([]);
  });

  it("gives the exact state that is asked for, and none from the future", async () => {
    await fixture.put("a", "old");
    await fixture.put("a", "new");
    const old = await fixture.list("resourceVersion=1&resourceVersionMatch=Exact");
    expect(old.body).toMatchObject({ metadata: { resourceVersion: "1" }, items: [{ data: { value: "old" } }] });
    expect((await fixture.list("resourceVersion=1&resourceVersionMatch=NotOlderThan")).body.metadata.resourceVersion).toBe("2");
    expect((await fixture.list("resourceVersion=1")).body.metadata.resourceVersion).toBe("2");
    expect((await fixture.list("resourceVersion=1&limit=5")).body.metadata.resourceVersion).toBe("1");
    await expect(fixture.list("resourceVersion=9")).rejects.toSatisfy((error) => isReason(error, "Timeout"));
    await expect(fixture.list("resourceVersion=9&resourceVersionMatch=Exact")).rejects.toThrow("Too large resource version: 9, current: 2");
  });

  it.each([
    ["resourceVersion=abc", "BadRequest"],
    ["limit=many", "BadRequest"],
    ["continue=nonsense", "BadRequest"],
    [`continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString("base64url")}`, "BadRequest"],
    ["resourceVersionMatch=Exact", "Invalid"],
    ["resourceVersionMatch=Exact&resourceVersion=0", "Invalid"],
    ["resourceVersionMatch=Roughly&resourceVersion=1", "Invalid"],
  ] as const)("refuses %s", async (query, reason) => {
    await expect(fixture.list(query)).rejects.toSatisfy((error) => isReason(error, reason));
  });
});
