/** Runs, their tasks and their artifacts in SQL. Each method is one transaction. */
import { transact } from "../../../kit/index.ts";
import type { Kysely } from "kysely";
import type { RpcStatus, RuntimeState, RuntimeStatus } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import type { TaskNode } from "../engine/run-state.ts";
import type { ArtifactRow, RunRow, Schema } from "./schema.ts";
import { toTaskNode, toTaskRow } from "./task-rows.ts";

interface RunChange {
  readonly state: RuntimeState;
  readonly history: readonly RuntimeStatus[];
  readonly error: RpcStatus | undefined;
  readonly finishedAt: string;
}

export interface RunStore {
  /** Throws NotFound when the run's experiment has been deleted. */
  insert(row: RunRow): Promise<void>;
  find(runId: string): Promise<RunRow | undefined>;
  /** Throws NotFound with upstream's text. */
  get(runId: string): Promise<RunRow>;
  tasks(runId: string): Promise<TaskNode[]>;
  /** Artifacts that a run has made or reused. */
  artifacts(runId: string): Promise<ArtifactRow[]>;
  findArtifact(artifactId: string): Promise<ArtifactRow | undefined>;
  /** True when a pod's name is that of a task of a run in this namespace; `runId` "" means any run. */
  hasPod(namespace: string, podName: string, runId: string): Promise<boolean>;
  /** The newest good execution of a namespace with this cache key. */
  findCached(namespace: string, cacheKey: string): Promise<TaskNode | undefined>;
  /** True when tasks of other runs have taken outputs of this run. */
  isReused(runId: string): Promise<boolean>;
  /** Ids of runs that have not ended. */
  openRuns(): Promise<string[]>;
  /** One tick of a run: changed tasks, new artifacts and the run's own state, all or nothing. */
  commit(runId: string, tasks: readonly TaskNode[], artifacts: readonly ArtifactRow[], run?: RunChange): Promise<void>;
  setStorageState(runId: string, state: RunRow["storage_state"]): Promise<void>;
  /** Deletes the records of a run; `keepArtifacts` leaves those of its artifacts. */
  delete(runId: string, keepArtifacts: boolean): Promise<void>;
}

// SQLite takes 32,766 variables in one statement; a task has 21.
const CHUNK = 500;

function chunks<T>(items: readonly T[]): T[][] {
  const out: T[][] = [];
  for (let start = 0; start < items.length; start += CHUNK) out.push(items.slice(start, start + CHUNK));
  return out;
}

