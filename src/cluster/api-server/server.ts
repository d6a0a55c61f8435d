/** The API server as a function: who calls, may they, what do they ask, answer. */
import type { Pod, Status, UserInfo } from "../../api/index.ts";
import { groupResourceOf } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { SERVICE_ACCOUNT_ISSUER } from "../auth/index.ts";
import { describeRequest } from "./audit.ts";
import { readObject } from "./body.ts";
import type { ApiServerParts, Call } from "./call.ts";
import { deleteCollection, deleteObject, type Deleted } from "./delete.ts";
import { answerDiscovery } from "./discovery.ts";
import { checkFieldSelector } from "./field-labels.ts";
import { impersonate } from "./impersonation.ts";
import { answerOpenApi } from "./openapi.ts";
import { answerOpenApiV2 } from "./openapi-v2.ts";
import { bindPod, evictPod } from "./pod-actions.ts";
import { checkAccept, checkQuery } from "./query.ts";
import { answerObject, getObject, listObjects } from "./read.ts";
import { parseBool, parseRequestInfo, type RequestInfo } from "./request-info.ts";
import { answerReview, createToken } from "./reviews.ts";
import { answerScale } from "./scale.ts";
import { toStatus } from "./status.ts";
import { watchObjects } from "./watch.ts";
import { createObject, patchObject, updateObject } from "./write.ts";

/** The Kubernetes release whose API this is; kubectl picks its own behaviour by it. */
const VERSION = {
  major: "1",
  minor: "32",
  gitVersion: "v1.32.0+skiff",
  platform: "linux/amd64",
  goVersion: "none",
  compiler: "none",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "2026-11-21T00:00:00Z",
};

export interface ApiServer {
  /** Answers `request` on behalf of `user`; errors become Status bodies. */
  handle(request: Request, user: UserInfo, origin?: RequestOrigin): Promise<Response>;
}

/** Requests over the network are audited; of those that Skiff's own parts make, the ones that change something. */
export type RequestOrigin = "network" | "process";

const READING = new Set(["get", "list", "watch", "head"]);

function forbidden(user: UserInfo, info: RequestInfo): SkiffError {
  const { resource } = info;
  if (!resource) return new SkiffError("Forbidden", `forbidden: User "${user.username}" cannot ${info.verb} path "${info.path}"`);
  const plural = resource.subresource === undefined ? resource.plural : `${resource.plural}/${resource.subresource}`;
  const group = groupResourceOf({ group: resource.group, plural: resource.plural });
  const subject = resource.name === undefined ? `${group} is forbidden` : `${group} "${resource.name}" is forbidden`;
  const where = resource.namespace === undefined ? "at the cluster scope" : `in the namespace "${resource.namespace}"`;
  return new SkiffError(
    "Forbidden",
    `${subject}: User "${user.username}" cannot ${info.verb} resource "${plural}" in API group "${resource.group}" ${where}`,
    { details: { ...(resource.name ? { name: resource.name } : {}), group: resource.group, kind: resource.plural } },
  );
}

/** Kinds whose deletion answers with the object; the others answer with a Status (`ReturnDeletedObject` upstream). */
const RETURN_DELETED = new Set(["persistentvolumeclaims", "persistentvolumes", "pods", "resourcequotas", "serviceaccounts", "services"]);

