/** A browser as far as signing in needs one: cookies by name, redirects followed and recorded. */
import { request as httpRequest } from "node:http";

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly url: string;
  readonly history: readonly { readonly status: number; readonly location: string }[];
}

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  /** Flat list of names and values; names keep their spelling. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** One request exactly as written: fetch would tidy up what the tests need untidy. */
export function rawRequest(port: number, { method = "GET", path, headers = [], body }: RawRequest): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const list = [...headers];
    if (!list.some((name, index) => index % 2 === 0 && name.toLowerCase() === "host")) list.push("Host", `127.0.0.1:${port}`);
    if (body !== undefined) list.push("Content-Length", String(Buffer.byteLength(body)));
    const request = httpRequest({ host: "127.0.0.1", port, method, path, headers: list as never, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const replied = new Headers();
        for (let i = 0; i < response.rawHeaders.length; i += 2)
          replied.append(response.rawHeaders[i] ?? "", response.rawHeaders[i + 1] ?? "");
        resolve({ status: response.statusCode ?? 0, headers: replied, body: Buffer.concat(chunks).toString(), url: path, history: [] });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

export interface Browser {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  post(path: string, form: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Without following redirects. */
  once(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Reply>;
}

export function createBrowser(port: number, cookies = new Map<string, string>()): Browser {
  const origin = `http://127.0.0.1:${port}`;
  const once: Browser["once"] = async (method, path, headers = {}, body) => {
    const list = Object.entries(headers).flat();
    if (cookies.size > 0) list.push("Cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const reply = await rawRequest(port, { method, path, headers: list, ...(body === undefined ? {} : { body }) });
    for (const cookie of reply.headers.getSetCookie()) {
      const [pair = "", ...attributes] = cookie.split("; ");
      const name = pair.slice(0, pair.indexOf("="));
      if (attributes.includes("Max-Age=0")) cookies.delete(name);
      else cookies.set(name, pair.slice(name.length + 1));
    }
    return reply;
  };
  const follow = async (first: Reply, headers: Readonly<Record<string, string>> | undefined): Promise<Reply> => {
    const history: { status: number; location: string }[] = [];
    let reply = first;
    while (reply.status >= 301 && reply.status <= 303 && history.length < 10) {
      const location = reply.headers.get("location") ?? "";
      history.push({ status: reply.status, location });
      const next = new URL(location, origin);
      if (next.origin !== origin) return { ...reply, history };
      reply = await once("GET", `${next.pathname}${next.search}`, headers);
    }
    return { ...reply, history };
  };
  return {
    cookies,
    once,
    get: async (path, headers) => follow(await once("GET", path, headers), headers),
    post: async (path, form, headers) => {
      const sent = { "Content-Type": "application/x-www-form-urlencoded", ...headers };
      return follow(await once("POST", path, sent, new URLSearchParams(form).toString()), headers);
    },
  };
}
