import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  JOBS,
  LEASES,
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  REPLICA_SETS,
  SERVICES,
  STATEFUL_SETS,
} from "../../../src/api/index.ts";
import { listKubectlBinaries } from "../../support/kubectl-binaries.ts";
import {
  createDataDir,
  eventually,
  kubectl,
  NAMESPACE,
  object,
  podsOf,
  reasonsOf,
  shell,
  startWorkloads,
  type WorkloadFixture,
} from "./testing/workload-fixture.ts";

const SLEEP = "trap 'exit 0' TERM; sleep 1000 & wait";
const directory = createDataDir();
let fixture: WorkloadFixture;
beforeAll(async () => {
  fixture = await startWorkloads(directory.path);
});
afterAll(async () => {
  await fixture.stop();
  directory.dispose();
});

describe("Deployments", () => {
  test("roll out, keep history, and are undone by kubectl", { timeout: 120_000 }, async ({ skip }) => {
    const binary = (await listKubectlBinaries()).at(-1)?.path;
    if (binary === undefined) return skip("needs kubectl");
    const { kube } = fixture;
    const labels = { app: "web" };
    await kube.create(
      DEPLOYMENTS,
      object(DEPLOYMENTS, "web", { spec: { replicas: 2, selector: { matchLabels: labels }, template: shell(labels, `: one; ${SLEEP}`) } }),
    );
    expect(await kubectl(binary, fixture, "rollout", "status", "deployment/web", "--timeout=50s")).toContain("successfully rolled out");
    await kube.patch(DEPLOYMENTS, { name: "web", namespace: NAMESPACE, type: "json" }, [
      { op: "replace", path: "/spec/template/spec/containers/0/command/2", value: `: two; ${SLEEP}` },
    ]);
    expect(await kubectl(binary, fixture, "rollout", "status", "deployment/web", "--timeout=50s")).toContain("successfully rolled out");
    expect(await kubectl(binary, fixture, "rollout", "history", "deployment/web")).toMatch(/^1 .*\n2 /m);
    expect(await kubectl(binary, fixture, "rollout", "undo", "deployment/web")).toContain("rolled back");
    await kubectl(binary, fixture, "rollout", "status", "deployment/web", "--timeout=50s");
    expect(await kubectl(binary, fixture, "rollout", "history", "deployment/web")).toMatch(/^2 .*\n3 /m);
    const running = await eventually(
      () => podsOf(kube, "app=web"),
      (pods) => pods.length === 2,
    );
    expect(running.every(({ spec }) => spec.containers[0]?.command?.[2]?.startsWith(": one"))).toBe(true);
    await kubectl(binary, fixture, "scale", "deployment/web", "--replicas=3");
    await kubectl(binary, fixture, "wait", "deployment/web", "--for=jsonpath={.status.availableReplicas}=3", "--timeout=50s");
    const sets = (await kube.list(REPLICA_SETS, { namespace: NAMESPACE })).items;
    expect(sets.map(({ spec }) => spec.replicas ?? 1).toSorted((a, b) => a - b)).toEqual([0, 3]);
    expect(await reasonsOf(kube, "Deployment", "web")).toContain("ScalingReplicaSet");
    await kubectl(binary, fixture, "delete", "deployment", "web", "--timeout=50s");
    await eventually(
      () => podsOf(kube, "app=web"),
      (pods) => pods.length === 0,
    );
  });

  test("Recreate lets nothing old run beside the new, and a deleted pod is replaced", async () => {
    const { kube } = fixture;
    const labels = { app: "single" };
    const spec = {
      replicas: 1,
      strategy: { type: "Recreate" as const },
      selector: { matchLabels: labels },
      template: shell(labels, `: one; ${SLEEP}`),
    };
    await kube.create(DEPLOYMENTS, object(DEPLOYMENTS, "single", { spec }));
    const available = () =>
      eventually(
        () => kube.get(DEPLOYMENTS, "single", NAMESPACE),
        ({ status, metadata }) =>
          status?.availableReplicas === 1 &&
          status.updatedReplicas === 1 &&
          status.replicas === 1 &&
          status.observedGeneration === metadata.generation,
      );
    await available();
    const [first] = await podsOf(kube, "app=single");
    await kube.delete(PODS, first?.metadata.name ?? "", { namespace: NAMESPACE });
    await eventually(
      () => podsOf(kube, "app=single"),
      (pods) => pods.length === 1 && pods[0]?.metadata.uid !== first?.metadata.uid && pods[0]?.status?.phase === "Running",
    );
    await kube.patch(DEPLOYMENTS, { name: "single", namespace: NAMESPACE, type: "json" }, [
      { op: "replace", path: "/spec/template/spec/containers/0/command/2", value: `: two; ${SLEEP}` },
    ]);
    let most = 0;
    await eventually(
      async () => {
        const pods = await podsOf(kube, "app=single");
        most = Math.max(most, pods.length);
        return pods;
      },
      (pods) =>
        pods.length === 1 && pods[0]?.status?.phase === "Running" && pods[0].spec.containers[0]?.command?.[2]?.startsWith(": two") === true,
    );
    expect(most).toBe(1);
    await kube.delete(DEPLOYMENTS, "single", { namespace: NAMESPACE });
  });

  test("a rollout that makes no progress says so, a paused one waits", async () => {
    const { kube } = fixture;
    const labels = { app: "stuck" };
    const template = shell(labels, SLEEP);
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    await kube.create(DEPLOYMENTS, object(DEPLOYMENTS, "stuck", { spec: { ...spec, progressDeadlineSeconds: 2, minReadySeconds: 1 } }));
    const condition = (reason: string) =>
      eventually(
        () => kube.get(DEPLOYMENTS, "stuck", NAMESPACE),
        ({ status }) => status?.conditions?.find(({ type }) => type === "Progressing")?.reason === reason,
      );
    await condition("NewReplicaSetAvailable");
    const setImage = (image: string) =>
      kube.patch(DEPLOYMENTS, { name: "stuck", namespace: NAMESPACE, type: "json" }, [
        { op: "replace", path: "/spec/template/spec/containers/0/image", value: image },
      ]);
    await setImage("nobody/knows:this");
    const stuck = await condition("ProgressDeadlineExceeded");
    expect(stuck.status).toMatchObject({ updatedReplicas: 1, availableReplicas: 1, unavailableReplicas: 1 });
    await kube.patch(DEPLOYMENTS, { name: "stuck", namespace: NAMESPACE }, { spec: { paused: true } });
    await setImage("bash");
    const paused = await eventually(
      () => kube.get(DEPLOYMENTS, "stuck", NAMESPACE),
      ({ status, metadata }) => status?.observedGeneration === metadata.generation,
    );
    expect(paused.status?.updatedReplicas ?? 0).toBe(0);
    await kube.patch(DEPLOYMENTS, { name: "stuck", namespace: NAMESPACE }, { spec: { paused: false } });
    await condition("NewReplicaSetAvailable");
    const running = (await podsOf(kube, "app=stuck")).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    expect(running.map((pod) => pod.spec.containers[0]?.image)).toEqual(["bash"]);
    await kube.delete(DEPLOYMENTS, "stuck", { namespace: NAMESPACE });
  });
});

