/** Every route of the pipelines API × every kind of caller. A route that is added to the table without a rule here fails. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { definitionOf, NAMESPACES, ROLE_BINDINGS, SERVICE_ACCOUNTS, type Experiment, type Run } from "../../../src/api/index.ts";
import { openCluster, type Cluster } from "../../../src/cluster/index.ts";
import { POD_LOG_ROUTE, ROUTES, type RouteName } from "../../../src/components/pipelines/http/routes.ts";
import { createPipelines } from "../../../src/components/pipelines/index.ts";
import { createDirectoryBlobStore, openSqlite, type Component } from "../../../src/kit/index.ts";
import { createLog } from "../../../src/lib/log.ts";
import { pipelineOf } from "./shell-pipeline.ts";

const CANARY = "canary-7f3a";
const ARTIFACT = "11111111-2222-4333-8444-555555555555";

type Name = RouteName | "podLogs";
interface Rule {
  /** Whether a viewer of the namespace may; editors may do everything, others nothing. */
  readonly viewer: boolean;
  readonly path: (ids: { experiment: string; run: string }) => string;
  readonly body?: (ids: { experiment: string }) => unknown;
}
const run = (rest = "", viewer = true): Rule => ({ viewer, path: (ids) => `/v2beta1/runs/${ids.run}${rest}` });
const experiment = (rest = "", viewer = true): Rule => ({ viewer, path: (ids) => `/v2beta1/experiments/${ids.experiment}${rest}` });

/** Deletions last: the editor goes through them in this order. */
const RULES: Record<Exclude<Name, "healthz" | "healthzV1">, Rule> = {
  createExperiment: { viewer: false, path: () => "/v2beta1/experiments", body: () => ({ display_name: "second", namespace: "team" }) },
  listExperiments: { viewer: true, path: () => "/v2beta1/experiments?namespace=team" },
  getExperiment: experiment(),
  archiveExperiment: experiment(":archive", false),
  unarchiveExperiment: experiment(":unarchive", false),
  createRun: {
    viewer: false,
    path: () => "/v2beta1/runs",
    body: (ids) => ({
      experiment_id: ids.experiment,
      display_name: `r ${CANARY}`,
      pipeline_spec: pipelineOf({ a: { script: "true" } }),
      runtime_config: { parameters: { text: CANARY } },
    }),
  },
  listRuns: { viewer: true, path: () => "/v2beta1/runs?namespace=team" },
  getRun: run(),
  watchRun: run("/events"),
  listArtifacts: run("/artifacts"),
  getArtifact: { viewer: true, path: () => `/v2beta1/artifacts/${ARTIFACT}` },
  readArtifact: { viewer: true, path: () => `/v2beta1/artifacts/${ARTIFACT}/content` },
  readTaskLog: { viewer: true, path: (ids) => `/v2beta1/runs/${ids.run}/tasks/${TASK}/log` },
  podLogs: { viewer: true, path: () => "/pod/logs?podname=pod-of-team&podnamespace=team" },
  archiveRun: run(":archive", false),
  unarchiveRun: run(":unarchive", false),
  terminateRun: run(":terminate", false),
  deleteRun: run("", false),
  deleteExperiment: experiment("", false),
};
const TASK = "99999999-2222-4333-8444-555555555555";

let dataDir: string;
let cluster: Cluster;
let component: Component;
const stopping = new AbortController();
let loops: Promise<void>[] = [];
const ids = { experiment: "", run: "" };

const methodOf = (name: Name): string => (name === "podLogs" ? POD_LOG_ROUTE.method : ROUTES[name].method);

