/**
 * Between Node's request and response and the web's: bodies stream both ways, and an abandoned connection aborts the
 * request. Bodies that are complete from the start take a short cut past the streams of the web, which cost more than
 * everything else about a small request.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";

const incomingOf = new WeakMap<Request, IncomingMessage>();
/** Less than any socket's high-water mark. */
const TAIL_BYTES = 8192;

const textOf = new WeakMap<Response, string>();

/** A response whose whole JSON text is known; the listener sends it in one piece. */
export function toJsonResponse(text: string, status = 200): Response {
  const response = new Response(text, { status, headers: { "content-type": "application/json" } });
  textOf.set(response, text);
  return response;
}

/** Reads the whole body of a request; undefined when it is longer than `limit` bytes. */
export async function readRequestBytes(request: Request, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? "0") > limit) return undefined;
  // Whoever stops early must still be able to answer, so the connection stays.
  const direct = incomingOf.get(request)?.iterator({ destroyOnReturn: false });
  const source: AsyncIterable<Uint8Array> = direct ?? request.body ?? Readable.from([]);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks);
}

interface Parts {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: string;
  readonly headers: Headers;
  gone?: AbortController;
  real?: Request;
}

const partsOf = new WeakMap<object, Parts>();

function hasBody({ incoming, headers }: Parts): boolean {
  const { method } = incoming;
  return method !== "GET" && method !== "HEAD" && (headers.has("content-length") || headers.has("transfer-encoding"));
}

/** The signal, made when first asked for: it aborts when the client goes away before the answer is complete. */
function signalOf(parts: Parts): AbortSignal {
  if (!parts.gone) {
    const gone = new AbortController();
    parts.gone = gone;
    const leave = (): void => {
      if (!parts.response.writableFinished) gone.abort(new DOMException("the client closed the connection", "AbortError"));
    };
    if (parts.response.destroyed) leave();
    else parts.response.once("close", leave);
  }
  return parts.gone.signal;
}

function toRealRequest(parts: Parts): Request {
  if (parts.real) return parts.real;
  const init: RequestInit = { method: parts.incoming.method ?? "GET", headers: parts.headers, signal: signalOf(parts) };
  // Node's two types of web streams differ in name only.
  if (hasBody(parts)) Object.assign(init, { body: Readable.toWeb(parts.incoming), duplex: "half" });
  parts.real = new Request(parts.url, init);
  return parts.real;
}

function partsFor(request: object): Parts {
  const parts = partsOf.get(request);
  if (!parts) throw new TypeError("not a request of this listener");
  return parts;
}

/** What a small request is asked for; everything else makes the real one first. */
const CHEAP: Readonly<Record<string, (parts: Parts) => unknown>> = {
  method: ({ incoming }) => incoming.method ?? "GET",
  url: ({ url }) => url,
  headers: ({ headers }) => headers,
  signal: signalOf,
};

function createPrototype(): object {
  const prototype: object = Object.create(Request.prototype);
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(Request.prototype))) {
    if (name === "constructor") continue;
    const cheap = CHEAP[name];
    if (descriptor.get) {
      const read = (parts: Parts): unknown => (cheap ? cheap(parts) : Reflect.get(toRealRequest(parts), name));
      Object.defineProperty(prototype, name, {
        get(this: object) {
          return read(partsFor(this));
        },
      });
    } else if (typeof descriptor.value === "function") {
      const method = descriptor.value as (this: Request, ...args: unknown[]) => unknown;
      Object.defineProperty(prototype, name, {
        value(this: object, ...args: unknown[]) {
          return method.apply(toRealRequest(partsFor(this)), args);
        },
      });
    }
  }
  return prototype;
}

const lightPrototype = createPrototype();

/** A Request for `incoming` with other `headers`. Its signal aborts when the client goes away before the answer is complete. */
export function toRequest(incoming: IncomingMessage, response: ServerResponse, url: string, headers: Headers): Request {
  return toRealRequest({ incoming, response, url, headers });
}

/** Like `toRequest`, made in full only when asked for more than method, address, headers, signal or its bytes. */
export function toLightRequest(incoming: IncomingMessage, response: ServerResponse, url: string, headers: Headers): Request {
  const request = Object.create(lightPrototype) as Request;
  const parts = { incoming, response, url, headers };
  partsOf.set(request, parts);
  if (hasBody(parts)) incomingOf.set(request, incoming);
  return request;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}

/** Writes `answer`; settles when everything is handed over or the client is gone. */
export async function sendResponse(answer: Response, response: ServerResponse, method: string): Promise<void> {
  if (response.destroyed) {
    await answer.body?.cancel();
    return;
  }
  for (const [name, value] of answer.headers) if (name !== "set-cookie") response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  response.statusCode = answer.status;
  const text = textOf.get(answer);
  if (text !== undefined && method !== "HEAD") {
    const bytes = Buffer.from(text);
    response.setHeader("content-length", bytes.length);
    // A client that has the whole answer may send its next request at once. If this one still waited to be flushed then,
    // Node would pause its parser and, over TLS, break the connection (HPE_PAUSED): so the end is held back until it is.
    const tail = Math.max(0, bytes.length - TAIL_BYTES);
    if (tail > 0 && !response.write(bytes.subarray(0, tail))) await drained(response);
    if (!response.destroyed) response.end(bytes.subarray(tail));
    return;
  }
  if (!answer.body || method === "HEAD") {
    await answer.body?.cancel();
    response.end();
    return;
  }
  const reader = answer.body.getReader();
  response.once("close", () => {
    if (!response.writableFinished) reader.cancel().catch(() => undefined);
  });
  // Event streams announce themselves before their first event.
  response.flushHeaders();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (response.destroyed) return;
      if (!response.write(part.value)) await drained(response);
    }
    response.end();
  } catch {
    // The status line is out: a broken connection is the only way left to say that the body is not complete.
    response.destroy();
  }
}
