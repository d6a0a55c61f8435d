import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyJsonPatch } from "./json-patch.ts";
import { getTypeSchema } from "./schema/index.ts";
import { strategicMerge } from "./strategic-merge.ts";

const pod = getTypeSchema("core.PodSpec");
const meta = getTypeSchema("meta.ObjectMeta");
const named = (...names: string[]): { name: string; image: string }[] => names.map((name) => ({ name, image: name }));

describe("strategic merge patch", () => {
  it("merges lists by the key of their type, new items first", () => {
    const out = strategicMerge(pod, { containers: named("a", "b") }, { containers: [{ name: "b", image: "x" }, { name: "new" }] });
    expect(out).toEqual({ containers: [{ name: "a", image: "a" }, { name: "b", image: "x" }, { name: "new" }] });
    expect(strategicMerge(pod, { containers: named("a") }, { containers: [{ name: "z" }] })).toEqual({
      containers: [{ name: "z" }, { name: "a", image: "a" }],
    });
  });

  it("replaces lists that have no key", () => {
    const tolerations = [{ key: "a" }, { key: "b" }];
    expect(strategicMerge(pod, { tolerations }, { tolerations: [{ key: "c" }] })).toEqual({ tolerations: [{ key: "c" }] });
  });

  it("knows the key by the type, not by the field's name", () => {
    const service = getTypeSchema("core.ServiceSpec");
    const ports = [{ port: 80, name: "a" }];
    expect(strategicMerge(service, { ports }, { ports: [{ port: 80, nodePort: 30000 }] })).toEqual({
      ports: [{ port: 80, name: "a", nodePort: 30000 }],
    });
  });

  it("follows $patch: delete and replace, of items, lists and maps", () => {
    const live = { containers: named("a", "b"), nodeSelector: { x: "1", y: "2" } };
    expect(strategicMerge(pod, live, { containers: [{ name: "a", $patch: "delete" }] })).toMatchObject({ containers: named("b") });
    expect(strategicMerge(pod, live, { containers: [{ $patch: "replace" }, { name: "c" }] })).toMatchObject({
      containers: [{ name: "c" }],
    });
    expect(strategicMerge(pod, live, { nodeSelector: { $patch: "replace", z: "3" } })).toMatchObject({ nodeSelector: { z: "3" } });
    expect(strategicMerge(pod, live, { nodeSelector: { x: null } })).toMatchObject({ nodeSelector: { y: "2" } });
  });

  it("keeps only $retainKeys", () => {
    const deployment = getTypeSchema("apps.DeploymentSpec");
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } };
    const patch = { strategy: { $retainKeys: ["type"], type: "Recreate" } };
    expect(strategicMerge(deployment, { strategy }, patch)).toEqual({ strategy: { type: "Recreate" } });
  });

  it("orders by $setElementOrder and deletes from lists of plain values", () => {
    const patch = { "$setElementOrder/containers": [{ name: "b" }, { name: "c" }], containers: [{ name: "c", image: "c" }] };
    expect(strategicMerge(pod, { containers: named("a", "b") }, patch)).toEqual({ containers: named("a", "b", "c") });
    const finalizers = { "$deleteFromPrimitiveList/finalizers": ["a/a"], finalizers: ["c/c"] };
    expect(strategicMerge(meta, { finalizers: ["a/a", "b/b"] }, finalizers)).toEqual({ finalizers: ["c/c", "b/b"] });
  });

  it("refuses unknown directives and items without key", () => {
    expect(() => strategicMerge(pod, {}, { nodeSelector: { $patch: "explode" } })).not.toThrow();
    expect(() => strategicMerge(pod, { nodeSelector: {} }, { nodeSelector: { $patch: "explode" } })).toThrow("unknown patch type");
    expect(() => strategicMerge(pod, {}, { containers: [{ image: "x" }] })).toThrow("does not contain declared merge key: name");
  });

  const item = fc.record({ name: fc.constantFrom("a", "b", "c", "d"), image: fc.constantFrom("1", "2", "3") });
  const list = fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 4 });

  it("of chance: what is named is there as the patch says, what is not named stays as it was", () => {
    fc.assert(
      fc.property(list, list, (live, patch) => {
        const before = structuredClone(live);
        const out = strategicMerge(pod, { containers: live }, { containers: patch }) as { containers: typeof live };
        expect(live).toEqual(before);
        const byName = new Map(out.containers.map((container) => [container.name, container]));
        expect(byName.size).toBe(out.containers.length);
        for (const wanted of patch) expect(byName.get(wanted.name)).toEqual(wanted);
        for (const kept of live) if (!patch.some(({ name }) => name === kept.name)) expect(byName.get(kept.name)).toEqual(kept);
        expect(byName.size).toBe(new Set([...live, ...patch].map(({ name }) => name)).size);
        const order = out.containers.map(({ name }) => name);
        expect(order.filter((name) => patch.some((wanted) => wanted.name === name))).toEqual(patch.map(({ name }) => name));
      }),
    );
  });

  it("of chance: applying a patch twice is the same as once", () => {
    fc.assert(
      fc.property(list, list, (live, patch) => {
        const once = strategicMerge(pod, { containers: live }, { containers: patch });
        expect(strategicMerge(pod, once, { containers: patch })).toEqual(once);
      }),
    );
  });

  it("of chance: a delete for every name leaves nothing", () => {
    fc.assert(
      fc.property(list, (live) => {
        const patch = live.map(({ name }) => ({ name, $patch: "delete" }));
        expect(strategicMerge(pod, { containers: live }, { containers: patch })).toEqual({ containers: [] });
      }),
    );
  });
});

describe("JSON patch", () => {
  it("applies operations to a copy", () => {
    const live = { data: { a: "1" } };
    const patch = [
      { op: "test", path: "/data/a", value: "1" },
      { op: "move", from: "/data/a", path: "/data/b" },
      { op: "add", path: "/data/c~1d", value: "2" },
    ];
    expect(applyJsonPatch(live, patch)).toEqual({ data: { b: "1", "c/d": "2" } });
    expect(live).toEqual({ data: { a: "1" } });
    expect(applyJsonPatch(live, [{ op: "replace", path: "", value: 7 }])).toBe(7);
  });

  it.each([
    [[{ op: "test", path: "/data/a", value: "2" }], "Invalid"],
    [[{ op: "remove", path: "/nope" }], "Invalid"],
    [[{ op: "explode", path: "/data" }], "Invalid"],
    [{}, "BadRequest"],
    [[{ op: "add", path: "data", value: 1 }], "BadRequest"],
    [[{ op: "add", path: "/__proto__/x", value: 1 }], "BadRequest"],
    [[7], "BadRequest"],
    [Array.from({ length: 10_001 }, () => ({ op: "test", path: "", value: {} })), "RequestEntityTooLarge"],
  ])("refuses %j", (patch, reason) => {
    expect(() => applyJsonPatch({ data: { a: "1" } }, patch)).toThrow(expect.objectContaining({ reason }));
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
