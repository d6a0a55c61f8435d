/** The Kubernetes API of a running platform over HTTPS, byte for byte: for what no client would send. */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; undefined when it is not. */
  readonly body: T;
  /** What was asked, shortened, for messages. */
  readonly request: string;
}

export interface SendOptions {
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default the admin's; null sends none. */
  readonly token?: string | null;
}

export interface KubeApi {
  send<T = unknown>(method: string, path: string, options?: SendOptions): Promise<Answer<T>>;
  /** Posts JSON; rejects unless it was created. */
  create<T = unknown>(path: string, object: unknown): Promise<T>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Talks to `server` with the credentials in `dataDir`. */
export function createKubeApi(dataDir: string, server: string): KubeApi {
  const ca = readFileSync(join(dataDir, "cluster/pki/ca.crt"), "utf8");
  const admin = readFileSync(join(dataDir, "cluster/pki/admin.token"), "utf8").trim();
  const api: KubeApi = {
    send: <T>(method: string, path: string, options: SendOptions = {}) =>
      new Promise<Answer<T>>((resolve, reject) => {
        const { body, contentType = "application/json", headers = {}, token = admin } = options;
        const bytes = body === undefined ? undefined : Buffer.from(body);
        const outgoing = request(
          new URL(server),
          {
            // Not through URL, which would tidy it up.
            path,
            method,
            ca,
            agent: false,
            headers: {
              ...(bytes ? { "content-type": contentType, "content-length": String(bytes.length) } : {}),
              ...(token === null ? {} : { authorization: `Bearer ${token}` }),
              ...headers,
            },
          },
          (incoming) => {
            const chunks: Buffer[] = [];
            incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
            incoming.on("error", reject);
            incoming.on("end", () => {
              const text = Buffer.concat(chunks).toString();
              const request = `${method} ${path} ${contentType} ${bytes?.subarray(0, 200).toString() ?? ""}`;
              resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: parse(text) as T, request });
            });
          },
        );
        outgoing.on("error", reject);
        outgoing.end(bytes);
      }),
    create: async <T>(path: string, object: unknown) => {
      const { status, text, body } = await api.send<T>("POST", path, { body: JSON.stringify(object) });
      if (status !== 201) throw new Error(`POST ${path} answered ${status}: ${text}`);
      return body;
    },
  };
  return api;
}