/** Creates the store of runs on an open database. */
export function createRunStore(store: Kysely<Schema>): RunStore {
  const runs: RunStore = {
    insert: async (row) => {
      await transact(store, async (trx) => {
        await trx.insertInto("runs").values(row).execute();
        const { numUpdatedRows } = await trx
          .updateTable("experiments")
          .set({ last_run_created_at: row.created_at })
          .where("experiment_id", "=", row.experiment_id)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) throw new SkiffError("NotFound", `ResourceNotFoundError: Experiment ${row.experiment_id} not found`);
      });
    },
    find: (runId) => store.selectFrom("runs").selectAll().where("run_id", "=", runId).executeTakeFirst(),
    get: async (runId) => {
      const row = await runs.find(runId);
      if (!row) throw new SkiffError("NotFound", `ResourceNotFoundError: Run ${runId} not found`);
      return row;
    },
    tasks: async (runId) => {
      const rows = await store.selectFrom("tasks").selectAll().where("run_id", "=", runId).orderBy("seq").execute();
      return rows.map(toTaskNode);
    },
    artifacts: async (runId) => {
      const own = await store
        .selectFrom("artifacts")
        .selectAll()
        .where("run_id", "=", runId)
        .orderBy("created_at")
        .orderBy("artifact_id")
        .execute();
      const cached = await store.selectFrom("tasks").selectAll().where("run_id", "=", runId).where("cached", "=", 1).execute();
      const ids = cached.flatMap((row) =>
        Object.values(toTaskNode(row).outputs.artifacts).flatMap((list) => list.map(({ id }) => id ?? "")),
      );
      for (const part of chunks(ids))
        own.push(...(await store.selectFrom("artifacts").selectAll().where("artifact_id", "in", part).execute()));
      return own;
    },
    findArtifact: (artifactId) => store.selectFrom("artifacts").selectAll().where("artifact_id", "=", artifactId).executeTakeFirst(),
    hasPod: async (namespace, podName, runId) => {
      let query = store.selectFrom("tasks").innerJoin("runs", "runs.run_id", "tasks.run_id").select("tasks.task_id");
      query = query.where("runs.namespace", "=", namespace).where("tasks.pod_name", "=", podName);
      if (runId !== "") query = query.where("runs.run_id", "=", runId);
      return (await query.limit(1).executeTakeFirst()) !== undefined;
    },
    findCached: async (namespace, cacheKey) => {
      const row = await store
        .selectFrom("tasks")
        .innerJoin("runs", "runs.run_id", "tasks.run_id")
        .selectAll("tasks")
        .where("tasks.cache_key", "=", cacheKey)
        .where("runs.namespace", "=", namespace)
        .where((where) => where.or([where("tasks.state", "=", "SUCCEEDED"), where("tasks.cached", "=", 1)]))
        .orderBy("tasks.ended_at", "desc")
        .limit(1)
        .executeTakeFirst();
      return row ? toTaskNode(row) : undefined;
    },
    isReused: async (runId) => {
      const row = await store
        .selectFrom("tasks as mine")
        .innerJoin("tasks as theirs", "theirs.cache_key", "mine.cache_key")
        .select("theirs.task_id")
        .where("mine.run_id", "=", runId)
        .where("mine.cache_key", "!=", "")
        .where("theirs.run_id", "!=", runId)
        .where("theirs.cached", "=", 1)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    openRuns: async () => {
      const rows = await store
        .selectFrom("runs")
        .select("run_id")
        .where("state", "in", ["PENDING", "RUNNING", "CANCELING", "PAUSED"])
        .execute();
      return rows.map(({ run_id }) => run_id);
    },
    commit: async (runId, tasks, artifacts, run) => {
      if (tasks.length === 0 && artifacts.length === 0 && !run) return;
      await transact(store, async (trx) => {
        for (const part of chunks(tasks)) {
          const rows = part.map((node) => toTaskRow(runId, node));
          await trx
            .insertInto("tasks")
            .values(rows)
            .onConflict((conflict) =>
              conflict.column("task_id").doUpdateSet((excluded) => ({
                state: excluded.ref("excluded.state"),
                entered: excluded.ref("excluded.entered"),
                attempt: excluded.ref("excluded.attempt"),
                retries: excluded.ref("excluded.retries"),
                delay_ms: excluded.ref("excluded.delay_ms"),
                pod_name: excluded.ref("excluded.pod_name"),
                pod_uid: excluded.ref("excluded.pod_uid"),
                started_at: excluded.ref("excluded.started_at"),
                ended_at: excluded.ref("excluded.ended_at"),
                cache_key: excluded.ref("excluded.cache_key"),
                cached: excluded.ref("excluded.cached"),
                detail: excluded.ref("excluded.detail"),
              })),
            )
            .execute();
        }
        for (const part of chunks(artifacts)) {
          await trx
            .insertInto("artifacts")
            .values(part)
            .onConflict((conflict) => conflict.column("artifact_id").doNothing())
            .execute();
        }
        if (run) {
          await trx
            .updateTable("runs")
            .set({
              state: run.state,
              state_history: JSON.stringify(run.history),
              error: run.error ? JSON.stringify(run.error) : "",
              finished_at: run.finishedAt,
            })
            .where("run_id", "=", runId)
            .execute();
        }
      });
    },
    setStorageState: async (runId, state) => {
      await store.updateTable("runs").set({ storage_state: state }).where("run_id", "=", runId).execute();
    },
    delete: async (runId, keepArtifacts) => {
      await transact(store, async (trx) => {
        if (!keepArtifacts) await trx.deleteFrom("artifacts").where("run_id", "=", runId).execute();
        await trx.deleteFrom("tasks").where("run_id", "=", runId).execute();
        await trx.deleteFrom("runs").where("run_id", "=", runId).execute();
      });
    },
  };
  return runs;
}
