/** Runs (backend/api/v2beta1/run.proto). */
import type { Kysely } from "kysely";
import { SkiffError } from "../../../lib/errors.ts";
import { newUid, randomSuffix } from "../../../lib/ids.ts";
import type { Engine } from "../engine/engine.ts";
import { toDnsLabel } from "../engine/task-ids.ts";
import type { RunStore } from "../store/run-store.ts";
import type { RunRow, Schema } from "../store/schema.ts";
import { toRun } from "../store/wire.ts";
import { getExperiment, isUniqueViolation } from "./experiments.ts";
import type { Call, Handler } from "./handler.ts";
import { listRows, toListMessage, type Listable } from "./listing.ts";
import { readBody, textField } from "./message.ts";
import { createRunEvents } from "./run-events.ts";
import { readRunFields, readSubmission } from "./submission.ts";

const LISTABLE: Listable = {
  table: "runs",
  type: "Run",
  id: "run_id",
  heavy: ["pipeline_spec", "platform_spec", "given_parameters"],
  fields: {
    id: "run_id",
    run_id: "run_id",
    name: "display_name",
    display_name: "display_name",
    created_at: "created_at",
    finished_at: "finished_at",
    scheduled_at: "scheduled_at",
    description: "description",
    storage_state: "storage_state",
    status: "state",
    state: "state",
    namespace: "namespace",
    experiment_id: "experiment_id",
  },
};

export type RunRoute = "createRun" | "listRuns" | "getRun" | "deleteRun" | "archiveRun" | "unarchiveRun" | "terminateRun" | "watchRun";

export interface RunOptions {
  readonly store: Kysely<Schema>;
  readonly runs: RunStore;
  readonly engine: Engine;
  readonly now: () => Date;
}

// Pod names are made of it, with the task's name behind.
const JOB_NAME_LENGTH = 30;

const newJobName = (pipeline: string): string => `${toDnsLabel(pipeline, JOB_NAME_LENGTH)}-${randomSuffix()}`;
const NAME_ATTEMPTS = 5;

/** The handlers of runs. */
export function runHandlers({ store, runs, engine, now }: RunOptions): Record<RunRoute, Handler> {
  const watch = createRunEvents({ runs, engine });
  const authorizedRun = async ({ params, authorize }: Call): Promise<RunRow> => {
    const row = await runs.get(params["run_id"] ?? "");
    await authorize(row.namespace);
    return row;
  };
  /** Five random letters meet again after some thousand runs of one pipeline: then others are tried. */
  const insertRun = async (row: RunRow, pipeline: string): Promise<RunRow> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await runs.insert(row);
        return row;
      } catch (error) {
        if (!isUniqueViolation(error) || attempt === NAME_ATTEMPTS) throw error;
        row.job_name = newJobName(pipeline);
      }
    }
  };
  return {
    createRun: async ({ request, user, authorize }) => {
      const fields = readRunFields(await readBody(request));
      const experimentId = textField(fields, "experiment_id");
      if (experimentId === "") throw new SkiffError("BadRequest", "Experiment id can not be empty in multi-user mode");
      const experiment = await getExperiment(store, experimentId);
      await authorize(experiment.namespace);
      const submission = readSubmission(fields);
      const at = now().toISOString();
      const row: RunRow = {
        run_id: newUid(),
        experiment_id: experimentId,
        namespace: experiment.namespace,
        display_name: submission.displayName,
        description: submission.description,
        storage_state: "AVAILABLE",
        service_account: submission.serviceAccount,
        job_name: newJobName(submission.spec.pipelineInfo.name),
        created_at: at,
        scheduled_at: at,
        finished_at: "",
        state: "PENDING",
        error: "",
        state_history: JSON.stringify([{ update_time: at, state: "PENDING" }]),
        pipeline_spec: JSON.stringify(submission.rawSpec),
        platform_spec: JSON.stringify(submission.platform),
        given_parameters: JSON.stringify(submission.given),
        parameters: JSON.stringify(submission.parameters),
        pipeline_root: submission.pipelineRoot,
        created_by: user,
      };
      const stored = await insertRun(row, submission.spec.pipelineInfo.name);
      engine.submit(stored.run_id);
      return Response.json(toRun(stored));
    },
    listRuns: async ({ url, authorize }) => {
      const experimentId = url.searchParams.get("experiment_id") ?? url.searchParams.get("experimentId") ?? "";
      const namespace = url.searchParams.get("namespace") ?? "";
      let scope: Record<string, string>;
      if (experimentId !== "") {
        const experiment = await getExperiment(store, experimentId);
        await authorize(experiment.namespace);
        if (namespace !== "" && namespace !== experiment.namespace) {
          throw new SkiffError(
            "BadRequest",
            `Experiment ${experimentId} belongs to namespace '${experiment.namespace}' instead of '${namespace}'`,
          );
        }
        scope = { experiment_id: experimentId };
      } else {
        if (namespace === "") throw new SkiffError("BadRequest", "A run cannot have an empty namespace in multi-user mode");
        await authorize(namespace);
        scope = { namespace };
      }
      const page = await listRows<RunRow>(store, LISTABLE, url.searchParams, scope);
      return Response.json(toListMessage("runs", page, (row) => toRun(row)));
    },
    getRun: async (call) => {
      const row = await authorizedRun(call);
      return Response.json(toRun(row, await runs.tasks(row.run_id)));
    },
    deleteRun: async (call) => {
      await engine.remove((await authorizedRun(call)).run_id);
      return Response.json({});
    },
    archiveRun: async (call) => {
      await runs.setStorageState((await authorizedRun(call)).run_id, "ARCHIVED");
      return Response.json({});
    },
    unarchiveRun: async (call) => {
      const row = await authorizedRun(call);
      const experiment = await getExperiment(store, row.experiment_id);
      if (experiment.storage_state === "ARCHIVED") {
        throw new SkiffError(
          "Expired",
          `Failed to unarchive run ${row.run_id} as experiment ${row.experiment_id} must be un-archived first`,
        );
      }
      await runs.setStorageState(row.run_id, "AVAILABLE");
      return Response.json({});
    },
    terminateRun: async (call) => {
      await engine.terminate((await authorizedRun(call)).run_id);
      return Response.json({});
    },
    watchRun: async (call) => {
      const row = await authorizedRun(call);
      return watch({ runId: row.run_id, signal: call.request.signal, stillAllowed: () => call.authorize(row.namespace) });
    },
  };
}
