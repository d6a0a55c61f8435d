/** Lists: filters, sorting and pages of the KFP API (backend/src/apiserver/{list,filter}). */
import { createHash } from "node:crypto";
import { sql, type Kysely, type RawBuilder } from "kysely";
import { SkiffError } from "../../../lib/errors.ts";
import { isObject } from "../../../lib/json.ts";
import type { Schema } from "../store/schema.ts";
import { toSnakeCase } from "./message.ts";

export interface Listable {
  readonly table: "experiments" | "runs";
  /** Word in error texts. */
  readonly type: string;
  readonly id: string;
  /** Columns that may hold megabytes. */
  readonly heavy?: readonly string[];
  /** Field names of the API → columns. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface ListPage<Row> {
  readonly rows: Row[];
  readonly total: number;
  readonly next: string | undefined;
}

const DEFAULT_PAGE = 20;
const MAX_PAGE = 200;
const MAX_PAGE_BYTES = 32 * 1024 * 1024;

const OPERATIONS = [
  "EQUALS",
  "NOT_EQUALS",
  "GREATER_THAN",
  "GREATER_THAN_EQUALS",
  "LESS_THAN",
  "LESS_THAN_EQUALS",
  "IN",
  "IS_SUBSTRING",
] as const;
type Operation = (typeof OPERATIONS)[number];
// filter.proto numbers; 4 was never given out.
const BY_NUMBER: Readonly<Record<number, Operation>> = {
  1: "EQUALS",
  2: "NOT_EQUALS",
  3: "GREATER_THAN",
  5: "GREATER_THAN_EQUALS",
  6: "LESS_THAN",
  7: "LESS_THAN_EQUALS",
  8: "IN",
  9: "IS_SUBSTRING",
};
const COMPARISONS: Readonly<Partial<Record<Operation, string>>> = {
  EQUALS: "=",
  NOT_EQUALS: "!=",
  GREATER_THAN: ">",
  GREATER_THAN_EQUALS: ">=",
  LESS_THAN: "<",
  LESS_THAN_EQUALS: "<=",
};

const bad = (message: string): SkiffError => new SkiffError("BadRequest", message);
const columnOf = (listable: Listable, field: string): string | undefined =>
  Object.hasOwn(listable.fields, field) ? listable.fields[field] : undefined;

function operationOf(value: unknown): Operation {
  const found = typeof value === "number" ? BY_NUMBER[value] : OPERATIONS.find((name) => name === value);
  if (!found) throw bad(`invalid filter: unknown operation ${JSON.stringify(value)}`);
  return found;
}

function valuesOf(predicate: Readonly<Record<string, unknown>>): string[] {
  const kinds = ["string_value", "int_value", "long_value", "timestamp_value", "string_values", "int_values", "long_values"].filter(
    (kind) => predicate[kind] !== undefined,
  );
  const [kind] = kinds;
  if (kinds.length !== 1 || kind === undefined) throw bad("invalid filter: a predicate needs exactly one value");
  const value = predicate[kind];
  if (kind === "timestamp_value") {
    const time = new Date(String(value));
    if (Number.isNaN(time.getTime())) throw bad(`invalid filter: ${JSON.stringify(value)} is not a timestamp`);
    return [time.toISOString()];
  }
  if (kind.endsWith("_values")) {
    const list = isObject(value) ? value["values"] : undefined;
    if (!Array.isArray(list) || list.length === 0) throw bad("invalid filter: a list of values is empty");
    return list.map(String);
  }
  return [String(value)];
}

function toCondition(listable: Listable, value: unknown): RawBuilder<boolean> {
  if (!isObject(value)) throw bad("invalid filter: a predicate is not an object");
  const predicate: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) predicate[toSnakeCase(key)] = item;
  const field = typeof predicate["key"] === "string" ? predicate["key"] : "";
  const column = columnOf(listable, field);
  if (column === undefined) throw bad(`no support for filtering on unrecognized field ${JSON.stringify(field)}`);
  const operation = operationOf(predicate["operation"] ?? predicate["op"]);
  const values = valuesOf(predicate);
  const [first = ""] = values;
  const ref = sql.ref(column);
  const comparison = COMPARISONS[operation];
  if (comparison !== undefined) return sql<boolean>`${ref} ${sql.raw(comparison)} ${first}`;
  if (operation === "IN") return sql<boolean>`${ref} in (${sql.join(values)})`;
  const escaped = Array.from(first, (char) => (char === "%" || char === "_" || char === "\\" ? `\\${char}` : char)).join("");
  return sql<boolean>`${ref} like ${`%${escaped}%`} escape '\\'`;
}

function readFilter(listable: Listable, text: string): RawBuilder<boolean>[] {
  if (text === "") return [];
  let filter: unknown;
  try {
    filter = JSON.parse(text);
  } catch (cause) {
    throw new SkiffError("BadRequest", `failed to parse valid filter from ${JSON.stringify(text.slice(0, 200))}`, { cause });
  }
  const predicates = isObject(filter) ? (filter["predicates"] ?? []) : undefined;
  if (!Array.isArray(predicates)) throw bad("invalid filter: predicates are not a list");
  return predicates.map((predicate) => toCondition(listable, predicate));
}

function readSort(listable: Listable, text: string): { column: string; descending: boolean } {
  const words = text.trim() === "" ? ["created_at"] : text.trim().split(/\s+/);
  const [field = "", direction = "asc"] = words;
  if (words.length > 2 || !["asc", "desc"].includes(direction)) {
    throw bad(
      `Received invalid sort by format ${JSON.stringify(text.slice(0, 200))}. Supported format: "field_name", "field_name desc", or "field_name asc"`,
    );
  }
  const column = columnOf(listable, field);
  if (column === undefined) throw bad(`Invalid sorting field: ${JSON.stringify(field)} on listable type ${listable.type}`);
  return { column, descending: direction === "desc" };
}

interface Token {
  /** Fingerprint of sort and filter: a token belongs to one list. */
  readonly of: string;
  readonly value: string;
  readonly id: string;
}