async function call(prefix: string, method: string, path: string, headers: Record<string, string>, body?: unknown) {
  const mount = component.mounts?.find((one) => one.prefix === prefix);
  const gone = new AbortController();
  const request = new Request(`http://x${prefix}${path}`, {
    method,
    headers,
    signal: gone.signal,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await mount?.fetch?.(request);
  if (!response) throw new Error(`no mount at ${prefix}`);
  // A stream's first part is enough; nothing here runs, so it would not end.
  const reader = response.body?.getReader();
  const part = await reader?.read();
  gone.abort();
  await reader?.cancel().catch(() => undefined);
  return { status: response.status, text: new TextDecoder().decode(part?.value ?? new Uint8Array()) };
}

const as = (user: string): Record<string, string> => ({ "kubeflow-userid": user });

async function tokenOf(namespace: string, name: string, audience: string): Promise<Record<string, string>> {
  const answer = await cluster.admin.fetch(
    new Request(`http://x/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: [audience] } }),
    }),
  );
  const { status } = (await answer.json()) as { status: { token: string } };
  return { authorization: `Bearer ${status.token}` };
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "skiff-access-"));
  const log = createLog({ level: "error" });
  cluster = await openCluster({
    dataDir: join(dataDir, "cluster"),
    log,
    addresses: ["127.0.0.1"],
    podLogs: () => new Response(CANARY) as never,
  });
  const kube = cluster.admin;
  for (const name of ["kubeflow", "team", "other"]) {
    await kube.ensure(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await kube.ensure(SERVICE_ACCOUNTS, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default-editor", namespace: name },
    });
  }
  for (const [user, role, namespace] of [
    ["ann", "edit", "team"],
    ["vic", "view", "team"],
    ["bea", "edit", "other"],
    ["system:serviceaccount:team:default-editor", "edit", "team"],
    ["system:serviceaccount:other:default-editor", "edit", "other"],
  ] as const) {
    await kube.ensure(ROLE_BINDINGS, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: `${user.split(":").at(-1)}-${role}`, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `kubeflow-pipelines-${role}` },
      subjects: [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }],
    });
  }
  const blobs = createDirectoryBlobStore(join(dataDir, "blobs"));
  component = await createPipelines({ kube: cluster.clientOf("kubeflow", "ml-pipeline"), dataDir, blobs, log });
  for (const object of component.objects ?? []) await kube.ensure(definitionOf(object), object);
  await component.start?.();
  loops = cluster.loops.map((loop) => loop.run(stopping.signal));
  const made = await call("/apis", "POST", "/v2beta1/experiments", as("ann"), { display_name: CANARY, namespace: "team" });
  ids.experiment = (JSON.parse(made.text) as Experiment).experiment_id;
  const submitted = await call("/apis", "POST", "/v2beta1/runs", as("ann"), RULES.createRun.body?.(ids));
  ids.run = (JSON.parse(submitted.text) as Run).run_id;
  // The engine does not run here: what its steps would leave is put down by hand.
  const database = openSqlite(join(dataDir, "pipelines.db"));
  database.exec(`insert into artifacts (artifact_id, run_id, namespace, name, uri, metadata)
    values ('${ARTIFACT}', '${ids.run}', 'team', '${CANARY}', '/skiff/artifacts/p/data', '{}')`);
  database.exec(`insert into tasks (task_id, run_id, kind, name, state, pod_name, detail, iteration)
    values ('${TASK}', '${ids.run}', 'EXECUTOR', '${CANARY}', 'PENDING', 'pod-of-team', '{}', -1)`);
  database.close();
  await blobs.put("team/v2/artifacts/p/data", CANARY);
});

afterAll(async () => {
  stopping.abort();
  await Promise.allSettled(loops);
  await component.stop?.();
  await cluster.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const PREFIXES = ["/pipeline/apis", "/apis"];
const names = Object.keys(RULES) as (keyof typeof RULES)[];
const send = (name: keyof typeof RULES, headers: Record<string, string>, prefix = "/apis") => {
  const rule = RULES[name];
  return call(name === "podLogs" ? "/pipeline/k8s" : prefix, methodOf(name), rule.path(ids), headers, rule.body?.(ids));
};

describe("the table", () => {
  test("has a rule here for every route, and nothing is served beside it", async () => {
    expect(new Set([...names, "healthz", "healthzV1"])).toEqual(new Set([...Object.keys(ROUTES), "podLogs"]));
    const declared = (component.mounts ?? []).flatMap(({ routes }) => routes ?? []);
    for (const { path, resource, verb } of declared) {
      expect([path, resource === undefined, verb === undefined]).toEqual([path, path.endsWith("/healthz"), path.endsWith("/healthz")]);
    }
    for (const method of ["PUT", "PATCH", "TRACE-ISH", "DELETE"]) {
      const { status } = await call("/apis", method, "/v2beta1/runs", as("ann"));
      expect([method, status]).toEqual([method, 501]);
    }
    for (const path of ["/v2beta1/nothing", "/v2beta1/runs/", `/v2beta1/runs/${ids.run}:unknown`, "/v1beta1/runs", "/"]) {
      expect([path, (await call("/apis", "GET", path, as("ann"))).status]).toEqual([path, 404]);
    }
  });
});

describe("strangers", () => {
  const strangers: Record<string, () => Promise<{ headers: Record<string, string>; status: 401 | 403 }>> = {
    "nobody at all": () => Promise.resolve({ headers: {}, status: 401 }),
    "an empty name": () => Promise.resolve({ headers: { "kubeflow-userid": "" }, status: 401 }),
    "a token that is none": () => Promise.resolve({ headers: { authorization: "Bearer x.y.z" }, status: 401 }),
    "a good account's token for another audience": async () => ({
      headers: await tokenOf("team", "default-editor", "elsewhere"),
      status: 401,
    }),
    "an account of another namespace": async () => ({
      headers: await tokenOf("other", "default-editor", "pipelines.kubeflow.org"),
      status: 403,
    }),
    "an editor of another namespace": () => Promise.resolve({ headers: as("bea"), status: 403 }),
    "a name in other case": () => Promise.resolve({ headers: as("ANN"), status: 403 }),
    "groups that are users": () => Promise.resolve({ headers: { ...as("eve"), "kubeflow-groups": "ann,system:nobody" }, status: 403 }),
  };
  for (const [who, prepare] of Object.entries(strangers)) {
    test(`${who}: refused everywhere, and told nothing`, async () => {
      const { headers, status } = await prepare();
      for (const name of names) {
        for (const prefix of PREFIXES) {
          const answer = await send(name, headers, prefix);
          expect([name, answer.status, answer.text]).toEqual([name, status, expect.not.stringContaining(CANARY)]);
        }
      }
    });
  }

  test("filters and page tokens of another namespace open nothing", async () => {
    await call("/apis", "POST", "/v2beta1/experiments", as("ann"), { display_name: `${CANARY} 2`, namespace: "team" });
    const first = await call("/apis", "GET", "/v2beta1/experiments?namespace=team&page_size=1", as("ann"));
    const { next_page_token } = JSON.parse(first.text) as { next_page_token: string };
    const stolen = await call("/apis", "GET", `/v2beta1/experiments?namespace=other&page_size=1&page_token=${next_page_token}`, as("bea"));
    expect(stolen).toMatchObject({ status: 400, text: expect.not.stringContaining(CANARY) });
    for (const predicate of [
      { key: "namespace", operation: "EQUALS", string_value: "team" },
      { key: "namespace", operation: "NOT_EQUALS", string_value: "x" },
      { key: "name", operation: "IS_SUBSTRING", string_value: "%" },
      { key: "name", operation: "EQUALS", string_value: "x' or 1=1 --" },
    ]) {
      const filter = encodeURIComponent(JSON.stringify({ predicates: [predicate] }));
      for (const kind of ["experiments", "runs"]) {
        const answer = await call("/apis", "GET", `/v2beta1/${kind}?namespace=other&filter=${filter}`, as("bea"));
        expect([answer.status, answer.text]).toEqual([200, "{}"]);
      }
    }
    const mixed = await call("/apis", "GET", `/v2beta1/runs?namespace=other&experiment_id=${ids.experiment}`, as("bea"));
    expect(mixed.status).toBe(403);
    const body = { ...(RULES.createRun.body?.(ids) as object), namespace: "other" };
    expect((await call("/apis", "POST", "/v2beta1/runs", as("bea"), body)).status).toBe(400);
  });
});

test("a viewer reads and changes nothing; an editor does everything", async () => {
  for (const name of names) {
    const { status } = await send(name, as("vic"));
    const { viewer } = RULES[name];
    expect([name, status === 403]).toEqual([name, !viewer]);
  }
  const account = await tokenOf("team", "default-editor", "pipelines.kubeflow.org");
  for (const name of names) {
    const { status, text } = await send(name, name === "getRun" ? account : as("ann"));
    expect([name, [200, 404].includes(status), text]).toEqual([name, true, expect.any(String)]);
    expect([name, status]).toEqual([name, ["readTaskLog", "podLogs"].includes(name) ? status : 200]);
  }
});
