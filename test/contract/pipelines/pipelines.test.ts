/** The component over a real embedded cluster with real pods: API, engine and helpers of steps together. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  definitionOf,
  NAMESPACES,
  PODS,
  ROLE_BINDINGS,
  SERVICE_ACCOUNTS,
  type Artifact,
  type Experiment,
  type Run,
  type TaskDetail,
} from "../../../src/api/index.ts";
import { openCluster, type Cluster } from "../../../src/cluster/index.ts";
import { createPodRuntime, type PodRuntime } from "../../../src/cluster/pods/index.ts";
import { createDirectoryBlobStore, type Component } from "../../../src/kit/index.ts";
import { delay } from "../../../src/lib/backoff.ts";
import { createLog } from "../../../src/lib/log.ts";
import { createPipelines } from "../../../src/components/pipelines/index.ts";
import { pipelineOf, type StepSpec } from "./shell-pipeline.ts";

const log = createLog({ level: process.env["PIPELINES_TEST_LOG"] === undefined ? "error" : "debug" });
const DEADLINE_MS = 20_000;
vi.setConfig({ testTimeout: 3 * DEADLINE_MS });

let dataDir: string;
let cluster: Cluster;
let runtime: PodRuntime;
let component: Component;
let stopComponent: () => Promise<void>;
const stopping = new AbortController();
const running: Promise<void>[] = [];

async function startComponent(): Promise<void> {
  const abort = new AbortController();
  const blobs = createDirectoryBlobStore(join(dataDir, "blobs"));
  const created = await createPipelines({ kube: cluster.clientOf("kubeflow", "ml-pipeline"), dataDir, blobs, log });
  component = created;
  for (const object of created.objects ?? []) await cluster.admin.ensure(definitionOf(object), object);
  await created.start?.();
  const loops = (created.loops ?? []).map((loop) => loop.run(abort.signal));
  stopComponent = async () => {
    abort.abort();
    await Promise.all(loops);
    await created.stop?.();
  };
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "skiff-pipelines-"));
  cluster = await openCluster({
    dataDir: join(dataDir, "cluster"),
    log,
    addresses: ["127.0.0.1"],
    podLogs: (pod, wish) => runtime.logs(pod, wish),
  });
  const kube = cluster.admin;
  for (const name of ["kubeflow", "team", "other"])
    await kube.ensure(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await kube.ensure(SERVICE_ACCOUNTS, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default-editor", namespace: "team" },
  });
  for (const [user, role] of [
    ["ann", "edit"],
    ["vic", "view"],
    ["system:serviceaccount:team:default-editor", "edit"],
  ] as const) {
    await kube.ensure(ROLE_BINDINGS, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: `${user.split(":").at(-1)}-${role}`, namespace: "team" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `kubeflow-pipelines-${role}` },
      subjects: [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }],
    });
  }
  await startComponent();
  runtime = createPodRuntime({
    kube,
    dataDir,
    log,
    // The component that is running now: a restarted one takes over its helpers too.
    builtins: Object.fromEntries(
      Object.keys(component.builtins ?? {}).map((image) => [
        image,
        (context) => component.builtins?.[image]?.(context) ?? Promise.resolve(1),
      ]),
    ),
    issueToken: (request) => cluster.issueToken(request),
    caFile: cluster.caFile,
    apiServer: () => ({ host: "127.0.0.1", port: 6443 }),
  });
  await runtime.start();
  for (const loop of [...cluster.loops, ...runtime.loops]) running.push(loop.run(stopping.signal));
}, 60_000);

afterAll(async () => {
  await stopComponent();
  stopping.abort();
  await runtime.stop();
  await Promise.allSettled(running);
  await cluster.close();
  rmSync(dataDir, { recursive: true, force: true });
}, 30_000);

interface Wish {
  readonly user?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

async function send(method: string, path: string, { user = "ann", body, headers = {}, signal }: Wish = {}): Promise<Response> {
  const mount = component.mounts?.find(({ prefix }) => path.startsWith(`${prefix}/`));
  if (!mount?.fetch) throw new Error(`no mount serves ${path}`);
  return mount.fetch(
    new Request(`http://skiff${path}`, {
      method,
      headers: { ...(user === null ? {} : { "kubeflow-userid": user }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    }),
  );
}

const read = async <T>(response: Promise<Response>, status = 200): Promise<T> => {
  const answer = await response;
  const text = await answer.text();
  expect(`${answer.status} ${text.slice(0, 500)}`).toMatch(new RegExp(`^${status} `));
  return JSON.parse(text) as T;
};

const V2 = "/pipeline/apis/v2beta1";

let serial = 0;
const newExperiment = (): Promise<Experiment> =>
  read(send("POST", `${V2}/experiments`, { body: { display_name: `e${serial++}`, namespace: "team" } }));

async function createRun(steps: Record<string, StepSpec>, parameters: Record<string, unknown> = {}): Promise<Run> {
  const { experiment_id } = await newExperiment();
  return read(
    send("POST", `${V2}/runs`, {
      body: { experiment_id, display_name: "r", pipeline_spec: pipelineOf(steps), runtime_config: { parameters } },
    }),
  );
}

const getRun = (runId: string): Promise<Run> => read(send("GET", `${V2}/runs/${runId}`));

async function waitForRun(
  runId: string,
  done: (run: Run) => boolean = ({ state }) => state === "SUCCEEDED" || state === "FAILED",
): Promise<Run> {
  const until = Date.now() + DEADLINE_MS;
  for (;;) {
    const run = await getRun(runId);
    if (done(run)) return run;
    if (Date.now() > until) throw new Error(`the run did not get there: ${JSON.stringify(run, undefined, 1).slice(0, 4000)}`);
    await delay(25);
  }
}

const taskOf = (run: Run, name: string): TaskDetail => {
  const task = run.run_details?.task_details.find(({ task_name }) => task_name === name);
  if (!task) throw new Error(`no task ${name}`);
  return task;
};

test("health is open, unknown routes reach nothing", async () => {
  expect(await read(send("GET", `${V2}/healthz`, { user: null }))).toMatchObject({ multi_user: true, pipeline_store: "database" });
  expect((await send("GET", "/apis/v1beta1/healthz", { user: null })).status).toBe(200);
  expect(await read(send("GET", `${V2}/nothing`), 404)).toEqual({ code: 5, message: "Not Found", details: [] });
  expect(await read(send("PUT", `${V2}/runs`), 501)).toMatchObject({ code: 12, message: "Method Not Allowed" });
});

test("identity comes first, then permission, with upstream's texts", async () => {
  const refused = await send("GET", `${V2}/runs?namespace=team`, { user: null });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("www-authenticate")).toContain("no user identity header");
  const body = (await refused.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ code: 16, error: body["message"] });
  expect(body["message"]).toContain("Failed to check authorization. User identity is empty in the request header");
  expect((await send("GET", `${V2}/runs/00000000-0000-0000-0000-000000000000`, { user: null })).status).toBe(401);
  await read(send("GET", `${V2}/runs/00000000-0000-0000-0000-000000000000`), 404);
  const denied = await read<{ message: string; code: number }>(send("GET", `${V2}/runs?namespace=other`), 403);
  expect(denied.code).toBe(7);
  expect(denied.message).toContain("User 'ann' is not authorized with reason: ");
  expect(denied.message).toContain(
    "(request: &ResourceAttributes{Namespace:other,Verb:list,Group:pipelines.kubeflow.org,Version:v1beta1,Resource:runs,Subresource:,Name:,})",
  );
  expect((await read<{ message: string }>(send("GET", `${V2}/runs`), 400)).message).toContain(
    "A run cannot have an empty namespace in multi-user mode",
  );
});

test("a ServiceAccount token needs the API's audience", async () => {
  const issue = (audiences?: string[]): Promise<string> =>
    cluster.issueToken({
      namespace: "team",
      serviceAccount: "default-editor",
      expirationSeconds: 600,
      ...(audiences ? { audiences } : {}),
    });
  const list = (token: string): Promise<Response> =>
    send("GET", `${V2}/runs?namespace=team`, { user: null, headers: { authorization: `Bearer ${token}` } });
  expect((await list(await issue(["pipelines.kubeflow.org"]))).status).toBe(200);
  expect((await list(await issue())).status).toBe(401);
  expect((await list("nonsense")).status).toBe(401);
});

test("experiments: names, filters, sorting, pages, roles", async () => {
  const create = (name: string, user = "ann") =>
    send("POST", `${V2}/experiments`, { user, body: { displayName: name, namespace: "team" } });
  for (const name of ["list-a", "list-b", "list-c"]) await read(create(name));
  expect((await read<{ message: string }>(create("list-a"), 409)).message).toContain(
    "The name list-a already exists. Please specify a new name",
  );
  expect((await create("by-viewer", "vic")).status).toBe(403);
  const list = (query: Record<string, string>) =>
    read<{ experiments?: Experiment[]; total_size?: number; next_page_token?: string }>(
      send("GET", `${V2}/experiments?${new URLSearchParams({ namespace: "team", ...query }).toString()}`, { user: "vic" }),
    );
  const filter = (predicate: unknown) => ({ filter: JSON.stringify({ predicates: [predicate] }) });
  const names = async (query: Record<string, string>) => (await list(query)).experiments?.map(({ display_name }) => display_name);
  expect(await names(filter({ operation: 1, key: "display_name", stringValue: "list-b" }))).toEqual(["list-b"]);
  expect(await names(filter({ op: "EQUALS", key: "name", string_value: "list-b" }))).toEqual(["list-b"]);
  expect(await names(filter({ operation: "IN", key: "name", stringValues: { values: ["list-a", "list-c"] } }))).toEqual([
    "list-a",
    "list-c",
  ]);
  expect(await list(filter({ operation: 1, key: "name", stringValue: "no such" }))).toEqual({});
  const substring = filter({ operation: "IS_SUBSTRING", key: "display_name", stringValue: "list-" });
  const first = await list({ ...substring, page_size: "2", sort_by: "display_name desc" });
  expect(first.experiments?.map(({ display_name }) => display_name)).toEqual(["list-c", "list-b"]);
  expect(first.total_size).toBe(3);
  const second = await list({ ...substring, page_size: "2", sort_by: "display_name desc", page_token: first.next_page_token ?? "" });
  expect(second.experiments?.map(({ display_name }) => display_name)).toEqual(["list-a"]);
  expect(second.next_page_token).toBeUndefined();
  const refused = (query: Record<string, string>) =>
    read<{ message: string }>(send("GET", `${V2}/experiments?${new URLSearchParams({ namespace: "team", ...query }).toString()}`), 400);
  expect((await refused({ page_token: first.next_page_token ?? "" })).message).toContain("page token does not match");
  expect((await refused({ sort_by: "nope" })).message).toContain('Invalid sorting field: "nope" on listable type Experiment');
  expect((await refused(filter({ operation: 1, key: "nope", stringValue: "" }))).message).toContain(
    'no support for filtering on unrecognized field "nope"',
  );
  expect(
    (await read<{ message: string }>(send("POST", `${V2}/experiments`, { body: { name: "x", namespace: "team" } }), 400)).message,
  ).toContain('unknown field "name"');
});

test("submissions are checked before anything runs", async () => {
  const { experiment_id } = await newExperiment();
  const spec = pipelineOf({ a: { script: "true" } });
  const submit = (fields: Record<string, unknown>, status: number) =>
    read<{ message: string }>(
      send("POST", `${V2}/runs`, { body: { experiment_id, display_name: "r", pipeline_spec: spec, ...fields } }),
      status,
    );
  expect((await submit({ runtime_config: { parameters: { nope: 1 } } }, 400)).message).toContain(
    "parameter(s) provided are not required by pipeline: nope",
  );
  expect((await submit({ runtime_config: { parameters: { text: 1 } } }, 400)).message).toContain(
    "input parameter text requires type string, but",
  );
  expect((await submit({ pipeline_spec: { schemaVersion: "2.0.0" } }, 400)).message).toContain("KFP only supports schema version 2.1.0");
  expect((await submit({ pipeline_version_reference: { pipeline_id: "x" } }, 501)).message).toContain("not served yet");
  expect((await submit({ experiment_id: "" }, 400)).message).toContain("Experiment id can not be empty in multi-user mode");
  expect((await submit({ service_account: "../x" }, 400)).message).toContain("invalid service account");
});

test("a run: parameters and artifacts flow, details and contents can be read", async () => {
  const created = await createRun(
    {
      make: { script: 'echo "making $0"; printf "%s!" "$0" > "$1"; printf 42 > "$2"', artifact: true, output: true },
      show: { script: 'echo "got $(cat "$1")"', artifactFrom: "make" },
    },
    { text: 'it\'s "fine" $HOME' },
  );
  expect(created).toMatchObject({
    state: "PENDING",
    finished_at: "1970-01-01T00:00:00Z",
    namespace: "team",
    service_account: "default-editor",
  });
  const events = await send("GET", `${V2}/runs/${created.run_id}/events`);
  const run = await waitForRun(created.run_id);
  expect(run.error).toBeUndefined();
  expect(run.state).toBe("SUCCEEDED");
  expect(run.state_history.map(({ state }) => state)).toEqual(["PENDING", "RUNNING", "SUCCEEDED"]);
  const make = taskOf(run, "make");
  const root = taskOf(run, "root");
  expect(make).toMatchObject({
    type: "EXECUTOR",
    state: "SUCCEEDED",
    parent_task_id: root.task_id,
    output_parameters: { out: 42 },
    input_parameters: { text: 'it\'s "fine" $HOME' },
  });
  expect(root.child_tasks).toHaveLength(2);
  const show = taskOf(run, "show");
  expect(show.depends_on).toEqual(["make"]);
  expect(show.inputs?.["data"]).toEqual(make.outputs?.["data"]);

  const { artifacts } = await read<{ artifacts: Artifact[] }>(send("GET", `${V2}/runs/${run.run_id}/artifacts`, { user: "vic" }));
  const [artifact] = artifacts;
  expect(artifact).toMatchObject({ name: "data", type: "system.Dataset", size: "18", directory: false, task_id: make.task_id });
  expect(make.outputs?.["data"]?.artifact_ids).toEqual([artifact?.artifact_id]);
  const content = `${V2}/artifacts/${artifact?.artifact_id}/content`;
  const whole = await send("GET", content);
  expect(await whole.text()).toBe('it\'s "fine" $HOME!');
  expect(whole.headers.get("content-security-policy")).toContain("sandbox");
  const part = await send("GET", content, { headers: { range: "bytes=5-10" } });
  expect([part.status, await part.text(), part.headers.get("content-range")]).toEqual([206, '"fine"', "bytes 5-10/18"]);
  expect((await send("GET", content, { user: "eve" })).status).toBe(403);

  const logOf = async (task: TaskDetail, user = "ann") => send("GET", task.log_url ?? "", { user });
  expect(await (await logOf(show)).text()).toBe('got it\'s "fine" $HOME!\n');
  expect(await (await send("GET", `${make.log_url}?follow=true`)).text()).toBe('making it\'s "fine" $HOME\n');
  expect((await logOf(show, "eve")).status).toBe(403);
  const query = new URLSearchParams({ podname: show.pod_name ?? "", podnamespace: "team", runid: run.run_id }).toString();
  expect(await (await send("GET", `/pipeline/k8s/pod/logs?${query}`)).text()).toContain("got it's");
  expect((await send("GET", "/pipeline/k8s/pod/logs?podname=x")).status).toBe(422);
  expect((await send("GET", "/pipeline/k8s/pod/logs?podname=x&podnamespace=team")).status).toBe(404);
  expect((await send("GET", "/pipeline/k8s/pod/logs?podname=x&podnamespace=other")).status).toBe(403);

  const stream = await events.text();
  expect(stream.startsWith("event: run\n")).toBe(true);
  expect(stream.endsWith("event: end\ndata: {}\n\n")).toBe(true);
});

test("a failing step fails the run with its code and its last words; a retry can save it", async () => {
  const failed = await waitForRun(
    (await createRun({ bad: { script: "echo oh no; exit 3" }, next: { script: "true", after: ["bad"] } })).run_id,
  );
  expect(failed.state).toBe("FAILED");
  expect(taskOf(failed, "bad").error?.message).toBe("the step ended with exit code 3; its last lines: oh no");
  expect(failed.error?.message).toContain("exit code 3");
  expect(taskOf(failed, "next").state).toBe("SKIPPED");
  const saved = await waitForRun(
    (await createRun({ flaky: { script: 'echo "try $KFP_RETRY_INDEX"; test "$KFP_RETRY_INDEX" = 1', retries: 2 } })).run_id,
  );
  expect(saved.state).toBe("SUCCEEDED");
  expect(
    taskOf(saved, "flaky")
      .state_history.map(({ state }) => state)
      .filter((state) => state === "PENDING"),
  ).toHaveLength(2);
});

test("an output that was never written fails the task", async () => {
  const run = await waitForRun((await createRun({ quiet: { script: "true", output: true } })).run_id);
  expect(taskOf(run, "quiet").error?.message).toContain("without writing its output parameter out");
});

test("an artifact that is a link to something else is not taken", async () => {
  const run = await waitForRun((await createRun({ sly: { script: 'ln -s /etc/passwd "$1"', artifact: true } })).run_id);
  expect(run.state).toBe("FAILED");
  expect(run.error?.message).toContain("symbolic link");
});

test("terminate: CANCELING at once, FAILED in the end, again is fine", async () => {
  const { run_id } = await createRun({ long: { script: "sleep 300" }, next: { script: "true", after: ["long"] } });
  await waitForRun(
    run_id,
    (run) => run.run_details?.task_details.some(({ task_name, state }) => task_name === "long" && state === "RUNNING") ?? false,
  );
  expect((await send("POST", `${V2}/runs/${run_id}:terminate`, { user: "vic" })).status).toBe(403);
  expect(await read(send("POST", `${V2}/runs/${run_id}:terminate`))).toEqual({});
  const run = await waitForRun(run_id);
  expect(run.state).toBe("FAILED");
  expect(run.state_history.map(({ state }) => state)).toEqual(["PENDING", "RUNNING", "CANCELING", "FAILED"]);
  expect(taskOf(run, "long").state).toBe("CANCELED");
  expect(await read(send("POST", `${V2}/runs/${run_id}:terminate`))).toEqual({});
});

test("a restarted component goes on where the other one was, and runs no step twice", async () => {
  const { run_id } = await createRun({
    first: { script: "echo once" },
    slow: { script: "sleep 1; echo done", after: ["first"] },
    last: { script: "true", after: ["slow"] },
  });
  const before = await waitForRun(
    run_id,
    (run) => run.run_details?.task_details.some(({ task_name, state }) => task_name === "slow" && state === "RUNNING") ?? false,
  );
  await stopComponent();
  await startComponent();
  const run = await waitForRun(run_id);
  expect(run.state).toBe("SUCCEEDED");
  expect(taskOf(run, "slow").pod_name).toBe(taskOf(before, "slow").pod_name);
  const { items } = await cluster.admin.list(PODS, { namespace: "team", labelSelector: `pipeline/runid=${run_id}` });
  expect(items).toHaveLength(3);
});

test("a pod that somebody deletes is replaced; an image that nobody runs fails the step", async () => {
  const { run_id } = await createRun({ long: { script: "sleep 1; echo end" } });
  const run = await waitForRun(
    run_id,
    (one) => one.run_details?.task_details.some(({ task_name, state }) => task_name === "long" && state === "RUNNING") ?? false,
  );
  await cluster.admin.delete(PODS, taskOf(run, "long").pod_name ?? "", { namespace: "team" });
  const ended = await waitForRun(run_id);
  expect(ended.state).toBe("SUCCEEDED");
  expect(taskOf(ended, "long").pod_name).not.toBe(taskOf(run, "long").pod_name);

  const spec = pipelineOf({ a: { script: "true" } }) as { deploymentSpec: { executors: Record<string, { container: { image: string } }> } };
  for (const executor of Object.values(spec.deploymentSpec.executors)) executor.container.image = "registry.example.com/nobody/knows:1";
  const { experiment_id } = await newExperiment();
  const stuck = await read<Run>(
    send("POST", `${V2}/runs`, {
      body: { experiment_id, display_name: "r", pipeline_spec: { pipeline_spec: spec, platform_spec: { platforms: {} } } },
    }),
  );
  const failed = await waitForRun(stuck.run_id);
  expect(failed.state).toBe("FAILED");
  expect(failed.error?.message).toContain("ErrImageNeverPull");
});

test("archive, unarchive, delete", async () => {
  const run = await waitForRun((await createRun({ a: { script: "true" } })).run_id);
  const { run_id, experiment_id } = run;
  await read(send("POST", `${V2}/runs/${run_id}:archive`));
  expect((await getRun(run_id)).storage_state).toBe("ARCHIVED");
  await read(send("POST", `${V2}/experiments/${experiment_id}:archive`));
  expect((await read<{ message: string; code: number }>(send("POST", `${V2}/runs/${run_id}:unarchive`), 400)).code).toBe(9);
  await read(send("POST", `${V2}/experiments/${experiment_id}:unarchive`));
  await read(send("POST", `${V2}/runs/${run_id}:unarchive`));
  expect((await getRun(run_id)).storage_state).toBe("AVAILABLE");
  await read(send("DELETE", `${V2}/experiments/${experiment_id}`));
  await read(send("GET", `${V2}/runs/${run_id}`), 404);
  await read(send("GET", `${V2}/experiments/${experiment_id}`), 404);
});

test("outputs are reused when a task asks for it and nothing around it forbids it", async () => {
  const spec = (options: unknown): unknown => {
    const pipeline = pipelineOf({
      make: { script: 'printf cached > "$1"; printf 7 > "$2"', artifact: true, output: true },
      show: { script: 'cat "$1"', artifactFrom: "make" },
    }) as { root: { dag: { tasks: Record<string, Record<string, unknown>> } } };
    for (const task of Object.values(pipeline.root.dag.tasks)) task["cachingOptions"] = options;
    return pipeline;
  };
  const submit = async (options: unknown, text: string): Promise<Run> => {
    const { experiment_id } = await newExperiment();
    const body = { experiment_id, display_name: "r", pipeline_spec: spec(options), runtime_config: { parameters: { text } } };
    return waitForRun((await read<Run>(send("POST", `${V2}/runs`, { body }))).run_id);
  };
  const states = (run: Run): string[] => [taskOf(run, "make").state, taskOf(run, "show").state];
  const first = await submit({ enableCache: true }, "same");
  const second = await submit({ enableCache: true }, "same");
  expect([states(first), states(second)]).toEqual([
    ["SUCCEEDED", "SUCCEEDED"],
    ["SKIPPED", "SKIPPED"],
  ]);
  expect(second.state).toBe("SUCCEEDED");
  expect(taskOf(second, "make")).toMatchObject({ output_parameters: { out: 7 }, outputs: taskOf(first, "make").outputs });
  expect(states(await submit({ enableCache: true }, "other"))).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  expect(states(await submit({}, "same"))).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  // The bytes stay while another run shows them.
  await read(send("DELETE", `${V2}/runs/${first.run_id}`));
  const { artifacts } = await read<{ artifacts: Artifact[] }>(send("GET", `${V2}/runs/${second.run_id}/artifacts`));
  expect(await (await send("GET", `${V2}/artifacts/${artifacts[0]?.artifact_id}/content`)).text()).toBe("cached");
});