function answerDeleted(call: Call, { object, gone }: Deleted): Response {
  const { resource } = call;
  if (!gone || RETURN_DELETED.has(groupResourceOf(resource))) return answerObject(call, object);
  const { name, uid } = object.metadata;
  const details = { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural, uid };
  return Response.json({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}

function authorize(parts: ApiServerParts, user: UserInfo, info: RequestInfo): void {
  const { resource } = info;
  const decision = resource
    ? parts.authorizer.resource(user, {
        verb: info.verb,
        group: resource.group,
        version: resource.version,
        resource: resource.plural,
        ...(resource.subresource === undefined ? {} : { subresource: resource.subresource }),
        ...(resource.namespace === undefined ? {} : { namespace: resource.namespace }),
        ...(resource.name === undefined ? {} : { name: resource.name }),
      })
    : parts.authorizer.path(user, info.verb, info.path);
  if (!decision.allowed) throw forbidden(user, info);
}

function answerPath(parts: ApiServerParts, info: RequestInfo, request: Request): Response {
  if (info.verb !== "get" && info.verb !== "head")
    throw new SkiffError("MethodNotAllowed", "the server does not allow this method on the requested resource");
  switch (info.path) {
    case "/version":
      return Response.json(VERSION);
    case "/healthz":
    case "/livez":
    case "/readyz":
      return new Response("ok", { headers: { "content-type": "text/plain; charset=utf-8" } });
    case "/openapi/v2":
      return answerOpenApiV2(parts.registry, request.headers.get("accept"));
    case "/openid/v1/jwks":
      return Response.json(parts.tokens.jwks(), { headers: { "content-type": "application/jwk-set+json" } });
    case "/.well-known/openid-configuration":
      return Response.json({
        issuer: SERVICE_ACCOUNT_ISSUER,
        jwks_uri: `${new URL(request.url).origin}/openid/v1/jwks`,
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    default: {
      const answer =
        answerDiscovery(parts.registry, info.path, request.headers.get("accept")) ??
        answerOpenApi(parts.registry, info.path, request.headers.get("if-none-match"));
      if (!answer) throw new SkiffError("NotFound", "the server could not find the requested resource");
      return answer;
    }
  }
}

function answerLog(call: Call): Response {
  const { parts, url, request } = call;
  const pod = getObject<Pod>(call);
  const tail = url.searchParams.get("tailLines");
  const container = url.searchParams.get("container");
  if (tail !== null && !/^\d+$/.test(tail)) throw new SkiffError("BadRequest", `tailLines: Invalid value: ${JSON.stringify(tail)}`);
  const body = parts.podLogs(pod, {
    ...(container ? { container } : {}),
    ...(tail === null ? {} : { tailLines: Number(tail) }),
    follow: parseBool(url.searchParams.get("follow")),
    signal: request.signal,
  });
  return new Response(body, { headers: { "content-type": "text/plain" } });
}

async function bindByPath({ parts, target, request }: Call): Promise<Status> {
  return bindPod(parts, target.namespace, target.name, await readObject(request));
}

async function answerResource(call: Call, verb: string): Promise<Response> {
  const { resource, target } = call;
  if (target.subresource === "log" && resource.kind === "Pod" && verb === "get") return answerLog(call);
  if (target.subresource === "token" && resource.kind === "ServiceAccount" && verb === "create") {
    return Response.json(await createToken(call), { status: 201 });
  }
  if (target.subresource === "scale" && resource.subresources?.includes("scale") && ["get", "update", "patch"].includes(verb)) {
    return Response.json(await answerScale(call, verb));
  }
  if (resource.group === "" && resource.kind === "Pod" && verb === "create") {
    if (target.subresource === "binding") return Response.json(await bindByPath(call), { status: 201 });
    if (target.subresource === "eviction") return Response.json(await evictPod(call), { status: 201 });
  }
  checkQuery(verb, call.url.searchParams);
  checkFieldSelector(resource, call.url.searchParams.get("fieldSelector"));
  checkAccept(call.request.headers.get("accept"));
  const finalizesNamespace = target.subresource === "finalize" && resource.kind === "Namespace" && verb === "update";
  const isStatus = target.subresource === "status" && resource.subresources?.includes("status") === true;
  if (target.subresource !== undefined && !finalizesNamespace && !(isStatus && ["get", "update", "patch"].includes(verb))) {
    throw new SkiffError("NotFound", "the server could not find the requested resource");
  }
  switch (verb) {
    case "get":
      return answerObject(call, getObject(call));
    case "list":
      return listObjects(call);
    case "watch":
      return watchObjects(call);
    case "create":
      if (target.name !== undefined) break;
      return answerObject(call, await createObject(call), 201);
    case "update":
      if (target.name === undefined) break;
      return answerObject(call, await updateObject(call));
    case "patch": {
      if (target.name === undefined) break;
      const patched = await patchObject(call);
      return answerObject(call, patched, call.outcome?.created ? 201 : 200);
    }
    case "delete":
      return answerDeleted(call, await deleteObject(call));
    case "deletecollection":
      if (resource.kind === "Namespace" && resource.group === "") break;
      return Response.json({ kind: `${resource.kind}List`, apiVersion: "v1", metadata: {}, items: await deleteCollection(call) });
  }
  throw new SkiffError("MethodNotAllowed", "the server does not allow this method on the requested resource");
}

/** A quoted string of a header: printable ASCII only. */
function toQuoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Answers a request and tells `seen` who asked for what as soon as that is known. */
async function answer(
  parts: ApiServerParts,
  request: Request,
  caller: UserInfo,
  seen: (user: UserInfo, info: RequestInfo) => void,
): Promise<Response> {
  const url = new URL(request.url);
  const info = parseRequestInfo(request.method, url);
  seen(caller, info);
  const user = impersonate(parts.authorizer, request, caller);
  seen(user, info);
  authorize(parts, user, info);
  if (!info.resource) return answerPath(parts, info, request);
  const { group, version, plural, namespace, name } = info.resource;
  if (info.verb === "create" && name === undefined) {
    const review = await answerReview(parts, info.resource, request, user);
    if (review !== undefined) return Response.json(review, { status: 201 });
  }
  const resource = parts.registry.find(group, version, plural);
  if (!resource) throw new SkiffError("NotFound", "the server could not find the requested resource");
  if (resource.namespaced && namespace === undefined && !["list", "watch"].includes(info.verb)) {
    throw new SkiffError("NotFound", "the server could not find the requested resource");
  }
  const target = resource.kind === "Namespace" ? { ...info.resource, namespace: undefined } : info.resource;
  const warnings: string[] = [];
  const response = await answerResource({ parts, request, url, user, resource, target, outcome: { warnings } }, info.verb);
  for (const text of warnings) response.headers.append("warning", `299 - ${toQuoted(text)}`);
  return response;
}

/** Creates the handler over the given parts. */
export function createApiServer(parts: ApiServerParts): ApiServer {
  return {
    handle: async (request, caller, origin = "process") => {
      const start = performance.now();
      let user = caller;
      let info: RequestInfo | undefined;
      let response: Response;
      try {
        response = await answer(parts, request, caller, (asUser, asked) => {
          user = asUser;
          info = asked;
        });
      } catch (error) {
        if (!(error instanceof SkiffError))
          parts.log.error("request failed", { method: request.method, path: new URL(request.url).pathname, error });
        const status = toStatus(error);
        response = Response.json(status, { status: status.code });
      }
      const audited = origin === "network" || !READING.has(info?.verb ?? "");
      if (audited) parts.audit?.(describeRequest({ caller, user, info, method: request.method, code: response.status, start }));
      return response;
    },
  };
}
