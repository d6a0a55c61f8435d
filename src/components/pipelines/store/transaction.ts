/** Transactions whose failure keeps its reason. */
import type { Kysely, Transaction } from "kysely";
import { messageOf, SkiffError } from "../../../lib/errors.ts";
import type { Schema } from "./schema.ts";

/**
 * Runs `work` in a transaction. On a full disk SQLite undoes a transaction by itself, and the answer to Kysely's own ROLLBACK,
 * that there is none, would hide why. Throws what `work` threw, or InsufficientStorage when the commit could not be written.
 */
export async function inTransaction<T>(store: Kysely<Schema>, work: (trx: Transaction<Schema>) => Promise<T>): Promise<T> {
  const failure: { error?: unknown } = {};
  try {
    return await store.transaction().execute(async (trx) => {
      try {
        return await work(trx);
      } catch (error) {
        failure.error = error;
        throw error;
      }
    });
  } catch (error) {
    if ("error" in failure) throw failure.error;
    if (!messageOf(error).includes("no transaction is active")) throw error;
    throw new SkiffError("InsufficientStorage", "the disk of the data directory is full, nothing was written", {
      remedy: "Free some space there; Skiff goes on by itself.",
      cause: error,
    });
  }
}
