import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { getTypeSchema } from "../schema/index.ts";
import { applyConfiguration } from "./apply.ts";
import { trackUpdate, type Writer } from "./track-update.ts";

const schema = getTypeSchema("apps.Deployment");

const writer = (manager: string, more: Partial<Writer> = {}): Writer => ({
  manager,
  apiVersion: "apps/v1",
  subresource: undefined,
  schema,
  hasStatus: true,
  now: "2026-01-01T00:00:00Z",
  ...more,
});

type Fields = Record<string, unknown>;

function deployment(spec: Fields, metadata: Fields = {}): KubeObject {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d", ...metadata }, spec } as unknown as KubeObject;
}

const EMPTY = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } } as KubeObject;
const specOf = (object: KubeObject): Fields => (object as unknown as { spec: Fields }).spec;
const stored = (object: KubeObject): KubeObject => ({
  ...structuredClone(object),
  metadata: { ...structuredClone(object.metadata), uid: "u" },
});
const containers = (...names: string[]): Fields => ({ template: { spec: { containers: names.map((name) => ({ name, image: name })) } } });
const apply = (manager: string, live: KubeObject, applied: KubeObject, force = false): KubeObject =>
  stored(applyConfiguration(writer(manager), live, applied, force));
const fieldsOf = (object: KubeObject, manager: string): unknown =>
  (object.metadata.managedFields as Fields[] | undefined)?.find((entry) => entry["manager"] === manager)?.["fieldsV1"];

function conflictOf(run: () => unknown): SkiffError {
  try {
    run();
  } catch (error) {
    if (error instanceof SkiffError) return error;
  }
  throw new Error("no conflict");
}

describe("server-side apply", () => {
  it("records what was applied as FieldsV1, without the object's identity", () => {
    const next = apply("a", EMPTY, deployment({ replicas: 1, ...containers("c") }, { labels: { x: "1" } }));
    expect(next.metadata.managedFields).toEqual([
      {
        manager: "a",
        operation: "Apply",
        apiVersion: "apps/v1",
        time: "2026-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": { "f:labels": { "f:x": {} } },
          "f:spec": {
            "f:replicas": {},
            "f:template": { "f:spec": { "f:containers": { 'k:{"name":"c"}': { ".": {}, "f:image": {}, "f:name": {} } } } },
          },
        },
      },
    ]);
  });

  it("does nothing the second time", () => {
    const wanted = deployment({ replicas: 1, ...containers("c") });
    const first = apply("a", EMPTY, wanted);
    const second = applyConfiguration(writer("a", { now: "2026-02-02T00:00:00Z" }), first, structuredClone(wanted), false);
    expect(second).toEqual(first);
  });

  it("refuses a field that another applier owns with another value, and names it", () => {
    const first = apply("a", EMPTY, deployment({ replicas: 1 }));
    const error = conflictOf(() => apply("b", first, deployment({ replicas: 2 })));
    expect(error.reason).toBe("Conflict");
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "a": .spec.replicas');
    expect(error.details).toEqual({
      causes: [{ reason: "FieldManagerConflict", message: 'conflict with "a"', field: ".spec.replicas" }],
    });
  });

  it("names updaters with their version, and lists several conflicts by manager", () => {
    const live = deployment({ replicas: 1, paused: true, ...containers("c") });
    trackUpdate(writer("kubectl-edit"), undefined, live);
    const error = conflictOf(() =>
      apply("b", stored(live), deployment({ replicas: 2, template: { spec: { containers: [{ name: "c", image: "x" }] } } })),
    );
    expect(error.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "kubectl-edit" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="c"].image',
    );
  });

  it("takes ownership by force", () => {
    const first = apply("a", EMPTY, deployment({ replicas: 1, paused: true }));
    const second = apply("b", first, deployment({ replicas: 2 }), true);
    expect(specOf(second)["replicas"]).toBe(2);
    expect(fieldsOf(second, "a")).toEqual({ "f:spec": { "f:paused": {} } });
    expect(fieldsOf(second, "b")).toEqual({ "f:spec": { "f:replicas": {} } });
  });

  it("lets two own the same value; it stays until both let go", () => {
    const first = apply("a", EMPTY, deployment({ replicas: 1, paused: true }));
    const both = apply("b", first, deployment({ replicas: 1 }));
    const one = apply("a", both, deployment({ paused: true }));
    expect(specOf(one)).toEqual({ replicas: 1, paused: true });
    const none = apply("b", one, deployment({}));
    expect(specOf(none)).toEqual({ paused: true });
    expect(fieldsOf(none, "b")).toEqual({ "f:spec": {} });
  });

  it("removes items of lists with keys that are no longer applied, with what nobody owns in them", () => {
    const first = apply("a", EMPTY, deployment(containers("c", "d")));
    const defaulted = structuredClone(first) as unknown as { spec: { template: { spec: { containers: Fields[] } } } };
    for (const container of defaulted.spec.template.spec.containers) container["terminationMessagePath"] = "/dev/termination-log";
    const second = apply("a", defaulted as unknown as KubeObject, deployment(containers("d")));
    expect(specOf(second)).toEqual({
      template: { spec: { containers: [{ name: "d", image: "d", terminationMessagePath: "/dev/termination-log" }] } },
    });
  });

  it("keeps an item that someone else owns a part of", () => {
    const first = apply("a", EMPTY, deployment(containers("c", "d")));
    const second = apply("b", first, deployment({ template: { spec: { containers: [{ name: "c", tty: true }] } } }));
    const third = apply("a", second, deployment(containers("d")));
    const left = (specOf(third)["template"] as { spec: { containers: Fields[] } }).spec.containers;
    expect(left).toEqual([
      { name: "c", tty: true },
      { name: "d", image: "d" },
    ]);
  });

  it("completes keys with their defaults, so ports of the same number differ by protocol", () => {
    const ports = (...list: Fields[]): KubeObject => deployment({ template: { spec: { containers: [{ name: "c", ports: list }] } } });
    const first = apply("a", EMPTY, ports({ containerPort: 53 }, { containerPort: 53, protocol: "UDP" }));
    const second = apply("b", first, ports({ containerPort: 53, protocol: "TCP", name: "dns" }), true);
    const [container] = (specOf(second)["template"] as { spec: { containers: { ports: Fields[] }[] } }).spec.containers;
    expect(container?.ports).toEqual([
      { containerPort: 53, protocol: "TCP", name: "dns" },
      { containerPort: 53, protocol: "UDP" },
    ]);
  });

  it("refuses the same item twice", () => {
    expect(conflictOf(() => apply("a", EMPTY, deployment(containers("c", "c")))).reason).toBe("BadRequest");
  });

  it("replaces atomic values whole", () => {
    const selector = (labels: Fields): KubeObject => deployment({ selector: { matchLabels: labels } });
    const first = apply("a", EMPTY, selector({ x: "1" }));
    expect(fieldsOf(first, "a")).toEqual({ "f:spec": { "f:selector": {} } });
    expect(specOf(apply("a", first, selector({ y: "1" })))).toEqual({ selector: { matchLabels: { y: "1" } } });
  });

  it("treats sets as sets", () => {
    const first = apply("a", EMPTY, deployment({}, { finalizers: ["x/a", "x/b"] }));
    const second = apply("b", first, deployment({}, { finalizers: ["x/c"] }));
    expect(second.metadata.finalizers?.toSorted()).toEqual(["x/a", "x/b", "x/c"]);
    const third = apply("a", second, deployment({}, { finalizers: ["x/b"] }));
    expect(third.metadata.finalizers?.toSorted()).toEqual(["x/b", "x/c"]);
  });

  it("gives objects that nobody tracked to a manager before the first apply", () => {
    const live = stored(deployment({ replicas: 3 }));
    expect(conflictOf(() => apply("a", live, deployment({ replicas: 1 }))).message).toContain(
      'conflict with "before-first-apply" using apps/v1',
    );
  });
});

