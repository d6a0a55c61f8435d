/** The one decision table: every route, and what its caller must be allowed to do. A route that is not here does not exist. */
import type { RouteRule } from "../../../kit/index.ts";

export interface Route extends RouteRule {
  /** First words of this route's errors, as upstream's resource server prefixes them. */
  readonly failure: string;
}

function route(method: string, path: string, resource: string, verb: string, failure: string): Route {
  return { method, path, resource, verb, failure };
}

/** Paths are relative to `/apis`, with and without `/pipeline` before it. `:name:verb` is a name with a fixed ending. */
export const ROUTES = {
  healthz: { method: "GET", path: "/v2beta1/healthz", failure: "Failed to get healthz" },
  healthzV1: { method: "GET", path: "/v1beta1/healthz", failure: "Failed to get healthz" },

  createExperiment: route("POST", "/v2beta1/experiments", "experiments", "create", "Failed to create a new experiment"),
  listExperiments: route("GET", "/v2beta1/experiments", "experiments", "list", "List experiments failed"),
  getExperiment: route("GET", "/v2beta1/experiments/:experiment_id", "experiments", "get", "Failed to get an experiment"),
  deleteExperiment: route("DELETE", "/v2beta1/experiments/:experiment_id", "experiments", "delete", "Failed to delete an experiment"),
  archiveExperiment: route(
    "POST",
    "/v2beta1/experiments/:experiment_id:archive",
    "experiments",
    "archive",
    "Failed to archive an experiment",
  ),
  unarchiveExperiment: route(
    "POST",
    "/v2beta1/experiments/:experiment_id:unarchive",
    "experiments",
    "unarchive",
    "Failed to unarchive an experiment",
  ),

  createRun: route("POST", "/v2beta1/runs", "runs", "create", "Failed to create a new run"),
  listRuns: route("GET", "/v2beta1/runs", "runs", "list", "Failed to list runs"),
  getRun: route("GET", "/v2beta1/runs/:run_id", "runs", "get", "Failed to get a run"),
  deleteRun: route("DELETE", "/v2beta1/runs/:run_id", "runs", "delete", "Failed to delete a run"),
  archiveRun: route("POST", "/v2beta1/runs/:run_id:archive", "runs", "archive", "Failed to archive a run"),
  unarchiveRun: route("POST", "/v2beta1/runs/:run_id:unarchive", "runs", "unarchive", "Failed to unarchive a run"),
  terminateRun: route("POST", "/v2beta1/runs/:run_id:terminate", "runs", "terminate", "Failed to terminate a run"),

  watchRun: route("GET", "/v2beta1/runs/:run_id/events", "runs", "get", "Failed to watch a run"),
  listArtifacts: route("GET", "/v2beta1/runs/:run_id/artifacts", "runs", "get", "Failed to list artifacts"),
  readTaskLog: route("GET", "/v2beta1/runs/:run_id/tasks/:task_id/log", "runs", "readArtifact", "Failed to read a log"),
  getArtifact: route("GET", "/v2beta1/artifacts/:artifact_id", "runs", "get", "Failed to get an artifact"),
  readArtifact: route("GET", "/v2beta1/artifacts/:artifact_id/content", "runs", "readArtifact", "Failed to read an artifact"),
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;

/** Relative to `/pipeline/k8s`: the one route of upstream's UI server that works without its UI. */
export const POD_LOG_ROUTE = route("GET", "/pod/logs", "runs", "readArtifact", "Could not get main container logs");

export type Params = Readonly<Record<string, string>>;

/** Matches one segment: a literal, `:name`, or `:name:verb`. */
function matchSegment(pattern: string, segment: string, params: Record<string, string>): boolean {
  if (!pattern.startsWith(":")) return pattern === segment;
  const colon = pattern.indexOf(":", 1);
  const ending = colon < 0 ? "" : pattern.slice(colon);
  const value = segment.slice(0, segment.length - ending.length);
  // Without a verb in the pattern, a colon in the segment means another route.
  if (!segment.endsWith(ending) || value === "" || value.includes(":")) return false;
  params[pattern.slice(1, colon < 0 ? undefined : colon)] = value;
  return true;
}

/** Matches a path against a pattern. Values are decoded; undefined when it does not match or is not valid. */
export function matchPath(pattern: string, path: string): Params | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  try {
    return wanted.every((part, i) => matchSegment(part, decodeURIComponent(given[i] ?? ""), params)) ? params : undefined;
  } catch {
    return undefined;
  }
}

export type Found = { readonly name: RouteName; readonly params: Params } | "no such method" | "no such path";

/** The route of a request whose path is relative to `/apis`. */
export function findRoute(method: string, path: string): Found {
  let found: Found = "no such path";
  for (const [name, route] of Object.entries(ROUTES)) {
    const params = matchPath(route.path, path);
    if (!params) continue;
    if (route.method === method) return { name: name as RouteName, params };
    found = "no such method";
  }
  return found;
}