describe("Jobs", () => {
  test("an Indexed job runs each index once", async () => {
    const { kube } = fixture;
    const template = shell({ job: "indexed" }, "echo index $JOB_COMPLETION_INDEX", "Never");
    await kube.create(JOBS, object(JOBS, "indexed", { spec: { completions: 4, parallelism: 2, completionMode: "Indexed", template } }));
    const job = await eventually(
      () => kube.get(JOBS, "indexed", NAMESPACE),
      ({ status }) => status?.conditions?.some(({ type }) => type === "Complete") === true,
    );
    expect(job.status).toMatchObject({ succeeded: 4, completedIndexes: "0-3" });
    const pods = await podsOf(kube, "job=indexed");
    expect(pods).toHaveLength(4);
    const logs = await Promise.all(
      pods.map(async ({ metadata }) =>
        (await kube.fetch(new Request(`https://k/api/v1/namespaces/${NAMESPACE}/pods/${metadata.name}/log`))).text(),
      ),
    );
    expect(logs.toSorted()).toEqual(["index 0\n", "index 1\n", "index 2\n", "index 3\n"]);
    expect(await reasonsOf(kube, "Job", "indexed")).toEqual(expect.arrayContaining(["SuccessfulCreate", "Completed"]));
  });

  test("failures count against the limit, and a job counts pods that were deleted", async () => {
    const { kube } = fixture;
    await kube.create(JOBS, object(JOBS, "broken", { spec: { backoffLimit: 0, template: shell({ job: "broken" }, "exit 3", "Never") } }));
    const broken = await eventually(
      () => kube.get(JOBS, "broken", NAMESPACE),
      ({ status }) => status?.conditions?.some(({ type }) => type === "Failed") === true,
    );
    expect(broken.status?.failed).toBe(1);
    expect(broken.status?.conditions?.find(({ type }) => type === "Failed")).toMatchObject({ reason: "BackoffLimitExceeded" });
    expect(await podsOf(kube, "job=broken")).toHaveLength(1);

    await kube.create(JOBS, object(JOBS, "slow", { spec: { completions: 2, template: shell({ job: "slow" }, "sleep 1", "Never") } }));
    await eventually(
      () => kube.get(JOBS, "slow", NAMESPACE),
      ({ status }) => status?.succeeded === 1,
    );
    const done = (await podsOf(kube, "job=slow")).find(({ status }) => status?.phase === "Succeeded");
    await kube.delete(PODS, done?.metadata.name ?? "", { namespace: NAMESPACE, gracePeriodSeconds: 0 });
    const slow = await eventually(
      () => kube.get(JOBS, "slow", NAMESPACE),
      ({ status }) => status?.conditions?.some(({ type }) => type === "Complete") === true,
    );
    expect(slow.status?.succeeded).toBe(2);
    expect(await podsOf(kube, "job=slow")).toHaveLength(1);
  });

  test("a failure policy, a deadline, suspension and the time to live are honored", async () => {
    const { kube } = fixture;
    const condition = (name: string, type: string) =>
      eventually(
        () => kube.get(JOBS, name, NAMESPACE),
        ({ status }) => status?.conditions?.some((one) => one.type === type && one.status === "True") === true,
      );
    const podFailurePolicy = { rules: [{ action: "FailJob" as const, onExitCodes: { operator: "In" as const, values: [42] } }] };
    await kube.create(JOBS, object(JOBS, "policy", { spec: { podFailurePolicy, template: shell({ job: "policy" }, "exit 42", "Never") } }));
    const policy = await condition("policy", "Failed");
    expect(policy.status?.conditions?.find(({ type }) => type === "Failed")).toMatchObject({ reason: "PodFailurePolicy" });

    await kube.create(JOBS, object(JOBS, "late", { spec: { activeDeadlineSeconds: 1, template: shell({ job: "late" }, SLEEP, "Never") } }));
    const late = await condition("late", "Failed");
    expect(late.status?.conditions?.find(({ type }) => type === "Failed")).toMatchObject({ reason: "DeadlineExceeded" });
    expect(late.status?.active ?? 0).toBe(0);

    const spec = { suspend: true, ttlSecondsAfterFinished: 1, template: shell({ job: "later" }, "exit 0", "Never") };
    await kube.create(JOBS, object(JOBS, "later", { spec }));
    await condition("later", "Suspended");
    expect(await podsOf(kube, "job=later")).toHaveLength(0);
    await kube.patch(JOBS, { name: "later", namespace: NAMESPACE }, { spec: { suspend: false } });
    await condition("later", "Complete");
    await eventually(
      () => kube.find(JOBS, "later", NAMESPACE),
      (job) => job === undefined,
    );
    await eventually(
      () => podsOf(kube, "job=later"),
      (pods) => pods.length === 0,
    );
  });
});

