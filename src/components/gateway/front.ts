/** One request through the gateway: read it once, find out who calls, decide, and hand it to a mount with our own identity headers. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { sendResponse, toRequest, type Mount } from "../../kit/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { toStorageFull } from "../../lib/storage-full.ts";
import type { Bearers } from "./bearer.ts";
import { unauthorized, type Endpoint } from "./endpoints.ts";
import { stripForeignHeaders, toPairs } from "./identity-headers.ts";
import { parseTarget, type RequestTarget } from "./request-path.ts";
import { createRouter, expectsApiAnswer, isCrossSite, isOpen } from "./routing.ts";
import type { Sessions, User } from "./sessions.ts";
import { sessionIdsOf, type Caller, type SignIn } from "./sign-in.ts";

export interface FrontOptions {
  readonly mounts: readonly Mount[];
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly sessions: Sessions;
  readonly bearers: Bearers;
  readonly signIn: SignIn;
  readonly log: Log;
  /** How often the session behind an unfinished answer is looked at. */
  readonly sessionCheckMs?: number;
}

/** How a caller was recognised; `refusal` is the answer to a bearer that does not hold. */
interface Identification {
  readonly user?: User;
  readonly by?: "cookie" | "bearer";
  readonly refusal?: Response;
}

interface Call {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly target: RequestTarget;
  readonly url: string;
  readonly caller: Caller;
  /** What goes on towards the mount, before the gateway's own headers. */
  readonly headers: Headers;
  readonly bearer: string | undefined;
}

const SESSION_CHECK_MS = 15_000;
/** Long enough for an answer to arrive before the connection goes. */
const LINGER_MS = 1_000;
/** Strangers send forms, not files. */
const STRANGERS_BODY_MS = 30_000;
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
const text = (status: number, body: string): Response =>
  new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });

const sentenceOf = ({ message, remedy }: SkiffError): string => (remedy === undefined ? message : `${message}. ${remedy}`);

/** Methods that ask for something of the server itself, and that no Request may carry. */
const NOT_SERVED: readonly string[] = ["CONNECT", "TRACE", "TRACK"];

/** Cuts the connection of a request whose body has not arrived by then: nobody waits for it, and it may never end. */
function endUnread(incoming: IncomingMessage, afterMs: number): void {
  if (incoming.complete || incoming.destroyed) return;
  const timer = setTimeout(() => {
    if (!incoming.complete) incoming.destroy();
  }, afterMs);
  timer.unref();
  incoming.once("close", () => clearTimeout(timer));
}

/** Reads what every decision below rests on. Throws BadRequest for requests that two parsers could read differently. */
function readCall(incoming: IncomingMessage, response: ServerResponse): Call {
  const method = incoming.method ?? "GET";
  if (NOT_SERVED.includes(method)) throw new SkiffError("MethodNotAllowed", `${method} is not served`);
  const pairs = toPairs(incoming.rawHeaders);
  for (const single of ["host", "authorization"]) {
    if (pairs.filter(([name]) => name.toLowerCase() === single).length > 1)
      throw new SkiffError("BadRequest", `more than one ${single} header`);
  }
  const host = incoming.headers.host ?? "";
  if (!HOST.test(host)) throw new SkiffError("BadRequest", "the Host header is missing or malformed");
  const target = parseTarget(incoming.url ?? "", host);
  const secure = "encrypted" in incoming.socket;
  const kept = stripForeignHeaders(pairs);
  const requestId = incoming.headers["x-request-id"];
  const headers = new Headers(kept.map(([name, value]) => [name, value]));
  headers.set("x-forwarded-for", incoming.socket.remoteAddress ?? "");
  headers.set("x-forwarded-proto", secure ? "https" : "http");
  headers.set("x-forwarded-host", host);
  headers.set("x-request-id", typeof requestId === "string" && REQUEST_ID.test(requestId) ? requestId : randomUUID());
  const [scheme = "", ...credentials] = (incoming.headers.authorization ?? "").split(" ");
  return {
    incoming,
    response,
    method,
    target,
    url: `${secure ? "https" : "http"}://${host}${target.path}${target.search}`,
    caller: { host, secure, cookie: incoming.headers.cookie },
    headers,
    bearer: scheme.toLowerCase() === "bearer" ? credentials.join(" ").trim() : undefined,
  };
}

/** Node's own objects, brought in line with what was decided: for mounts that do not take a Request. */
function rewriteIncoming({ incoming, target, headers }: Call): void {
  incoming.url = `${target.path}${target.search}`;
  incoming.rawHeaders = [...headers].flat();
  incoming.headers = Object.fromEntries(headers);
}

