/** Browser sessions: an opaque random id in the cookie, everything else here. Only the id's SHA-256 is stored. */
import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import { openSqlStore } from "../../kit/index.ts";
import { newSecret } from "../../lib/ids.ts";

export interface User {
  /** Value of `kubeflow-userid`: an e-mail address, or a service account's user name. */
  readonly id: string;
  readonly groups: readonly string[];
  readonly preferredUsername?: string;
}

export interface Sessions {
  /** Returns the new session's id. */
  create(user: User): Promise<string>;
  /** The user of a live session; using a session prolongs it. */
  find(id: string): Promise<User | undefined>;
  revoke(id: string): Promise<void>;
  sweep(): Promise<void>;
  close(): Promise<void>;
}

interface SessionRow {
  id_hash: string;
  user_id: string;
  /** JSON of what else is known about the user. */
  details: string;
  /** Milliseconds since 1970, as the next two. */
  created_at: number;
  seen_at: number;
}

interface CachedSession {
  readonly user: User;
  readonly createdAt: number;
  seenAt: number;
}

export const IDLE_MS = 24 * 60 * 60_000;
/** However busy, a session ends after a week. */
export const LIFETIME_MS = 7 * IDLE_MS;
/** A use is written down at most so often: reading a page must not cost an fsync. */
const WRITE_EVERY_MS = 10 * 60_000;
const CACHE_CAPACITY = 10_000;

/** Opens the sessions kept in `file`. */
export async function openSessions(file: string, now: () => number = Date.now): Promise<Sessions> {
  const db = await openSqlStore<{ sessions: SessionRow }>({ file, migrations: { "0001_sessions": { up: createTables } } });
  const cache = new Map<string, CachedSession | "ended">();
  const hashOf = (id: string): string => createHash("sha256").update(id).digest("base64url");
  const isLive = ({ createdAt, seenAt }: CachedSession): boolean => now() - seenAt < IDLE_MS && now() - createdAt < LIFETIME_MS;
  const remember = (hash: string, session: CachedSession | "ended"): void => {
    cache.delete(hash);
    const oldest = cache.keys().next();
    if (cache.size >= CACHE_CAPACITY && !oldest.done) cache.delete(oldest.value);
    cache.set(hash, session);
  };
  const load = async (hash: string): Promise<CachedSession | undefined> => {
    const row = await db.selectFrom("sessions").selectAll().where("id_hash", "=", hash).executeTakeFirst();
    if (!row) return undefined;
    const details = JSON.parse(row.details) as Omit<User, "id">;
    const session = { user: { id: row.user_id, ...details }, createdAt: row.created_at, seenAt: row.seen_at };
    remember(hash, session);
    return session;
  };
  return {
    create: async ({ id: userId, ...details }) => {
      const id = newSecret(32);
      const at = now();
      const row: SessionRow = { id_hash: hashOf(id), user_id: userId, details: JSON.stringify(details), created_at: at, seen_at: at };
      await db.insertInto("sessions").values(row).execute();
      return id;
    },
    find: async (id) => {
      const hash = hashOf(id);
      const session = cache.get(hash) ?? (await load(hash));
      if (!session || session === "ended" || !isLive(session)) return undefined;
      if (now() - session.seenAt > WRITE_EVERY_MS) {
        session.seenAt = now();
        // A note that cannot be written shortens the session at worst; it must not fail the request.
        await db
          .updateTable("sessions")
          .set({ seen_at: session.seenAt })
          .where("id_hash", "=", hash)
          .execute()
          .catch(() => undefined);
      }
      return session.user;
    },
    revoke: async (id) => {
      const hash = hashOf(id);
      // First in memory: a session that was ended is over here even while the disk takes no deletion.
      remember(hash, "ended");
      await db.deleteFrom("sessions").where("id_hash", "=", hash).execute();
      cache.delete(hash);
    },
    sweep: async () => {
      for (const [hash, session] of cache) {
        if (session === "ended") await db.deleteFrom("sessions").where("id_hash", "=", hash).execute();
        if (session === "ended" || !isLive(session)) cache.delete(hash);
      }
      await db
        .deleteFrom("sessions")
        .where((where) => where.or([where("seen_at", "<=", now() - IDLE_MS), where("created_at", "<=", now() - LIFETIME_MS)]))
        .execute();
    },
    close: () => db.destroy(),
  };
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("sessions")
    .addColumn("id_hash", "text", (column) => column.primaryKey())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("details", "text", (column) => column.notNull())
    .addColumn("created_at", "integer", (column) => column.notNull())
    .addColumn("seen_at", "integer", (column) => column.notNull())
    .execute();
}
