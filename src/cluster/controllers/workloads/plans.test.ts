import { describe, expect, test } from "vitest";
import type { DaemonSet, Pod, Service, StatefulSet } from "../../../api/index.ts";
import { planDaemonSet } from "./daemon-set.ts";
import { groupEndpoints, toSubsets } from "./endpoints.ts";
import { planReplicas } from "./replica-set.ts";
import { REVISION_LABEL } from "./revisions.ts";
import { planStatefulSet } from "./stateful-set-plan.ts";
import { hashTemplate } from "./template-hash.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
interface PodWish {
  readonly ready?: boolean;
  readonly revision?: string;
  readonly phase?: "Pending" | "Running" | "Failed";
  readonly going?: boolean;
  readonly age?: number;
}
function pod(name: string, { ready = true, revision = "new", phase = "Running", going = false, age = 100 }: PodWish = {}): Pod {
  const time = new Date(NOW - age * 1000).toISOString();
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      uid: name,
      creationTimestamp: time,
      labels: { [REVISION_LABEL]: revision },
      ...(going ? { deletionTimestamp: time } : {}),
    },
    spec: { containers: [{ name: "main", image: "", ports: [{ name: "web", containerPort: name.endsWith("0") ? 8080 : 9090 }] }] },
    status: {
      phase,
      podIP: "127.0.0.1",
      conditions: [{ type: "Ready", status: ready && phase === "Running" ? "True" : "False", lastTransitionTime: time }],
    },
  };
}
const names = (pods: readonly Pod[]): string[] => pods.map(({ metadata }) => metadata.name);

test("a ReplicaSet loses pods that are pending, not ready, or young first", () => {
  const pods = [pod("old"), pod("young", { age: 10 }), pod("unready", { ready: false }), pod("pending", { phase: "Pending" })];
  expect(names(planReplicas(pods, 1).remove)).toEqual(["pending", "unready", "young"]);
  expect(planReplicas(pods, 6)).toEqual({ create: 2, remove: [] });
});

describe("planStatefulSet", () => {
  const set = (replicas: number, more: Partial<StatefulSet["spec"]> = {}): StatefulSet => ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "s" },
    spec: { replicas, selector: {}, template: { spec: { containers: [] } }, ...more },
  });
  const revisions = { current: "old", update: "new" };
  const plan = (of: StatefulSet, pods: readonly Pod[]) => planStatefulSet(of, pods, revisions, NOW);

  test("creates one after the other, or all at once", () => {
    expect(plan(set(3), []).create.map(({ ordinal }) => ordinal)).toEqual([0]);
    expect(plan(set(3), [pod("s-0", { ready: false })]).create).toEqual([]);
    expect(plan(set(3), [pod("s-0")]).create.map(({ ordinal }) => ordinal)).toEqual([1]);
    expect(plan(set(3, { podManagementPolicy: "Parallel" }), []).create.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
    expect(plan(set(1, { ordinals: { start: 5 } }), []).create.map(({ ordinal }) => ordinal)).toEqual([5]);
  });

  test("removes from the end, one at a time", () => {
    const pods = [pod("s-0"), pod("s-1"), pod("s-2")];
    expect(names(plan(set(1), pods).condemn)).toEqual(["s-2"]);
    expect(plan(set(1), [pod("s-0"), pod("s-1"), pod("s-2", { going: true })]).condemn).toEqual([]);
  });

  test("updates from the end, down to the partition, waiting for each", () => {
    const pods = [pod("s-0", { revision: "old" }), pod("s-1", { revision: "old" }), pod("s-2")];
    expect(plan(set(3), pods).update?.metadata.name).toBe("s-1");
    const unready = [pod("s-0", { revision: "old" }), pod("s-1", { revision: "old" }), pod("s-2", { ready: false })];
    expect(plan(set(3, { podManagementPolicy: "Parallel" }), unready).update).toBeUndefined();
    const partition = { updateStrategy: { type: "RollingUpdate" as const, rollingUpdate: { partition: 2 } } };
    expect(plan(set(3, partition), pods).update).toBeUndefined();
    expect(plan(set(3, partition), [pods[0] as Pod, pod("s-2")]).create).toEqual([{ ordinal: 1, revision: "old" }]);
    expect(plan(set(3, { updateStrategy: { type: "OnDelete" } }), pods).update).toBeUndefined();
  });

  test("a pod that failed comes again", () => {
    expect(names(plan(set(2), [pod("s-0", { phase: "Failed" }), pod("s-1")]).replace)).toEqual(["s-0"]);
  });
});

test("a DaemonSet has one pod of the present revision; the old one goes first unless it surges", () => {
  const set = (rollingUpdate?: { maxSurge: number }): DaemonSet => ({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "d" },
    spec: {
      selector: {},
      template: { spec: { containers: [] } },
      updateStrategy: { type: "RollingUpdate", ...(rollingUpdate ? { rollingUpdate } : {}) },
    },
  });
  const plan = (pods: readonly Pod[], wanted = true, surge?: number) =>
    planDaemonSet(set(surge === undefined ? undefined : { maxSurge: surge }), pods, wanted, "new", NOW);
  expect(plan([])).toEqual({ create: true, remove: [] });
  const old = pod("a", { revision: "old" });
  expect([plan([old]).create, names(plan([old]).remove)]).toEqual([false, ["a"]]);
  expect(plan([old], true, 1)).toEqual({ create: true, remove: [] });
  expect(names(plan([old, pod("b")], true, 1).remove)).toEqual(["a"]);
  expect(plan([pod("b", { going: true })]).create).toBe(false);
  expect(plan([pod("b", { phase: "Failed" })])).toMatchObject({ create: true });
  expect(names(plan([pod("b")], false).remove)).toEqual(["b"]);
});

test("endpoints: ready pods, others apart, one subset for each set of ports", () => {
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: { ports: [{ name: "http", port: 80, targetPort: "web" }] },
  };
  const groups = groupEndpoints(service, [pod("p-0"), pod("p-1", { ready: false }), pod("q-1"), pod("r", { phase: "Failed" })]);
  const subsets = toSubsets(service, groups, "skiff");
  expect(subsets.map(({ ports }) => ports?.[0]?.port)).toEqual([8080, 9090]);
  expect(subsets[1]?.addresses?.map(({ targetRef }) => targetRef?.name)).toEqual(["q-1"]);
  expect(subsets[1]?.notReadyAddresses?.map(({ targetRef }) => targetRef?.name)).toEqual(["p-1"]);
});

test("a template's hash depends on its content, not on the order of its keys", () => {
  expect(hashTemplate({ a: 1, b: { c: 2, d: 3 } })).toBe(hashTemplate({ b: { d: 3, c: 2 }, a: 1 }));
  expect(hashTemplate({ a: 1 })).not.toBe(hashTemplate({ a: 2 }));
  expect(hashTemplate({ a: 1 }, 1)).not.toBe(hashTemplate({ a: 1 }));
  expect(hashTemplate({ a: 1 })).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});
