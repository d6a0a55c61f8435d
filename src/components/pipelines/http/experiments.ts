/** Experiments: the folders that runs are grouped in (backend/api/v2beta1/experiment.proto). */
import type { Kysely } from "kysely";
import { transact } from "../../../kit/index.ts";
import { isReason, SkiffError } from "../../../lib/errors.ts";
import { newUid } from "../../../lib/ids.ts";
import type { Engine } from "../engine/engine.ts";
import type { ExperimentRow, Schema } from "../store/schema.ts";
import { toExperiment } from "../store/wire.ts";
import type { Handler } from "./handler.ts";
import { listRows, toListMessage, type Listable } from "./listing.ts";
import { readBody, readFields, textField } from "./message.ts";

const LISTABLE: Listable = {
  table: "experiments",
  type: "Experiment",
  id: "experiment_id",
  fields: {
    id: "experiment_id",
    experiment_id: "experiment_id",
    name: "display_name",
    display_name: "display_name",
    created_at: "created_at",
    last_run_created_at: "last_run_created_at",
    description: "description",
    namespace: "namespace",
    storage_state: "storage_state",
  },
};

const FIELDS = ["experiment_id", "display_name", "description", "created_at", "namespace", "storage_state", "last_run_created_at"];

export type ExperimentRoute =
  | "createExperiment"
  | "listExperiments"
  | "getExperiment"
  | "deleteExperiment"
  | "archiveExperiment"
  | "unarchiveExperiment";

export interface ExperimentOptions {
  readonly store: Kysely<Schema>;
  readonly engine: Engine;
  readonly now: () => Date;
}

/** Reads an experiment. Throws NotFound with upstream's text. */
export async function getExperiment(store: Kysely<Schema>, id: string): Promise<ExperimentRow> {
  const row = await store.selectFrom("experiments").selectAll().where("experiment_id", "=", id).executeTakeFirst();
  if (!row) throw new SkiffError("NotFound", `ResourceNotFoundError: Experiment ${id} not found`);
  return row;
}

/** True when a row with the same unique columns exists (SQLite's and PostgreSQL's code). */
export const isUniqueViolation = (error: unknown): boolean =>
  ["SQLITE_CONSTRAINT_UNIQUE", "23505"].includes((error as { code?: string }).code ?? "");

/** The handlers of experiments. */
export function experimentHandlers({ store, engine, now }: ExperimentOptions): Record<ExperimentRoute, Handler> {
  const setState = async (id: string, state: ExperimentRow["storage_state"]): Promise<void> => {
    await transact(store, async (trx) => {
      await trx.updateTable("experiments").set({ storage_state: state }).where("experiment_id", "=", id).execute();
      // Archiving takes the runs along; unarchiving brings none of them back.
      if (state === "ARCHIVED") await trx.updateTable("runs").set({ storage_state: state }).where("experiment_id", "=", id).execute();
    });
  };
  const removeRuns = async (experimentId: string): Promise<void> => {
    const runs = await store.selectFrom("runs").select("run_id").where("experiment_id", "=", experimentId).execute();
    for (const { run_id } of runs) {
      try {
        await engine.remove(run_id);
      } catch (error) {
        if (!isReason(error, "NotFound")) throw error;
      }
    }
  };
  return {
    createExperiment: async ({ request, authorize }) => {
      const body = readFields(await readBody(request), FIELDS);
      const namespace = textField(body, "namespace", 63);
      if (namespace === "") throw new SkiffError("BadRequest", "An experiment cannot have an empty namespace in multi-user mode");
      await authorize(namespace);
      const display_name = textField(body, "display_name", 128);
      if (display_name === "") throw new SkiffError("BadRequest", "Experiment name is empty. Please specify a valid experiment name");
      const row: ExperimentRow = {
        experiment_id: newUid(),
        namespace,
        display_name,
        description: textField(body, "description"),
        created_at: now().toISOString(),
        last_run_created_at: "",
        storage_state: "AVAILABLE",
      };
      try {
        await store.insertInto("experiments").values(row).execute();
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        throw new SkiffError(
          "AlreadyExists",
          `Failed to create a new experiment. The name ${display_name} already exists. Please specify a new name`,
        );
      }
      return Response.json(toExperiment(row));
    },
    listExperiments: async ({ url, authorize }) => {
      const namespace = url.searchParams.get("namespace") ?? "";
      if (namespace === "") throw new SkiffError("BadRequest", "An experiment cannot have an empty namespace in multi-user mode");
      await authorize(namespace);
      const page = await listRows<ExperimentRow>(store, LISTABLE, url.searchParams, { namespace });
      return Response.json(toListMessage("experiments", page, toExperiment));
    },
    getExperiment: async ({ params, authorize }) => {
      const row = await getExperiment(store, params["experiment_id"] ?? "");
      await authorize(row.namespace);
      return Response.json(toExperiment(row));
    },
    deleteExperiment: async ({ params, authorize }) => {
      const row = await getExperiment(store, params["experiment_id"] ?? "");
      await authorize(row.namespace);
      await removeRuns(row.experiment_id);
      await store.deleteFrom("experiments").where("experiment_id", "=", row.experiment_id).execute();
      // Those that were created meanwhile; from now on a new run finds no experiment.
      await removeRuns(row.experiment_id);
      return Response.json({});
    },
    archiveExperiment: async ({ params, authorize }) => {
      const row = await getExperiment(store, params["experiment_id"] ?? "");
      await authorize(row.namespace);
      await setState(row.experiment_id, "ARCHIVED");
      return Response.json({});
    },
    unarchiveExperiment: async ({ params, authorize }) => {
      const row = await getExperiment(store, params["experiment_id"] ?? "");
      await authorize(row.namespace);
      await setState(row.experiment_id, "AVAILABLE");
      return Response.json({});
    },
  };
}
