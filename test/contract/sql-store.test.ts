/** What a component may rely on in its SQL store, on SQLite and on PostgreSQL. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqlStore, transact, type SqlAddress } from "../../src/kit/index.ts";
import { findPostgres, startPostgres, type RunningPostgres } from "../support/postgres.ts";

interface Schema {
  accounts: { name: string; balance: number; note: string | null };
}

const first: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema
      .createTable("accounts")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("balance", "integer", (column) => column.notNull())
      .execute();
  },
};
const second: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema.alterTable("accounts").addColumn("note", "text").execute();
  },
};
const failing: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema.createTable("half_done").addColumn("a", "text").execute();
    throw new Error("broken on purpose");
  },
};
const MIGRATIONS = { "0001_accounts": first, "0002_notes": second };

interface Backend {
  /** An address where nothing is yet. */
  fresh(): SqlAddress;
}

function contract(backend: Backend): void {
  const stores: { destroy(): Promise<void> }[] = [];
  const open = async (address: SqlAddress, migrations: Record<string, Migration> = MIGRATIONS): Promise<Kysely<Schema>> => {
    const store = await openSqlStore<Schema>({ ...address, migrations });
    stores.push(store);
    return store;
  };
  afterAll(async () => {
    for (const store of stores) await store.destroy();
  });

  it("makes the schema, and brings an older one up to date with its rows kept", async () => {
    const address = backend.fresh();
    const old = await openSqlStore<Schema>({ ...address, migrations: { "0001_accounts": first } });
    await sql`insert into accounts (name, balance) values ('a', 1)`.execute(old);
    await old.destroy();
    const store = await open(address);
    expect(await store.selectFrom("accounts").selectAll().execute()).toEqual([{ name: "a", balance: 1, note: null }]);
    await open(address);
  });

  it("refuses what a newer Skiff wrote and leaves it as it is", async () => {
    const address = backend.fresh();
    const newer = await open(address, { ...MIGRATIONS, "0003_future": { up: () => Promise.resolve() } });
    await newer.insertInto("accounts").values({ name: "kept", balance: 7 }).execute();
    await expect(openSqlStore({ ...address, migrations: MIGRATIONS })).rejects.toMatchObject({
      reason: "Conflict",
      message: expect.stringMatching(/written by a newer version of Skiff \(it has 0003_future\)/) as string,
    });
    expect(await newer.selectFrom("accounts").select("name").execute()).toEqual([{ name: "kept" }]);
  });

  it("a failed migration leaves nothing behind", async () => {
    const address = backend.fresh();
    await expect(openSqlStore({ ...address, migrations: { ...MIGRATIONS, "0003_broken": failing } })).rejects.toThrow("broken on purpose");
    const store = await open(address);
    const names = (await store.introspection.getTables()).map(({ name }) => name);
    expect(names).not.toContain("half_done");
  });

  it("survives being closed and opened again", async () => {
    const address = backend.fresh();
    const one = await openSqlStore<Schema>({ ...address, migrations: MIGRATIONS });
    await one.insertInto("accounts").values({ name: "a", balance: 1 }).execute();
    await one.destroy();
    const again = await open(address);
    expect(await again.selectFrom("accounts").select("balance").executeTakeFirst()).toEqual({ balance: 1 });
  });

  it("gives the same JavaScript values: text of any kind, numbers from counts and sums, null", async () => {
    const store = await open(backend.fresh());
    const note = `'; DROP TABLE accounts; -- \u{1F600} "quoted" \\ %_`;
    await store
      .insertInto("accounts")
      .values([
        { name: "a", balance: 2_000_000_000, note },
        { name: "b", balance: 2_000_000_000, note: null },
      ])
      .execute();
    const { count, total } = await store
      .selectFrom("accounts")
      .select(({ fn }) => [fn.countAll().as("count"), fn.sum<number>("balance").as("total")])
      .executeTakeFirstOrThrow();
    expect([count, total]).toEqual([2, 4_000_000_000]);
    expect(await store.selectFrom("accounts").select("note").orderBy("name").execute()).toEqual([{ note }, { note: null }]);
    expect(await store.selectFrom("accounts").select("name").where("note", "=", note).execute()).toEqual([{ name: "a" }]);
  });

  it("a transaction happens whole or not at all", async () => {
    const store = await open(backend.fresh());
    const work = transact(store, async (transaction) => {
      await transaction.insertInto("accounts").values({ name: "a", balance: 1 }).execute();
      throw new Error("changed my mind");
    });
    await expect(work).rejects.toThrow("changed my mind");
    expect(await store.selectFrom("accounts").selectAll().execute()).toEqual([]);
    await transact(store, (transaction) => transaction.insertInto("accounts").values({ name: "a", balance: 1 }).execute());
    await expect(store.insertInto("accounts").values({ name: "a", balance: 2 }).execute()).rejects.toThrow(/unique/i);
  });

  it("nobody outside sees a transaction's work before its end", async () => {
    const store = await open(backend.fresh());
    const { promise: written, resolve: tell } = Promise.withResolvers<void>();
    const { promise: go, resolve: release } = Promise.withResolvers<void>();
    const inside = transact(store, async (transaction) => {
      await transaction.insertInto("accounts").values({ name: "a", balance: 1 }).execute();
      tell();
      await go;
    });
    await written;
    const outside = store.selectFrom("accounts").selectAll().execute();
    release();
    await inside;
    expect([[], [{ name: "a", balance: 1, note: null }]]).toContainEqual(await outside);
  });

  it("loses no update of many concurrent writers that read first", async () => {
    const store = await open(backend.fresh());
    await store.insertInto("accounts").values({ name: "a", balance: 0 }).execute();
    const add = (): Promise<unknown> =>
      transact(store, async (transaction) => {
        const { balance } = await transaction.selectFrom("accounts").select("balance").where("name", "=", "a").executeTakeFirstOrThrow();
        await transaction
          .updateTable("accounts")
          .set({ balance: balance + 1 })
          .where("name", "=", "a")
          .execute();
      });
    const rounds = Array.from({ length: 8 }, async () => {
      for (let turn = 0; turn < 4; turn++) await add();
    });
    await Promise.all(rounds);
    expect(await store.selectFrom("accounts").select("balance").executeTakeFirst()).toEqual({ balance: 32 });
  });
}