test("StatefulSets start in order, keep names and claims, and update from the end", { timeout: 60_000 }, async () => {
  const { kube } = fixture;
  const labels = { app: "db" };
  await kube.create(
    STATEFUL_SETS,
    object(STATEFUL_SETS, "db", {
      spec: { replicas: 3, serviceName: "db", selector: { matchLabels: labels }, template: shell(labels, SLEEP) },
    }),
  );
  const ready = (revision?: string) =>
    eventually(
      () => kube.get(STATEFUL_SETS, "db", NAMESPACE),
      ({ status }) =>
        status?.readyReplicas === 3 && status.currentRevision === status.updateRevision && status.currentRevision !== revision,
    );
  const { status } = await ready();
  const pods = await podsOf(kube, "app=db");
  expect(pods.map(({ metadata }) => metadata.name).toSorted()).toEqual(["db-0", "db-1", "db-2"]);
  const times = pods
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map(({ metadata }) => Number(metadata.resourceVersion));
  expect(times).toHaveLength(3);
  await kube.patch(STATEFUL_SETS, { name: "db", namespace: NAMESPACE, type: "json" }, [
    { op: "replace", path: "/spec/template/spec/containers/0/command/2", value: `: two; ${SLEEP}` },
  ]);
  await ready(status?.currentRevision);
  expect((await podsOf(kube, "app=db")).every(({ spec }) => spec.containers[0]?.command?.[2]?.startsWith(": two"))).toBe(true);
  await kube.patch(STATEFUL_SETS, { name: "db", namespace: NAMESPACE }, { spec: { replicas: 1 } });
  await eventually(
    () => podsOf(kube, "app=db"),
    (left) => left.length === 1 && left[0]?.metadata.name === "db-0",
  );
  const claim = { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } };
  const template = shell({ app: "kept" }, SLEEP);
  await kube.create(
    STATEFUL_SETS,
    object(STATEFUL_SETS, "kept", {
      spec: {
        selector: { matchLabels: { app: "kept" } },
        serviceName: "kept",
        template,
        volumeClaimTemplates: [{ apiVersion: "v1", kind: "PersistentVolumeClaim", ...claim }],
      },
    }),
  );
  const [pod] = await eventually(
    () => podsOf(kube, "app=kept"),
    (made) => made.length === 1,
  );
  expect(pod?.spec.volumes).toContainEqual({ name: "data", persistentVolumeClaim: { claimName: "data-kept-0" } });
  expect(await kube.find(PERSISTENT_VOLUME_CLAIMS, "data-kept-0", NAMESPACE)).toBeDefined();
});

