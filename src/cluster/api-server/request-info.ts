/** What a request asks for, read from method, path and query. Follows apiserver's RequestInfo. */
import { SkiffError } from "../../lib/errors.ts";

export interface RequestInfo {
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the lower-case method. */
  readonly verb: string;
  readonly path: string;
  /** Absent for paths that are no resource (`/version`, discovery). */
  readonly resource?: {
    readonly group: string;
    readonly version: string;
    readonly plural: string;
    readonly subresource: string | undefined;
    readonly namespace: string | undefined;
    readonly name: string | undefined;
  };
}

/** Parses a boolean as Go's ParseBool does; the Python client sends `True`. */
export function parseBool(text: string | null): boolean {
  return text !== null && ["1", "t", "true"].includes(text.toLowerCase());
}

function decode(segment: string): string {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    throw new SkiffError("BadRequest", "the path is not valid percent-encoding");
  }
  if (text.includes("/") || text === "." || text === ".." || text.includes("\0")) {
    throw new SkiffError("BadRequest", `invalid path segment ${JSON.stringify(text)}`);
  }
  return text;
}

function verbOf(method: string, name: string | undefined, watch: boolean): string {
  switch (method) {
    case "GET":
    case "HEAD":
      if (watch) return "watch";
      return name === undefined ? "list" : "get";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === undefined ? "deletecollection" : "delete";
    default:
      return method.toLowerCase();
  }
}

/** Parses a request. Throws BadRequest on paths that hide separators. */
export function parseRequestInfo(method: string, url: URL): RequestInfo {
  const segments = url.pathname
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
  const other: RequestInfo = { verb: method.toLowerCase(), path: `/${segments.join("/")}` };
  const core = segments[0] === "api";
  const rest = core ? segments.slice(2) : segments.slice(3);
  if ((!core && segments[0] !== "apis") || rest.length === 0) return other;
  const [group, version] = core ? ["", segments[1] ?? ""] : [segments[1] ?? "", segments[2] ?? ""];

  let namespace: string | undefined;
  let parts = rest;
  // `/namespaces/<ns>/<resource>` is a resource in a namespace; `/namespaces/<ns>` and its subresources are the namespace itself.
  if (rest[0] === "namespaces" && rest.length > 2 && !["status", "finalize"].includes(rest[2] ?? "")) {
    namespace = rest[1];
    parts = rest.slice(2);
  } else if (rest[0] === "namespaces" && rest.length > 1) {
    namespace = rest[1];
  }
  const [plural = "", name, subresource] = parts;
  if (parts.length > 3) return other;
  const watch = parseBool(url.searchParams.get("watch"));
  return { verb: verbOf(method, name, watch), path: other.path, resource: { group, version, plural, subresource, namespace, name } };
}
