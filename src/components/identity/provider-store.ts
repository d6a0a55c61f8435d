/** What oidc-provider keeps (codes, grants, tokens) in SQL. Rows are found by the SHA-256 of their id: a copy of the file redeems nothing. */
import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Adapter, AdapterPayload } from "oidc-provider";
import { openSqlStore } from "../../kit/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import type { StaticClient } from "./dex-config.ts";

interface StateRow {
  model: string;
  id_hash: string;
  grant_id: string | null;
  payload: string;
  /** Seconds since 1970; null while unused. */
  consumed_at: number | null;
  /** Seconds since 1970. */
  expires_at: number;
}

export interface ProviderSchema {
  provider_state: StateRow;
}

export interface ProviderStore {
  adapter(model: string): Adapter;
  /** Remembers `id` until it expires; false when it was used before. */
  useOnce(id: string, ttlSeconds: number): Promise<boolean>;
  /** Deletes what has expired. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export interface ProviderStoreOptions {
  readonly file: string;
  /** Clients come from the configuration, not from the database. */
  readonly findClient: (id: string) => StaticClient | undefined;
}

const hashOf = (id: string): string => createHash("sha256").update(id).digest("base64url");
const seconds = (): number => Math.floor(Date.now() / 1000);
const FOREVER_SECONDS = 365 * 24 * 60 * 60;

/** Opens the provider's database. */
export async function openProviderStore({ file, findClient }: ProviderStoreOptions): Promise<ProviderStore> {
  const db = await openSqlStore<ProviderSchema>({ file, migrations: { "0001_provider_state": { up: createTables } } });

  const insert = (row: StateRow) => db.insertInto("provider_state").values(row);
  const stateAdapter = (model: string): Adapter => {
    const rows = (id: string) => ({ model, id_hash: hashOf(id) });
    return {
      upsert: async (id, payload, expiresIn) => {
        // The id is the bearer's secret for opaque tokens: it is put back by `find`, never stored.
        const { jti: _, ...rest } = payload;
        const row: StateRow = {
          ...rows(id),
          grant_id: payload.grantId ?? null,
          payload: JSON.stringify(rest),
          consumed_at: null,
          expires_at: seconds() + (expiresIn ?? FOREVER_SECONDS),
        };
        await insert(row)
          .onConflict((conflict) =>
            conflict
              .columns(["model", "id_hash"])
              .doUpdateSet({ grant_id: row.grant_id, payload: row.payload, expires_at: row.expires_at }),
          )
          .execute();
      },
      find: async (id) => {
        const { model: kind, id_hash } = rows(id);
        const row = await db
          .selectFrom("provider_state")
          .selectAll()
          .where("model", "=", kind)
          .where("id_hash", "=", id_hash)
          .where("expires_at", ">", seconds())
          .executeTakeFirst();
        if (!row) return undefined;
        const payload = JSON.parse(row.payload) as AdapterPayload;
        return { ...payload, jti: id, ...(row.consumed_at === null ? {} : { consumed: row.consumed_at }) };
      },
      consume: async (id) => {
        const { model: kind, id_hash } = rows(id);
        const { numUpdatedRows } = await db
          .updateTable("provider_state")
          .set({ consumed_at: seconds() })
          .where("model", "=", kind)
          .where("id_hash", "=", id_hash)
          .where("consumed_at", "is", null)
          .executeTakeFirst();
        // Two redemptions may both have read the row; the one that comes second here loses.
        if (numUpdatedRows === 0n) throw await alreadyUsed();
      },
      destroy: async (id) => {
        const { model: kind, id_hash } = rows(id);
        await db.deleteFrom("provider_state").where("model", "=", kind).where("id_hash", "=", id_hash).execute();
      },
      revokeByGrantId: async (grantId) => {
        await db.deleteFrom("provider_state").where("model", "=", model).where("grant_id", "=", grantId).execute();
      },
      // Sessions of the provider and the device flow are not used.
      findByUid: () => Promise.resolve(undefined),
      findByUserCode: () => Promise.resolve(undefined),
    };
  };
  const clientAdapter: Adapter = {
    ...stateAdapter("Client"),
    find: (id) => Promise.resolve(toClientMetadata(findClient(id))),
  };
  return {
    adapter: (model) => (model === "Client" ? clientAdapter : stateAdapter(model)),
    useOnce: async (id, ttlSeconds) => {
      const row: StateRow = {
        model: "UsedOnce",
        id_hash: hashOf(id),
        grant_id: null,
        payload: "{}",
        consumed_at: null,
        expires_at: seconds() + ttlSeconds,
      };
      const { numInsertedOrUpdatedRows } = await insert(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
    sweep: async () => {
      await db.deleteFrom("provider_state").where("expires_at", "<=", seconds()).execute();
    },
    close: () => db.destroy(),
  };
}

async function alreadyUsed(): Promise<Error> {
  const { errors } = await import("oidc-provider");
  return new errors.InvalidGrant("authorization code already consumed");
}

/** oidc-provider wants a redirect URI of each client; nothing ever goes to this one. */
const NOWHERE = "http://redirect.invalid/";

/** The client as oidc-provider reads it. It redirects nowhere by itself: authorization requests are judged before they reach it. */
function toClientMetadata(client: StaticClient | undefined): AdapterPayload | undefined {
  if (!client) return undefined;
  if (client.secret === undefined && !client.public) throw new SkiffError("InternalError", `client ${client.id} has no secret`);
  return {
    client_id: client.id,
    ...(client.secret === undefined ? {} : { client_secret: client.secret }),
    client_name: client.name,
    token_endpoint_auth_method: client.secret === undefined ? "none" : "client_secret_basic",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: [NOWHERE],
  };
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("provider_state")
    .addColumn("model", "text", (column) => column.notNull())
    .addColumn("id_hash", "text", (column) => column.notNull())
    .addColumn("grant_id", "text")
    .addColumn("payload", "text", (column) => column.notNull())
    .addColumn("consumed_at", "integer")
    .addColumn("expires_at", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("provider_state_pk", ["model", "id_hash"])
    .execute();
  await db.schema.createIndex("provider_state_grant").on("provider_state").columns(["model", "grant_id"]).execute();
  await db.schema.createIndex("provider_state_expiry").on("provider_state").column("expires_at").execute();
}
