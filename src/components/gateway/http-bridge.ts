/** Between Node's request and response and the web's: bodies stream both ways, and an abandoned connection aborts the request. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

/** A Request for `incoming` with other `headers`. Its signal aborts when the client goes away before the answer is complete. */
export function toRequest(incoming: IncomingMessage, response: ServerResponse, url: string, headers: Headers): Request {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new DOMException("the client closed the connection", "AbortError"));
  });
  const method = incoming.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD" && (headers.has("content-length") || headers.has("transfer-encoding"));
  return new Request(url, {
    method,
    headers,
    signal: gone.signal,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" as const } : {}),
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
