/** The query parameters of list and watch, checked as apiserver checks them (apimachinery internalversion/validation). */
import { SkiffError } from "../../lib/errors.ts";
import { parseBool } from "./request-info.ts";

export interface ContinueToken {
  /** Revision of the first page; -1 asks for whatever is newest. */
  readonly revision: number;
  /** Key, without the prefix of its list, after which the page starts. */
  readonly after: string;
}

export interface ListRequest {
  readonly limit: number | undefined;
  readonly token: ContinueToken | undefined;
  /** The revision asked for; undefined when none was, or "0", which any state satisfies. */
  readonly revision: number | undefined;
  /** True when the state must be the one of `revision`, not a newer one. */
  readonly exact: boolean;
}

const invalid = (message: string): SkiffError => new SkiffError("Invalid", `ListOptions.meta.k8s.io "" is invalid: ${message}`);

/** Parses a `resourceVersion`. Throws BadRequest. */
export function parseRevision(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new SkiffError(
    "BadRequest",
    `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

/** Parses a whole number of a query parameter. Throws BadRequest. */
export function parseCount(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null || text === "") return undefined;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new SkiffError("BadRequest", `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** Encodes a continue token in apiserver's shape. */
export function encodeContinue({ revision, after }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${after}\0` })).toString("base64url");
}

function parseContinue(text: string | null): ContinueToken | undefined {
  if (text === null || text === "") return undefined;
  try {
    // Buffer would pass over what is not base64.
    if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new TypeError("no base64url");
    const { v, rv, start } = JSON.parse(Buffer.from(text, "base64url").toString()) as { v?: unknown; rv?: unknown; start?: unknown };
    const isRevision = typeof rv === "number" && Number.isSafeInteger(rv) && (rv > 0 || rv === -1);
    if (v === "meta.k8s.io/v1" && isRevision && typeof start === "string" && start !== "") {
      return { revision: rv, after: start.replace(/\0$/, "") };
    }
  } catch {
    // Falls through to the refusal.
  }
  throw new SkiffError("BadRequest", "continue key is not valid");
}

/** Reads the parameters of a list. Throws BadRequest or Invalid. */
export function parseListRequest({ searchParams }: URL): ListRequest {
  const text = searchParams.get("resourceVersion") ?? "";
  const match = searchParams.get("resourceVersionMatch") ?? "";
  const limit = parseCount(searchParams, "limit");
  const token = parseContinue(searchParams.get("continue"));
  const revision = parseRevision(text);
  if (match !== "") {
    if (token) throw invalid("resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided");
    if (text === "") throw invalid("resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (match !== "Exact" && match !== "NotOlderThan") {
      throw invalid(`resourceVersionMatch: Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`);
    }
    if (match === "Exact" && text === "0") {
      throw invalid('resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (token && revision !== undefined && revision !== 0) {
    throw new SkiffError("BadRequest", "specifying resource version is not allowed when using continue");
  }
  const isPaged = limit !== undefined && limit > 0;
  return {
    limit: isPaged ? limit : undefined,
    token,
    revision: revision === 0 ? undefined : revision,
    // Without a match, a limit has always meant the exact revision.
    exact: match === "Exact" || (match === "" && isPaged && revision !== undefined && revision !== 0),
  };
}

/** Checks the parameters that watches share with lists; true when the watch must begin with the current objects. */
export function parseInitialEvents({ searchParams }: URL): boolean | undefined {
  const match = searchParams.get("resourceVersionMatch") ?? "";
  const wish = searchParams.get("sendInitialEvents");
  if (wish === null) {
    if (match !== "") {
      throw invalid("resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    return undefined;
  }
  if (match !== "NotOlderThan") {
    throw invalid("resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  return parseBool(wish);
}
