/**
 * Pipelines: the Kubeflow Pipelines API v2beta1 for experiments and runs, and the durable engine that runs compiled pipelines,
 * one pod per task. Owns the intermediate representation, the scheduler, the records of tasks and artifacts, and the two
 * helper programs of every step. Leaves pods to the cluster, sessions to the gateway, and pages to the dashboard.
 */
import { join } from "node:path";
import { openSqlStore, type BlobStore, type Component, type KubeClient, type Mount, type RouteRule } from "../../kit/index.ts";
import type { Log } from "../../lib/log.ts";
import { createEngine } from "./engine/engine.ts";
import { artifactHandlers } from "./http/artifacts.ts";
import { createCallerChecks } from "./http/caller.ts";
import { createEdge } from "./http/edge.ts";
import { experimentHandlers } from "./http/experiments.ts";
import { podLogHandler, taskLogHandler } from "./http/logs.ts";
import { POD_LOG_ROUTE, ROUTES, type Route } from "./http/routes.ts";
import { runHandlers } from "./http/runs.ts";
import { PIPELINE_OBJECTS } from "./objects.ts";
import { createInputsStep } from "./steps/inputs.ts";
import { INPUTS_IMAGE, OUTPUTS_IMAGE } from "./steps/layout.ts";
import { createOutputsStep } from "./steps/outputs.ts";
import { createRunStore } from "./store/run-store.ts";
import { MIGRATIONS, type Schema } from "./store/schema.ts";

export interface PipelinesOptions {
  /** Acts as system:serviceaccount:kubeflow:ml-pipeline. */
  readonly kube: KubeClient;
  /** Folder of `pipelines.db`. */
  readonly dataDir: string;
  readonly blobs: BlobStore;
  readonly log: Log;
  readonly now?: () => Date;
}

const HEALTH = { commit_sha: "skiff", tag_name: "skiff", multi_user: true, pipeline_store: "database" };

const toRule = ({ method, path, resource, verb }: Route): RouteRule => ({
  method,
  path,
  ...(resource === undefined ? {} : { resource, verb: verb ?? "" }),
});

/** Opens the database and declares the component. The caller serves its mounts, registers its builtins and runs its loops. */
export async function createPipelines({ kube, dataDir, blobs, log, now = () => new Date() }: PipelinesOptions): Promise<Component> {
  const store = await openSqlStore<Schema>({ file: join(dataDir, "pipelines.db"), migrations: MIGRATIONS });
  const runs = createRunStore(store);
  const engine = createEngine({ kube, runs, blobs, log: log.with({ component: "pipelines" }), now });
  const healthz = (): Response => Response.json(HEALTH);
  const edge = createEdge({
    checks: createCallerChecks(kube, now),
    log: log.with({ component: "pipelines" }),
    handlers: {
      healthz,
      healthzV1: healthz,
      ...experimentHandlers({ store, engine, now }),
      ...runHandlers({ store, runs, engine, now }),
      ...artifactHandlers({ runs, blobs }),
      readTaskLog: taskLogHandler({ kube, runs }),
    },
    podLogs: podLogHandler({ kube, runs }),
  });
  const apiMount = (prefix: string): Mount => ({
    prefix,
    access: "identity",
    api: true,
    open: [ROUTES.healthz.path, ROUTES.healthzV1.path],
    routes: Object.values(ROUTES).map(toRule),
    unauthenticated: edge.unauthenticated(prefix),
    fetch: edge.api(prefix),
  });
  return {
    name: "pipelines",
    objects: PIPELINE_OBJECTS,
    mounts: [
      apiMount("/pipeline/apis"),
      apiMount("/apis"),
      {
        prefix: "/pipeline/k8s",
        access: "identity",
        api: true,
        routes: [toRule(POD_LOG_ROUTE)],
        unauthenticated: edge.unauthenticated("/pipeline/k8s"),
        fetch: edge.podLogs("/pipeline/k8s"),
      },
    ],
    builtins: { [INPUTS_IMAGE]: createInputsStep(blobs), [OUTPUTS_IMAGE]: createOutputsStep(blobs) },
    loops: engine.loops,
    checks: [{ name: "pipelines database", check: async () => void (await store.selectFrom("runs").select("run_id").limit(1).execute()) }],
    start: () => engine.start(),
    stop: () => store.destroy(),
  };
}
