import { afterEach, expect, test } from "vitest";
import { CRON_JOBS, JOBS, type CronJob } from "../../../src/api/index.ts";
import { createDataDir, eventually, NAMESPACE, object, reasonsOf, shell, startWorkloads } from "./testing/workload-fixture.ts";

const disposers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const dispose of disposers.splice(0).toReversed()) await dispose();
});

const jobTemplate = (script: string): CronJob["spec"]["jobTemplate"] => ({ spec: { template: shell({}, script, "Never") } });

test("CronJobs start a job at the minute, follow a clock that jumps, and tidy up", { timeout: 90_000 }, async () => {
  const { path, dispose } = createDataDir();
  disposers.push(dispose);
  // The controllers' clock stands two seconds before a minute begins.
  let offset = 60_000 - ((Date.now() + 2000) % 60_000);
  const fixture = await startWorkloads(path, () => Date.now() + offset);
  disposers.push(() => fixture.stop());
  const { kube } = fixture;
  const jobsOf = async (name: string): Promise<string[]> => {
    const { items } = await kube.list(JOBS, { namespace: NAMESPACE });
    return items.filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === name).map(({ metadata }) => metadata.name);
  };
  const spec = { schedule: "* * * * *", successfulJobsHistoryLimit: 1 };
  await kube.create(CRON_JOBS, object(CRON_JOBS, "tick", { spec: { ...spec, jobTemplate: jobTemplate("exit 0") } }));
  await kube.create(
    CRON_JOBS,
    object(CRON_JOBS, "busy", { spec: { ...spec, concurrencyPolicy: "Forbid", jobTemplate: jobTemplate("sleep 600") } }),
  );
  await kube.create(CRON_JOBS, object(CRON_JOBS, "asleep", { spec: { ...spec, suspend: true, jobTemplate: jobTemplate("exit 0") } }));
  const [first] = await eventually(
    () => jobsOf("tick"),
    (jobs) => jobs.length === 1,
  );
  const [busy] = await eventually(
    () => jobsOf("busy"),
    (jobs) => jobs.length === 1,
  );
  await eventually(
    () => kube.get(CRON_JOBS, "tick", NAMESPACE),
    ({ status }) => status?.lastSuccessfulTime !== undefined && status.active === undefined,
  );
  // Ten minutes are skipped: one job makes up for them. A write wakes the controllers, as the minute would.
  offset += 600_000;
  for (const name of ["tick", "busy"])
    await kube.patch(CRON_JOBS, { name, namespace: NAMESPACE }, { metadata: { labels: { woken: "yes" } } });
  await eventually(
    () => jobsOf("tick"),
    (jobs) => jobs.length === 1 && jobs[0] !== first,
  );
  await eventually(
    () => reasonsOf(kube, "CronJob", "busy"),
    (reasons) => reasons.includes("JobAlreadyActive"),
  );
  expect(await jobsOf("busy")).toEqual([busy]);
  expect(await jobsOf("asleep")).toEqual([]);
  const wanted = ["SuccessfulCreate", "SawCompletedJob", "SuccessfulDelete"];
  await eventually(
    () => reasonsOf(kube, "CronJob", "tick"),
    (reasons) => wanted.every((reason) => reasons.includes(reason)),
  );
});
