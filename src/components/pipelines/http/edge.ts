/** The HTTP edge: finds the route, establishes who calls, lets the handler answer, and translates errors. Undeclared routes reach nothing. */
import { messageOf, SkiffError } from "../../../lib/errors.ts";
import { toStorageFull } from "../../../lib/storage-full.ts";
import type { Log } from "../../../lib/log.ts";
import { noIdentity, type CallerChecks } from "./caller.ts";
import type { Handler } from "./handler.ts";
import { toErrorResponse, unknownMethod, unknownRoute } from "./rpc-error.ts";
import { findRoute, matchPath, POD_LOG_ROUTE, ROUTES, type Params, type Route, type RouteName } from "./routes.ts";

export interface EdgeOptions {
  readonly checks: CallerChecks;
  readonly log: Log;
  readonly handlers: Readonly<Record<RouteName, Handler>>;
  readonly podLogs: Handler;
}

export interface Edge {
  /** Serves paths below `prefix`. */
  api(prefix: string): (request: Request) => Promise<Response>;
  podLogs(prefix: string): (request: Request) => Promise<Response>;
  /** The 401 of a mount at `prefix`, for a caller whom the gateway does not know. */
  unauthenticated(prefix: string): (request: Request) => Response;
}

/** Puts the route's words before an error's, as upstream wraps errors on their way out. */
function wrap(error: unknown, route: Route): unknown {
  if (!(error instanceof SkiffError)) return error;
  const extras = { cause: error, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) };
  return new SkiffError(error.reason, `${route.failure}: ${error.message}`, extras);
}

/** Creates the edge. */
export function createEdge({ checks, log, handlers, podLogs }: EdgeOptions): Edge {
  const serve = async (request: Request, url: URL, route: Route, params: Params, handler: Handler): Promise<Response> => {
    try {
      const { resource, verb } = route;
      // Identity comes first, so that nobody unknown learns which ids exist.
      if (resource === undefined || verb === undefined)
        return await handler({ request, url, params, user: "", authorize: () => Promise.resolve() });
      const caller = await checks.authenticate(request);
      let authorized = false;
      const authorize = async (namespace: string): Promise<void> => {
        await checks.authorize(caller, { namespace, verb, resource });
        authorized = true;
      };
      const response = await handler({ request, url, params, user: caller.user, authorize });
      if (response.ok && !authorized) {
        await response.body?.cancel();
        throw new SkiffError("Forbidden", "the route answered without a check of permissions");
      }
      return response;
    } catch (thrown) {
      const error = toStorageFull(thrown) ?? thrown;
      if (!(error instanceof SkiffError))
        log.error("request failed", { method: request.method, path: url.pathname, error: messageOf(error), stack: error });
      return toErrorResponse(wrap(error, route));
    }
  };
  const pathBelow = (url: URL, prefix: string): string => (url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) : "");

  return {
    api: (prefix) => async (request) => {
      const url = new URL(request.url);
      const found = findRoute(request.method, pathBelow(url, prefix));
      if (found === "no such path") return unknownRoute();
      if (found === "no such method") return unknownMethod();
      return serve(request, url, ROUTES[found.name], found.params, handlers[found.name]);
    },
    podLogs: (prefix) => async (request) => {
      const url = new URL(request.url);
      const params = matchPath(POD_LOG_ROUTE.path, pathBelow(url, prefix));
      if (!params) return unknownRoute();
      if (request.method !== POD_LOG_ROUTE.method) return unknownMethod();
      return serve(request, url, POD_LOG_ROUTE, params, podLogs);
    },
    unauthenticated: (prefix) => (request) => {
      const found = findRoute(request.method, pathBelow(new URL(request.url), prefix));
      return toErrorResponse(typeof found === "string" ? noIdentity() : wrap(noIdentity(), ROUTES[found.name]));
    },
  };
}
