/** Tables of the pipelines component and how they came to be. Values that clients never filter by are JSON in text columns. */
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { RuntimeState, StorageState } from "../../../api/index.ts";
import type { TaskKind } from "../engine/run-state.ts";

export interface ExperimentRow {
  experiment_id: string;
  namespace: string;
  display_name: string;
  description: string;
  created_at: string;
  last_run_created_at: string;
  storage_state: StorageState;
}

export interface RunRow {
  run_id: string;
  experiment_id: string;
  namespace: string;
  display_name: string;
  description: string;
  storage_state: StorageState;
  service_account: string;
  job_name: string;
  created_at: string;
  scheduled_at: string;
  finished_at: string;
  state: RuntimeState;
  /** RpcStatus or "". */
  error: string;
  /** RuntimeStatus[] */
  state_history: string;
  /** The submitted pipeline spec, and its platform spec or "null". */
  pipeline_spec: string;
  platform_spec: string;
  /** Parameters as the client gave them, and with defaults. */
  given_parameters: string;
  parameters: string;
  pipeline_root: string;
  created_by: string;
}

export interface TaskRow {
  task_id: string;
  run_id: string;
  seq: number;
  parent_id: string;
  name: string;
  kind: TaskKind;
  component: string;
  iteration: number;
  state: RuntimeState;
  entered: number;
  attempt: number;
  retries: number;
  delay_ms: number;
  pod_name: string;
  pod_uid: string;
  created_at: string;
  started_at: string;
  ended_at: string;
  cache_key: string;
  cached: number;
  /** {dependsOn, inputs, outputs, error, reason, history} */
  detail: string;
}

export interface ArtifactRow {
  artifact_id: string;
  run_id: string;
  task_id: string;
  namespace: string;
  name: string;
  type: string;
  uri: string;
  metadata: string;
  created_at: string;
  size: number;
  directory: number;
}

export interface Schema {
  experiments: ExperimentRow;
  runs: RunRow;
  tasks: TaskRow;
  artifacts: ArtifactRow;
}

type Store = Kysely<Schema>;

async function createTables(store: Store): Promise<void> {
  const text = (name: string) => sql`${sql.ref(name)} text not null default ''`;
  const integer = (name: string) => sql`${sql.ref(name)} bigint not null default 0`;
  const table = async (name: keyof Schema, key: string, texts: string[], integers: string[]): Promise<void> => {
    const columns = [sql`${sql.ref(key)} text primary key`, ...texts.map(text), ...integers.map(integer)];
    await sql`create table ${sql.table(name)} (${sql.join(columns)})`.execute(store);
  };
  await table(
    "experiments",
    "experiment_id",
    ["namespace", "display_name", "description", "created_at", "last_run_created_at", "storage_state"],
    [],
  );
  await table(
    "runs",
    "run_id",
    "experiment_id namespace display_name description storage_state service_account job_name created_at scheduled_at finished_at state error state_history pipeline_spec platform_spec given_parameters parameters pipeline_root created_by".split(
      " ",
    ),
    [],
  );
  await table(
    "tasks",
    "task_id",
    ["run_id", "parent_id", "name", "kind", "component", "state", "pod_name", "pod_uid", "created_at", "started_at", "ended_at", "detail"],
    ["seq", "iteration", "entered", "attempt", "retries", "delay_ms"],
  );
  await table(
    "artifacts",
    "artifact_id",
    ["run_id", "task_id", "namespace", "name", "type", "uri", "metadata", "created_at"],
    ["size", "directory"],
  );
  await store.schema.createIndex("experiments_name").on("experiments").columns(["namespace", "display_name"]).unique().execute();
  await store.schema.createIndex("runs_job_name").on("runs").columns(["namespace", "job_name"]).unique().execute();
  await store.schema.createIndex("runs_experiment").on("runs").columns(["experiment_id", "created_at"]).execute();
  await store.schema.createIndex("runs_namespace").on("runs").columns(["namespace", "created_at"]).execute();
  await store.schema.createIndex("runs_state").on("runs").column("state").execute();
  await store.schema.createIndex("tasks_run").on("tasks").columns(["run_id", "seq"]).execute();
  await store.schema.createIndex("tasks_pod").on("tasks").column("pod_name").execute();
  await store.schema.createIndex("artifacts_run").on("artifacts").column("run_id").execute();
}

async function addCacheKeys(store: Store): Promise<void> {
  await sql`alter table tasks add column cache_key text not null default ''`.execute(store);
  await sql`alter table tasks add column cached bigint not null default 0`.execute(store);
  await store.schema.createIndex("tasks_cache_key").on("tasks").columns(["cache_key", "ended_at"]).execute();
}

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-experiments-runs-tasks-artifacts": { up: (store) => createTables(store as Store) },
  "0002-task-cache-keys": { up: (store) => addCacheKeys(store as Store) },
};
