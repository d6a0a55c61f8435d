/** Requests to the platform's APIs from a page that may stand at `/` or at `/pipeline/`. */

import { mountRoot } from "./mount-root.ts";
import { rememberPlace } from "./place.ts";

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const root = mountRoot(location.pathname);
const PIPELINES = `${root}pipeline/apis/v2beta1`;

/** Where the pipelines API is, as people type it into a client. */
export const pipelinesHost: string = `${location.origin}${root}pipeline`;
export const signOutPath: string = `${root}oauth2/sign_out`;
export const envInfoPath: string = `${root}api/workgroup/env-info`;

/** The URL of a path of the pipelines API; segments are encoded, `undefined` parameters left out. */
export function pipelinesUrl(segments: readonly string[], parameters: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) query.set(key, value);
  const path = segments.map((segment) => encodeURIComponent(segment)).join("/");
  return `${PIPELINES}/${path}${query.size > 0 ? `?${query}` : ""}`;
}

function messageOfBody(text: string, status: number): string {
  try {
    const body = JSON.parse(text) as { message?: unknown; error?: unknown };
    for (const value of [body.message, body.error]) if (typeof value === "string" && value !== "") return value;
  } catch {
    // Not JSON: the text itself is the message.
  }
  return text.trim().slice(0, 300) || `The server answered ${status}.`;
}

/** Sends a request; 401 reloads the page, which leads to the sign-in. Throws ApiError for every other failure. */
export async function send(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, { credentials: "same-origin", ...init });
  if (response.status === 401) {
    reloadForSignIn();
    throw new ApiError(401, "Load this page again to sign in.");
  }
  if (!response.ok) throw new ApiError(response.status, messageOfBody(await response.text(), response.status));
  return response;
}

/** Reads JSON of type `T`; the servers' wire types are the contract. */
export async function getJson<T>(url: string, signal?: AbortSignal): Promise<T> {
  const response = await send(url, { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) });
  return (await response.json()) as T;
}

const RELOADED = "skiff.reloaded-for-sign-in";

/** Reloads at most once in ten seconds, so that a server that always answers 401 cannot trap the browser. */
function reloadForSignIn(): void {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < 10_000) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  rememberPlace();
  location.reload();
}
