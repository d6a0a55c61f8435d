/** Listeners of node:http(s) whose requests a web handler answers, and opening them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { SkiffError } from "../lib/errors.ts";
import { sendResponse, toLightRequest } from "./http-bridge.ts";

function addressOf(incoming: IncomingMessage, scheme: "http" | "https"): string {
  const origin = `${scheme}://${incoming.headers.host ?? "localhost"}`;
  return new URL(incoming.url ?? "/", origin).href;
}

/** A request listener for node:http(s) that answers with `handler`. Errors of the handler answer 500 without detail. */
export function toNodeListener(
  handler: (request: Request) => Promise<Response>,
  scheme: "http" | "https",
): (incoming: IncomingMessage, response: ServerResponse) => void {
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<Response> => {
    try {
      const headers = new Headers();
      const { rawHeaders } = incoming;
      for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
      return await handler(toLightRequest(incoming, response, addressOf(incoming, scheme), headers));
    } catch {
      return new Response("internal error\n", { status: 500 });
    }
  };
  return (incoming, response) => {
    void answer(incoming, response).then((result) => sendResponse(result, response, incoming.method ?? "GET"));
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
