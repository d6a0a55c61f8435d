/** Which mount serves a path, and how an anonymous caller is told to sign in. */
import type { Mount } from "../../kit/index.ts";

/** Finds the mount with the longest prefix that covers `path` at a segment's end. */
export function createRouter(mounts: readonly Mount[]): (path: string) => Mount | undefined {
  const longestFirst = [...mounts].sort((a, b) => b.prefix.length - a.prefix.length);
  return (path) =>
    longestFirst.find(({ prefix }) => prefix === "" || path === prefix || (path.startsWith(prefix) && path[prefix.length] === "/"));
}

/** True when a caller needs no identity for `path`. */
export function isOpen({ access, prefix, open = [] }: Mount, path: string): boolean {
  return access === "public" || open.some((suffix) => path === `${prefix}${suffix}`);
}

/** True for programs, which cannot follow a redirect to a login form. `api_routes` of Kubeflow's oauth2-proxy.cfg, and what browsers say of background requests. */
export function expectsApiAnswer(path: string, headers: Headers, mount: Mount | undefined): boolean {
  if (mount?.api || path.includes("/api/") || path.includes("/apis/") || path.startsWith("/ml_metadata")) return true;
  if (headers.get("x-requested-with")?.toLowerCase() === "xmlhttprequest") return true;
  const accept = headers.get("accept") ?? "";
  if (accept.includes("application/json") && !accept.includes("text/html")) return true;
  const mode = headers.get("sec-fetch-mode");
  return mode !== null && mode !== "navigate";
}

/** True when a browser sends an unsafe request on behalf of another site. */
export function isCrossSite(method: string, headers: Headers, host: string): boolean {
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return false;
  if (headers.get("sec-fetch-site") === "cross-site") return true;
  const origin = headers.get("origin");
  if (origin === null) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host.toLowerCase();
}