describe("ownership of updates", () => {
  it("gives the writer what changed and takes it from others", () => {
    const first = apply("a", EMPTY, deployment({ replicas: 1, paused: true }));
    const next = structuredClone(first);
    specOf(next)["replicas"] = 5;
    trackUpdate(writer("editor"), first, next);
    expect(fieldsOf(next, "a")).toEqual({ "f:spec": { "f:paused": {} } });
    expect(fieldsOf(next, "editor")).toEqual({ "f:spec": { "f:replicas": {} } });
  });

  it("forgets fields that were removed", () => {
    const first = apply("a", EMPTY, deployment({ replicas: 1, paused: true }));
    const next = structuredClone(first);
    delete specOf(next)["paused"];
    trackUpdate(writer("editor"), first, next);
    expect(next.metadata.managedFields).toHaveLength(1);
    expect(fieldsOf(next, "a")).toEqual({ "f:spec": { "f:replicas": {} } });
  });

  it("does not touch anything when nothing changed", () => {
    const first = apply("a", EMPTY, deployment({ replicas: 1 }));
    const next = structuredClone(first);
    trackUpdate(writer("editor", { now: "2027-01-01T00:00:00Z" }), first, next);
    expect(next).toEqual(first);
  });

  it("keeps one entry per manager and subresource, however often it writes", () => {
    let live = deployment({ replicas: 1 });
    trackUpdate(writer("a"), undefined, live);
    for (let i = 0; i < 50; i++) {
      const next = structuredClone(live) as KubeObject & { status?: Fields };
      next.status = { replicas: i, conditions: [{ type: "Available", status: i % 2 === 0 ? "True" : "False" }] };
      trackUpdate(writer("controller", { subresource: "status" }), live, next);
      live = next;
    }
    expect(live.metadata.managedFields).toHaveLength(2);
    expect(JSON.stringify(live.metadata.managedFields).length).toBeLessThan(700);
  });

  it("merges old updaters when there are more than ten", () => {
    let live = deployment({}, { labels: {} });
    for (let i = 0; i < 15; i++) {
      const next = structuredClone(live);
      next.metadata.labels = { ...next.metadata.labels, [`l${i}`]: "x" };
      trackUpdate(writer(`m${i}`, { now: `2026-01-01T00:00:${String(i).padStart(2, "0")}Z` }), live, next);
      live = next;
    }
    const names = (live.metadata.managedFields as Fields[]).map((entry) => entry["manager"]);
    expect(names).toContain("ancient-changes");
    expect(names.length).toBeLessThanOrEqual(10);
  });

  it("takes managed fields that a client sends, and drops them all for [{}]", () => {
    const first = apply("a", EMPTY, deployment({ replicas: 1 }));
    const renamed = structuredClone(first);
    (renamed.metadata.managedFields as Fields[])[0] = { ...(renamed.metadata.managedFields as Fields[])[0], manager: "z" };
    trackUpdate(writer("editor"), first, renamed);
    expect(fieldsOf(renamed, "z")).toBeDefined();
    const reset = structuredClone(first);
    reset.metadata.managedFields = [{}];
    trackUpdate(writer("editor"), first, reset);
    expect(reset.metadata.managedFields).toBeUndefined();
  });
});
