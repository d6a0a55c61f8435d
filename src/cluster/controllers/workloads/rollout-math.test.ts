import { describe, expect, test } from "vitest";
import type { Deployment, ReplicaSet } from "../../../api/index.ts";
import { boundsOf, nextNewSize, resolveAmount, scaleInProportion, shrinkOlds, sumWanted } from "./rollout-math.ts";

const deployment = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d" },
  spec: {
    replicas,
    selector: {},
    template: { spec: { containers: [] } },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
  },
});
const set = (name: string, replicas: number, available = replicas): ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name, creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  status: { replicas, availableReplicas: available },
});

test.each([
  ["25%", 3, "up", 1],
  ["25%", 3, "down", 0],
  ["100%", 3, "up", 3],
  [2, 3, "down", 2],
  ["x%", 3, "up", 0],
] as const)("%s of %i, rounded %s, is %i", (value, total, round, expected) => {
  expect(resolveAmount(value, total, round)).toBe(expected);
});

test("a rollout can always move: with no surge one pod may be missing", () => {
  expect(boundsOf(deployment(1, 0, "25%"))).toEqual({ maxSurge: 0, maxUnavailable: 1 });
});

describe("a rolling update", () => {
  test.each([
    [1, "25%", "25%"],
    [3, 1, 0],
    [3, 0, 1],
    [10, "25%", "25%"],
    [7, "50%", "50%"],
    [4, "100%", 0],
  ])("of %i replicas (surge %s, unavailable %s) ends, and stays within its bounds at every step", (replicas, surge, unavailable) => {
    const wanted = deployment(replicas, surge, unavailable);
    const { maxSurge, maxUnavailable } = boundsOf(wanted);
    let old = set("old", replicas);
    let fresh = set("new", nextNewSize(wanted, 0, replicas), 0);
    for (let step = 0; step < 100 && (old.spec.replicas !== 0 || fresh.spec.replicas !== replicas); step++) {
      const size = nextNewSize(wanted, fresh.spec.replicas ?? 0, sumWanted([old, fresh]));
      if (size !== fresh.spec.replicas) fresh = set("new", size, fresh.status?.availableReplicas ?? 0);
      else {
        const next = shrinkOlds(wanted, fresh, [old]).get(old);
        // What cannot shrink waits for a new pod to become available.
        if (next === undefined) fresh = set("new", size, Math.min(size, (fresh.status?.availableReplicas ?? 0) + 1));
        else old = set("old", next);
      }
      expect(sumWanted([old, fresh])).toBeLessThanOrEqual(replicas + maxSurge);
      const available = (old.status?.availableReplicas ?? 0) + (fresh.status?.availableReplicas ?? 0);
      expect(available).toBeGreaterThanOrEqual(replicas - maxUnavailable);
    }
    expect([old.spec.replicas, fresh.spec.replicas]).toEqual([0, replicas]);
  });

  test("pods that serve nobody go first", () => {
    const olds = [set("healthy", 2), set("sick", 2, 0)];
    const sizes = shrinkOlds(deployment(4, 1, 1), set("new", 1, 0), olds);
    expect([...sizes].map(([{ metadata }, size]) => [metadata.name, size])).toEqual([["sick", 1]]);
  });
});

test("a change of size in a rollout is spread in proportion and adds up", () => {
  const sets = [set("old", 5), set("new", 5)];
  const sizes = scaleInProportion(deployment(20, 0, 1), sets, () => 10);
  expect([...sizes.values()].toSorted((a, b) => a - b)).toEqual([10, 10]);
  const uneven = scaleInProportion(deployment(11, 0, 1), [set("a", 4), set("b", 3), set("c", 3)], () => 10);
  expect([...uneven.values()].reduce((sum, size) => sum + size, 0)).toBe(11);
});