function readToken(text: string, of: string): Token | undefined {
  if (text === "") return undefined;
  let token: unknown;
  try {
    token = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch (cause) {
    throw new SkiffError("BadRequest", "Invalid page token", { cause });
  }
  if (!isObject(token) || typeof token["value"] !== "string" || typeof token["id"] !== "string") throw bad("Invalid page token");
  if (token["of"] !== of)
    throw bad(
      "page token does not match the supplied sort by and/or filtering criteria. Either fix the criteria or leave the latter empty if page token is specified",
    );
  return { of, value: token["value"], id: token["id"] };
}

/** Lists rows of a table that match `scope` and the request's query. Throws BadRequest with upstream's texts. */
export async function listRows<Row>(
  store: Kysely<Schema>,
  listable: Listable,
  query: URLSearchParams,
  scope: Readonly<Record<string, string>>,
): Promise<ListPage<Row>> {
  const param = (name: string): string =>
    query.get(name) ?? query.get(name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())) ?? "";
  const asked = Number(param("page_size") || 0);
  if (!Number.isInteger(asked) || asked < 0) throw bad(`The page size should be greater than 0. Got ${param("page_size").slice(0, 20)}`);
  const size = Math.min(asked === 0 ? DEFAULT_PAGE : asked, MAX_PAGE);
  const { column, descending } = readSort(listable, param("sort_by"));
  const of = createHash("sha256")
    .update(JSON.stringify([column, descending, param("filter"), scope]))
    .digest("base64url")
    .slice(0, 16);
  const token = readToken(param("page_token"), of);

  const conditions = readFilter(listable, param("filter"));
  for (const [name, value] of Object.entries(scope)) conditions.push(sql<boolean>`${sql.ref(name)} = ${value}`);
  const where = (parts: readonly RawBuilder<boolean>[]): RawBuilder<unknown> =>
    parts.length === 0 ? sql`` : sql`where ${sql.join([...parts], sql` and `)}`;
  const table = sql.table(listable.table);
  const counted = await sql<{ total: number }>`select count(*) as total from ${table} ${where(conditions)}`.execute(store);
  const order = sql.raw(descending ? "desc" : "asc");
  const key = sql.ref(column);
  const id = sql.ref(listable.id);
  if (token) conditions.push(sql<boolean>`(${key}, ${id}) ${sql.raw(descending ? "<" : ">")} (${token.value}, ${token.id})`);
  // First only what the rows weigh: a page of the largest ones would not fit into memory. Pages may be shorter than was asked.
  const weight = sql.join([sql`0`, ...(listable.heavy ?? []).map((name) => sql`octet_length(${sql.ref(name)})`)], sql` + `);
  const found = await sql<{
    id: string;
    weight: number;
  }>`select ${id} as id, ${weight} as weight from ${table} ${where(conditions)} order by ${key} ${order}, ${id} ${order} limit ${size + 1}`.execute(
    store,
  );
  let bytes = 0;
  const ids: string[] = [];
  for (const row of found.rows.slice(0, size)) {
    bytes += row.weight;
    if (ids.length > 0 && bytes > MAX_PAGE_BYTES) break;
    ids.push(row.id);
  }
  const rows =
    ids.length === 0
      ? []
      : (await sql<Row>`select * from ${table} where ${id} in (${sql.join(ids)}) order by ${key} ${order}, ${id} ${order}`.execute(store))
          .rows;
  const last = rows.at(-1) as Record<string, string> | undefined;
  const next =
    found.rows.length > ids.length && last
      ? Buffer.from(JSON.stringify({ of, value: last[column], id: last[listable.id] })).toString("base64url")
      : undefined;
  return { rows, total: counted.rows[0]?.total ?? 0, next };
}

/** The message of a list: `{}` when empty, no token on the last page. */
export function toListMessage<Row, Item>(name: string, page: ListPage<Row>, toItem: (row: Row) => Item): Record<string, unknown> {
  return {
    ...(page.rows.length > 0 ? { [name]: page.rows.map(toItem) } : {}),
    ...(page.total > 0 ? { total_size: page.total } : {}),
    ...(page.next === undefined ? {} : { next_page_token: page.next }),
  };
}
