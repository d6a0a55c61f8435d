/** Routes below the issuer's path, as dexidp/dex server/server.go lays them out, on Node's own request and response. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isReason } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { toDiscovery } from "./discovery.ts";
import type { Answer, FlowRequest, LoginFlow } from "./login-flow.ts";
import { errorPage } from "./pages.ts";

export interface DexHandlerOptions {
  readonly prefix: string;
  readonly issuer: string;
  readonly log: Log;
  readonly flow: LoginFlow;
  readonly publicJwk: () => Promise<unknown>;
  /** Serves `/token`, `/token/introspect` and `/userinfo`. */
  readonly tokenEndpoints: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Resolves once there is a configuration. */
  readonly ready: () => Promise<void>;
}

const FORM_LIMIT_BYTES = 64 * 1024;
const TOKEN_PATHS: readonly string[] = ["/token", "/token/introspect", "/userinfo"];

/** Reads an urlencoded body; undefined when it is of another type or too long. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > FORM_LIMIT_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function send(response: ServerResponse, answer: Answer, withBody: boolean): void {
  if ("location" in answer) {
    response.writeHead(answer.status, { location: answer.location, "cache-control": "no-store", "content-length": "0" }).end();
    return;
  }
  const body = Buffer.from(answer.html);
  response.writeHead(answer.status, { ...answer.headers, "content-length": body.length });
  response.end(withBody ? body : undefined);
}

function sendJson(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value, null, 2));
}

/** Creates the handler of everything below `prefix`. */
export function createDexHandler(options: DexHandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { prefix, issuer, log, flow } = options;

  const answerPage = async (path: string, request: IncomingMessage, query: URLSearchParams): Promise<Answer> => {
    const isPost = request.method === "POST";
    if (!isPost && request.method !== "GET" && request.method !== "HEAD") return errorPage(400, "Unsupported request method.");
    const form = isPost ? await readForm(request) : new URLSearchParams();
    if (!form) return errorPage(400, "Failed to parse request.");
    const input: FlowRequest = { query, form, host: request.headers.host ?? "", address: request.socket.remoteAddress ?? "" };
    switch (path) {
      case "/auth":
        return flow.authorize({ ...input, query: isPost ? form : query });
      case "/auth/local":
        return flow.begin({ ...input, query: isPost ? form : query });
      case "/auth/local/login":
        return isPost ? flow.submitLogin(input) : flow.showLogin(input);
      case "/approval":
        return isPost ? flow.submitApproval(input) : flow.showApproval(input);
      default:
        return path.startsWith("/auth/") ? errorPage(400, "Bad connector ID") : errorPage(404, "Page not found.");
    }
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const original = request.url ?? "/";
    const url = new URL(original.slice(prefix.length) || "/", "http://dex");
    const path = url.pathname;
    if (path === "/healthz") {
      response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end("Health check passed");
      return;
    }
    if (path === "/.well-known/openid-configuration") {
      sendJson(response, toDiscovery(issuer));
      return;
    }
    if (path === "/keys") {
      sendJson(response, { keys: [await options.publicJwk()] }, { "cache-control": "max-age=600, must-revalidate" });
      return;
    }
    await options.ready();
    if (TOKEN_PATHS.includes(path)) {
      // oidc-provider finds the mount path by comparing the two, as under Express.
      Object.assign(request, { originalUrl: original, url: `${path}${url.search}` });
      await options.tokenEndpoints(request, response);
      return;
    }
    send(response, await answerPage(path, request, url.searchParams), request.method !== "HEAD");
  };
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const unavailable = isReason(error, "ServiceUnavailable");
      if (!unavailable) log.error("sign-in request failed", { error });
      if (response.headersSent) response.destroy();
      else send(response, unavailable ? errorPage(503, "Sign-in is not ready.") : errorPage(500, "Internal server error."), true);
    });
  };
}
