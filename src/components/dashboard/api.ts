/** The routes below `/api`; shapes and texts follow kubeflow/dashboard components/centraldashboard/app/{api,api_workgroup}.ts. */
import { Hono } from "hono";
import { NAMESPACES } from "../../api/index.ts";
import type { KubeClient } from "../../kit/index.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Caller, RoleLookup } from "./role-lookup.ts";

export interface ApiOptions {
  readonly kube: KubeClient;
  readonly roles: RoleLookup;
  readonly log: Log;
}

/** The caller as the gateway established it; throws Unauthorized without one. */
function getCaller(request: Request): Caller {
  const user = request.headers.get("kubeflow-userid");
  if (!user) throw new SkiffError("Unauthorized", "Unable to ascertain user identity from request, cannot access route.");
  const groups = (request.headers.get("kubeflow-groups") ?? "").split(",").map((group) => group.trim());
  return { user, groups: [...groups.filter((group) => group !== ""), "system:authenticated"] };
}

/** Creates the handler; every answer is JSON and errors are `{"error": text}`. */
export function createApi({ kube, roles, log }: ApiOptions): (request: Request) => Promise<Response> | Response {
  const app = new Hono();

  app.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
    context.header("x-content-type-options", "nosniff");
  });
  app.get("/api/workgroup/env-info", async (context) => {
    const caller = getCaller(context.req.raw);
    const [namespaces, isClusterAdmin] = await Promise.all([roles.membershipsOf(caller.user), roles.isClusterAdmin(caller)]);
    const platform = { provider: "other", providerName: "other", kubeflowVersion: "unknown", logoutUrl: "/oauth2/sign_out" };
    return context.json({ user: caller.user, platform, namespaces, isClusterAdmin });
  });
  app.get("/api/workgroup/exists", async (context) => {
    const { user } = getCaller(context.req.raw);
    const memberships = await roles.membershipsOf(user);
    return context.json({
      hasAuth: true,
      user: user.split("@", 1)[0] ?? user,
      hasWorkgroup: memberships.some(({ role }) => role === "owner"),
      registrationFlowAllowed: false,
    });
  });
  app.get("/api/namespaces", async (context) => {
    // Upstream answers with every namespace to everyone; here a caller sees those in which they have a role.
    const caller = getCaller(context.req.raw);
    const [memberships, isClusterAdmin] = await Promise.all([roles.membershipsOf(caller.user), roles.isClusterAdmin(caller)]);
    const mine = new Set(memberships.map(({ namespace }) => namespace));
    const { items } = await kube.list(NAMESPACES);
    return context.json(items.filter(({ metadata }) => isClusterAdmin || mine.has(metadata.name)));
  });
  app.notFound((context) => context.json({ error: "Could not find the route you're looking for" }, 404));
  app.onError((error, context) => {
    const known = error instanceof SkiffError ? error : new SkiffError("InternalError", messageOf(error), { cause: error });
    if (known.status >= 500) log.error("dashboard request failed", { path: context.req.path, error });
    return Response.json({ error: known.remedy ? `${known.message}. ${known.remedy}` : known.message }, { status: known.status });
  });
  return (request) => app.fetch(request);
}
