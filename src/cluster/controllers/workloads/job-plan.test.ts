import { describe, expect, test } from "vitest";
import type { Job, JobSpec, Pod } from "../../../api/index.ts";
import { formatIndexes, INDEX, parseIndexes } from "./job-indexes.ts";
import { planJob, type JobMemory } from "./job-plan.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
const spec = (more: Partial<JobSpec>): JobSpec => ({
  completions: 1,
  parallelism: 1,
  backoffLimit: 6,
  template: { spec: { restartPolicy: "Never", containers: [] } },
  ...more,
});
const job = (more: Partial<JobSpec>, status: Job["status"] = { startTime: "2026-01-01T00:59:00Z" }): Job => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "j", namespace: "n" },
  spec: spec(more),
  status,
});
let counter = 0;
interface PodWish {
  readonly index?: number;
  readonly exitCode?: number;
  readonly going?: boolean;
  readonly disrupted?: boolean;
  readonly endedAgo?: number;
}
function pod(phase: "Running" | "Succeeded" | "Failed", { index, exitCode = 1, going, disrupted, endedAgo = 3600 }: PodWish = {}): Pod {
  const name = `p${++counter}`;
  const finishedAt = new Date(NOW - endedAgo * 1000).toISOString();
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "n",
      uid: name,
      ...(index === undefined ? {} : { annotations: { [INDEX]: String(index) } }),
      ...(going ? { deletionTimestamp: finishedAt } : {}),
    },
    spec: { containers: [] },
    status: {
      phase,
      ...(disrupted ? { conditions: [{ type: "DisruptionTarget", status: "True" as const }] } : {}),
      ...(phase === "Running"
        ? {}
        : {
            containerStatuses: [
              {
                name: "main",
                image: "",
                imageID: "",
                ready: false,
                restartCount: 0,
                state: { terminated: { exitCode: phase === "Failed" ? exitCode : 0, finishedAt } },
              },
            ],
          }),
    },
  };
}
const nothing = (): JobMemory => ({ succeeded: 0, failed: 0, removed: new Set() });

test.each([
  ["", []],
  ["3", [3]],
  ["0-2,5", [0, 1, 2, 5]],
  ["1,2", [1, 2]],
])("indexes %j", (text, indexes) => {
  expect([...parseIndexes(text, 10)]).toEqual(indexes);
  expect(formatIndexes(indexes)).toBe(text);
});

describe("planJob", () => {
  test("keeps as many pods as are still needed", () => {
    expect(planJob(job({ completions: 5, parallelism: 3 }), [], nothing(), NOW).create).toHaveLength(3);
    const pods = [pod("Succeeded"), pod("Succeeded"), pod("Succeeded"), pod("Running")];
    expect(planJob(job({ completions: 5, parallelism: 3 }), pods, nothing(), NOW).create).toHaveLength(1);
    const surplus = planJob(job({ completions: 5, parallelism: 1 }), [pod("Running"), pod("Running")], nothing(), NOW);
    expect(surplus.remove).toHaveLength(1);
  });

  test("counts what was deleted, and not what it deleted itself", () => {
    const plan = planJob(job({ completions: 3 }), [pod("Succeeded")], { ...nothing(), succeeded: 2 }, NOW);
    expect(plan.verdict).toMatchObject({ type: "Complete" });
    const going = pod("Running", { going: true });
    expect(planJob(job({}), [going], nothing(), NOW).failed).toBe(1);
    expect(planJob(job({}), [going], { ...nothing(), removed: new Set([going.metadata.uid ?? ""]) }, NOW).failed).toBe(0);
    const patient = planJob(job({ podReplacementPolicy: "Failed" }), [going], nothing(), NOW);
    expect([patient.failed, patient.create.length]).toEqual([0, 0]);
  });

  test("never has two pods for one index, and none for one that is done", () => {
    const indexed = { completionMode: "Indexed" as const, completions: 4, parallelism: 4 };
    const pods = [pod("Running", { index: 1 }), pod("Running", { index: 1 }), pod("Running", { index: 2 })];
    const plan = planJob(job(indexed, { startTime: "2026-01-01T00:59:00Z", completedIndexes: "0" }), pods, nothing(), NOW);
    expect(plan.create).toEqual([3]);
    expect(plan.remove).toHaveLength(1);
  });

  test("waits longer after each failure, up to the limit", () => {
    const once = planJob(job({}), [pod("Failed", { endedAgo: 4 })], nothing(), NOW);
    expect([once.create.length, once.requeueAfterMs]).toEqual([0, 6000]);
    const twice = planJob(job({}), [pod("Failed", { endedAgo: 30 }), pod("Failed", { endedAgo: 4 })], nothing(), NOW);
    expect(twice.requeueAfterMs).toBe(16_000);
    expect(planJob(job({}), [pod("Failed")], nothing(), NOW).create).toHaveLength(1);
    const over = planJob(job({ backoffLimit: 1 }), [pod("Failed"), pod("Failed")], nothing(), NOW);
    expect(over.verdict).toMatchObject({ type: "Failed", reason: "BackoffLimitExceeded" });
  });

  test("follows the failure policy", () => {
    const rules = [
      { action: "Ignore" as const, onPodConditions: [{ type: "DisruptionTarget" }] },
      { action: "FailJob" as const, onExitCodes: { operator: "In" as const, values: [42] } },
    ];
    const ignored = planJob(job({ backoffLimit: 0, podFailurePolicy: { rules } }), [pod("Failed", { disrupted: true })], nothing(), NOW);
    expect([ignored.verdict, ignored.failed]).toEqual([undefined, 0]);
    const fatal = planJob(job({ podFailurePolicy: { rules } }), [pod("Failed", { exitCode: 42 })], nothing(), NOW);
    expect(fatal.verdict).toMatchObject({
      reason: "PodFailurePolicy",
      message: expect.stringContaining("failed with exit code 42 matching FailJob rule at index 1"),
    });
  });

  test("ends a work queue when its pods have ended and one succeeded", () => {
    const queue = { completions: undefined, parallelism: 3 };
    const busy = planJob(job(queue), [pod("Succeeded"), pod("Running")], nothing(), NOW);
    expect([busy.verdict, busy.create.length]).toEqual([undefined, 0]);
    expect(planJob(job(queue), [pod("Succeeded"), pod("Succeeded")], nothing(), NOW).verdict).toMatchObject({ type: "Complete" });
  });

  test("honors limits by index, success policies, the deadline and suspension", () => {
    const indexed = { completionMode: "Indexed" as const, completions: 2, parallelism: 2 };
    const failing = [pod("Failed", { index: 0 }), pod("Succeeded", { index: 1 })];
    const limited = planJob(job({ ...indexed, backoffLimitPerIndex: 0 }), failing, nothing(), NOW);
    expect(limited.verdict).toMatchObject({ reason: "FailedIndexes" });
    const policy = { rules: [{ succeededIndexes: "1" }] };
    expect(planJob(job({ ...indexed, successPolicy: policy }), failing, nothing(), NOW).verdict).toMatchObject({ reason: "SuccessPolicy" });
    const late = planJob(job({ activeDeadlineSeconds: 60 }), [pod("Running")], nothing(), NOW);
    expect(late.verdict).toMatchObject({ reason: "DeadlineExceeded" });
    const asleep = planJob(job({ suspend: true }), [pod("Running")], nothing(), NOW);
    expect([asleep.create.length, asleep.remove.length]).toEqual([0, 1]);
  });
});
