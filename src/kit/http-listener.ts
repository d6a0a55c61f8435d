/** Node's HTTP objects to web `Request` and `Response`, streaming both ways, headers flushed at once. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { Readable } from "node:stream";
import { SkiffError } from "../lib/errors.ts";

function toRequest(incoming: IncomingMessage, response: ServerResponse, scheme: "http" | "https"): Request {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) headers.append(incoming.rawHeaders[i] ?? "", incoming.rawHeaders[i + 1] ?? "");
  const abort = new AbortController();
  response.once("close", () => abort.abort());
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  const init = {
    method: incoming.method ?? "GET",
    headers,
    signal: abort.signal,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" } : {}),
  };
  return new Request(new URL(incoming.url ?? "/", `${scheme}://${incoming.headers.host ?? "localhost"}`), init as RequestInit);
}

async function pump(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = body.getReader();
  const gone = (): void => void reader.cancel().catch(() => {});
  response.once("close", gone);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || response.destroyed) break;
      if (!response.write(value)) await new Promise<void>((resolve) => response.once("drain", resolve).once("close", () => resolve()));
    }
    response.end();
  } catch {
    // The answer broke off in the middle: the client must see that, not a complete-looking end.
    response.destroy();
  } finally {
    response.off("close", gone);
  }
}

/** A request listener for node:http(s) that answers with `handler`. Errors of the handler answer 500 without detail. */
export function toNodeListener(
  handler: (request: Request) => Promise<Response>,
  scheme: "http" | "https",
): (incoming: IncomingMessage, response: ServerResponse) => void {
  return (incoming, response) => {
    void (async () => {
      let answer: Response;
      try {
        answer = await handler(toRequest(incoming, response, scheme));
      } catch {
        answer = new Response("internal error\n", { status: 500 });
      }
      if (response.destroyed) {
        await answer.body?.cancel();
        return;
      }
      for (const [name, value] of answer.headers) if (name !== "set-cookie") response.setHeader(name, value);
      const cookies = answer.headers.getSetCookie();
      if (cookies.length > 0) response.setHeader("set-cookie", cookies);
      response.writeHead(answer.status);
      if (!answer.body || incoming.method === "HEAD") {
        response.end();
        return;
      }
      response.flushHeaders();
      await pump(answer.body, response);
    })();
  };
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is already in use",
  EACCES: "may not be opened by this user",
  EADDRNOTAVAIL: "is not an address of this machine",
};

/**
 * Opens a listener; port 0 takes any free one. Throws Conflict in one sentence that names `who` and, as the remedy,
 * the `flag` that chooses another port.
 */
export function openListener(
  server: Server,
  { host, port }: { host: string; port: number },
  who: string,
  flag: string,
): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const problem = LISTEN_PROBLEMS[error.code ?? ""];
      if (problem === undefined) return reject(error);
      const remedy =
        error.code === "EADDRNOTAVAIL"
          ? "Choose another address with --host."
          : `Choose another port with ${flag} N (0 takes any free one).`;
      return reject(new SkiffError("Conflict", `${who} cannot listen: ${host}:${port} ${problem}`, { remedy, cause: error }));
    });
    server.listen(port, host, () => resolve({ port: (server.address() as AddressInfo).port }));
  });
}
