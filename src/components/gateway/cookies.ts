/** The gateway's cookies. One name, one Path: clients that keep cookies by name alone fail on a second path. */

/** Both generations' names stand for the same session. */
export const SESSION_COOKIES: readonly string[] = ["oauth2_proxy_kubeflow", "authservice_session"];
export const CSRF_COOKIE = "oauth2_proxy_kubeflow_csrf";

/** The first value of cookie `name` in a Cookie header; undefined when absent. */
export function findCookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** A Set-Cookie value; `maxAgeSeconds` 0 deletes the cookie. */
export function toSetCookie(name: string, value: string, maxAgeSeconds: number, secure: boolean): string {
  // Over plain http a Secure cookie would silently not come back.
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}