const folder = mkdtempSync(join(tmpdir(), "skiff-sql-store-"));
let counter = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("SQL store on SQLite", () => {
  contract({ fresh: () => ({ file: join(folder, `${++counter}`, "store.db") }) });

  it("has the durability that every database of Skiff has", async () => {
    const file = join(folder, "pragmas", "store.db");
    const store = await openSqlStore({ file, migrations: {} });
    const read = async (name: string): Promise<unknown> =>
      Object.values((await sql`pragma ${sql.raw(name)}`.execute(store)).rows[0] as object)[0];
    expect([await read("journal_mode"), await read("synchronous"), await read("foreign_keys")]).toEqual(["wal", 2, 1]);
    await store.destroy();
    expect(existsSync(file)).toBe(true);
  });
});

const programs = findPostgres();
const why = programs === undefined ? "skipped: no PostgreSQL here; on Debian: apt-get install postgresql" : "";

describe.skipIf(programs === undefined)(`SQL store on PostgreSQL ${why}`, () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    server = await startPostgres(programs ?? "");
  }, 60_000);
  afterAll(() => server.stop());
  const fresh = (): SqlAddress => ({ connectionString: server.connectionString, schema: `c${++counter}` });
  contract({ fresh });

  it("keeps components apart by their schemas", async () => {
    const [one, other] = [fresh(), fresh()];
    const mine = await openSqlStore<Schema>({ ...one, migrations: MIGRATIONS });
    const theirs = await openSqlStore<Schema>({ ...other, migrations: MIGRATIONS });
    await mine.insertInto("accounts").values({ name: "a", balance: 1 }).execute();
    expect(await theirs.selectFrom("accounts").selectAll().execute()).toEqual([]);
    await Promise.all([mine.destroy(), theirs.destroy()]);
  });

  it("lets several processes open and migrate at once", async () => {
    const address = fresh();
    const opened = await Promise.all(Array.from({ length: 4 }, () => openSqlStore<Schema>({ ...address, migrations: MIGRATIONS })));
    await Promise.all(
      opened.map((store, index) =>
        store
          .insertInto("accounts")
          .values({ name: `n${index}`, balance: index })
          .execute(),
      ),
    );
    expect(await opened[0]?.selectFrom("accounts").selectAll().execute()).toHaveLength(4);
    await Promise.all(opened.map((store) => store.destroy()));
  });

  it("says which server cannot be reached, without its password", async () => {
    const address = { connectionString: "postgresql://skiff:hunter2@127.0.0.1:1/postgres", schema: "any" };
    const refusal = await openSqlStore({ ...address, migrations: {} }).catch((error: unknown) => error as Error);
    expect(refusal).toMatchObject({ reason: "ServiceUnavailable" });
    expect((refusal as Error).message).toMatch(/^PostgreSQL at postgresql:\/\/127\.0\.0\.1:1\/postgres cannot be used/);
    expect((refusal as Error).message).not.toContain("hunter2");
    const injected = openSqlStore({ connectionString: server.connectionString, schema: "x; drop schema public", migrations: {} });
    await expect(injected).rejects.toMatchObject({ reason: "BadRequest" });
  });
});
