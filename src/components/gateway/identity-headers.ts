/**
 * Headers from outside that could be taken for something the platform says. A name is judged in lower case with `_` as `-`,
 * since servers behind us may fold them (oauth2-proxy CVE-2025-64484), and names listed in `Connection` are dropped (RFC 9110 §7.6.1).
 */

/** Name and value pairs, as in Node's `rawHeaders`, two by two. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

const FORBIDDEN = new Set([
  "forwarded",
  "remote-user",
  "x-real-ip",
  "x-remote-user",
  "x-remote-group",
  "x-original-url",
  "x-original-uri",
  "x-rewrite-url",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);
const FORBIDDEN_PREFIXES: readonly string[] = ["kubeflow-", "x-auth-request-", "x-forwarded-", "x-goog-authenticated-user-", "x-goog-iap-"];

/** Framing and routing headers: naming them in `Connection` must not remove them. */
const NEVER_HOP_BY_HOP = new Set(["host", "content-length", "transfer-encoding", "connection", "upgrade", "te"]);

const SESSION_COOKIES: readonly string[] = ["authservice_session", "oauth2_proxy_kubeflow", "oauth2_proxy_kubeflow_csrf"];

/** True when callers may not send `name`. */
export function isForbiddenHeader(name: string): boolean {
  const folded = name.toLowerCase().replaceAll("_", "-");
  return FORBIDDEN.has(folded) || FORBIDDEN_PREFIXES.some((prefix) => folded.startsWith(prefix));
}

/** Turns Node's flat list into pairs. */
export function toPairs(rawHeaders: readonly string[]): HeaderPairs {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) pairs.push([rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""]);
  return pairs;
}

/** The `Cookie` header without the gateway's own cookies: what runs behind the gateway has no use for sessions but to steal them. */
function withoutSessionCookies(value: string): string {
  return value
    .split(";")
    .filter((part) => !SESSION_COOKIES.includes(part.split("=", 1)[0]?.trim() ?? ""))
    .join(";")
    .trim();
}

/** The headers that go on towards a mount. */
export function stripForeignHeaders(pairs: HeaderPairs): HeaderPairs {
  const hopByHop = new Set<string>();
  for (const [name, value] of pairs) {
    if (name.toLowerCase() !== "connection") continue;
    for (const token of value.split(",")) hopByHop.add(token.trim().toLowerCase());
  }
  const kept: [string, string][] = [];
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    if (isForbiddenHeader(name) || (hopByHop.has(lower) && !NEVER_HOP_BY_HOP.has(lower))) continue;
    if (lower !== "cookie") kept.push([name, value]);
    else {
      const cookies = withoutSessionCookies(value);
      if (cookies !== "") kept.push([name, cookies]);
    }
  }
  return kept;
}