test("a DaemonSet has one pod, a Service its endpoints, the machine a node with a lease", async () => {
  const { kube } = fixture;
  const labels = { app: "agent" };
  const template = shell(labels, SLEEP);
  await kube.create(DAEMON_SETS, object(DAEMON_SETS, "agent", { spec: { selector: { matchLabels: labels }, template } }));
  await kube.create(SERVICES, object(SERVICES, "agent", { spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } }));
  await eventually(
    () => kube.get(DAEMON_SETS, "agent", NAMESPACE),
    ({ status }) => status?.numberAvailable === 1 && status.desiredNumberScheduled === 1,
  );
  const endpoints = await eventually(
    () => kube.find(ENDPOINTS, "agent", NAMESPACE),
    (found) => found?.subsets?.[0]?.addresses?.length === 1,
  );
  expect(endpoints?.subsets?.[0]?.ports).toEqual([{ port: 8080, protocol: "TCP" }]);
  const slices = await eventually(
    () => kube.list(ENDPOINT_SLICES, { namespace: NAMESPACE, labelSelector: "kubernetes.io/service-name=agent" }),
    ({ items }) => items[0]?.endpoints?.length === 1 && items[0].endpoints[0]?.conditions?.ready === true,
  );
  expect(slices.items[0]?.endpoints?.[0]?.addresses).toEqual(["127.0.0.1"]);
  await kube.delete(DAEMON_SETS, "agent", { namespace: NAMESPACE });
  await eventually(
    () => kube.find(ENDPOINTS, "agent", NAMESPACE),
    (found) => found?.subsets === undefined || found.subsets.length === 0,
  );
  await kube.delete(SERVICES, "agent", { namespace: NAMESPACE });
  await eventually(
    () => kube.find(ENDPOINTS, "agent", NAMESPACE),
    (found) => found === undefined,
  );
  const node = await kube.get(NODES, "skiff");
  expect(node.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
  expect(await kube.find(LEASES, "skiff", "kube-node-lease")).toBeDefined();
});

test("CronJobs without a due time wait, and say when a schedule is none", async () => {
  const { kube } = fixture;
  const jobTemplate = { spec: { template: shell({}, "exit 0", "Never") } };
  await kube.create(CRON_JOBS, object(CRON_JOBS, "odd", { spec: { schedule: "61 * * * *", jobTemplate } }));
  await eventually(
    () => reasonsOf(kube, "CronJob", "odd"),
    (reasons) => reasons.includes("UnparseableSchedule"),
  );
});