/** Creates the listener of the gateway's HTTP server. */
export function createFront(options: FrontOptions): (incoming: IncomingMessage, response: ServerResponse) => void {
  const { endpoints, sessions, bearers, signIn, log, sessionCheckMs = SESSION_CHECK_MS } = options;
  const route = createRouter(options.mounts);

  const identify = async ({ bearer, caller, url }: Call): Promise<Identification> => {
    if (bearer !== undefined) {
      const outcome = await bearers.authenticate(bearer);
      if ("user" in outcome) return { user: outcome.user, by: "bearer" };
      const realm = url.slice(0, 256).replaceAll('"', "%22");
      const headers = { "content-type": "text/plain", "www-authenticate": `Bearer realm="${realm}", error="invalid_token"` };
      return { refusal: new Response(outcome.message, { status: outcome.status, headers }) };
    }
    for (const id of sessionIdsOf(caller.cookie)) {
      const user = await sessions.find(id);
      if (user) return { user, by: "cookie" };
    }
    return {};
  };
  /** Cuts an answer that outlives the session it was given to: a stream may go on for hours after the sign-out. */
  const watchSession = ({ caller, bearer, response }: Call, user: User | undefined): NodeJS.Timeout | undefined => {
    if (!user || bearer !== undefined) return undefined;
    const check = async (): Promise<void> => {
      for (const id of sessionIdsOf(caller.cookie)) if ((await sessions.find(id))?.id === user.id) return;
      response.destroy();
    };
    const timer = setInterval(() => void check().catch(() => undefined), sessionCheckMs);
    timer.unref();
    return timer;
  };
  const answerAnonymous = (call: Call, mount: Mount | undefined): Response => {
    const { method, target, headers, caller } = call;
    if (expectsApiAnswer(target.path, headers, mount)) {
      return mount?.unauthenticated?.(toRequest(call.incoming, call.response, call.url, headers)) ?? unauthorized();
    }
    if (method !== "GET" && method !== "HEAD") return unauthorized();
    return signIn.begin(caller, `${target.path}${target.search}`);
  };
  const forward = async (call: Call, mount: Mount, user: User | undefined): Promise<void> => {
    const { incoming, response, headers } = call;
    if (user) {
      headers.set("kubeflow-userid", user.id);
      if (user.groups.length > 0) headers.set("kubeflow-groups", user.groups.join(","));
    } else endUnread(incoming, STRANGERS_BODY_MS);
    if (mount.node) {
      rewriteIncoming(call);
      mount.node(incoming, response);
      return;
    }
    const answer = await mount.fetch?.(toRequest(incoming, response, call.url, headers));
    const watch = watchSession(call, user);
    try {
      await sendResponse(answer ?? text(404, "404 page not found"), response, call.method);
    } finally {
      clearInterval(watch);
    }
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = readCall(incoming, response);
    const { method, target, caller, headers } = call;
    response.setHeader("x-request-id", headers.get("x-request-id") ?? "");
    const crossSite = isCrossSite(method, headers, caller.host);
    const endpoint = endpoints.get(target.path);
    const identity = await identify(call);
    if (endpoint) {
      const request = { method, search: target.search, caller, bearer: call.bearer, user: identity.user, crossSite };
      await sendResponse(await endpoint(request), response, method);
      return;
    }
    const mount = route(target.path);
    const forged = crossSite && identity.by === "cookie";
    if (mount && isOpen(mount, target.path)) {
      // Open to everyone, so a bad bearer or another site's request is merely anonymous.
      await forward(call, mount, forged ? undefined : identity.user);
      return;
    }
    if (identity.refusal) await sendResponse(identity.refusal, response, method);
    else if (!identity.user) await sendResponse(answerAnonymous(call, mount), response, method);
    else if (forged) await sendResponse(text(403, "cross-site request refused"), response, method);
    else if (!mount) await sendResponse(text(404, "404 page not found"), response, method);
    else await forward(call, mount, identity.user);
  };
  return (incoming, response) => {
    response.setHeader("x-content-type-options", "nosniff");
    // What one caller may see is nothing for caches on the way, unless the mount says so.
    response.setHeader("cache-control", "no-store");
    response.once("finish", () => endUnread(incoming, LINGER_MS));
    response.setHeader("x-frame-options", "SAMEORIGIN");
    response.setHeader("referrer-policy", "same-origin");
    handle(incoming, response).catch((error: unknown) => {
      const known = error instanceof SkiffError && error.status < 500 ? error : toStorageFull(error);
      if (!known) log.error("request failed", { method: incoming.method, requestId: response.getHeader("x-request-id"), error });
      if (response.headersSent) response.destroy();
      else
        void sendResponse(
          text(known?.status ?? 500, known ? sentenceOf(known) : "Internal Server Error"),
          response,
          incoming.method ?? "GET",
        );
    });
  };
}
