/** Where a browser goes after signing in or out: a path of this host, never another place. */

const MAX_LENGTH = 2048;
/** Going back there would start the sign-in again, or end the session that was just made. */
const NEVER: readonly string[] = ["/oauth2", "/login/oidc", "/authservice", "/logout", "/dex"];

/** `path` when it is safe to redirect to, otherwise "/". */
export function toReturnPath(path: string | null | undefined): string {
  if (!path || path.length > MAX_LENGTH || !/^[\x21-\x7e]+$/.test(path) || path.includes("\\")) return "/";
  if (!path.startsWith("/") || path.startsWith("//")) return "/";
  // As a browser will read it: dot segments may hide a second slash at the front ("/.//evil").
  const parsed = new URL(path, "http://here.invalid");
  if (parsed.origin !== "http://here.invalid" || parsed.pathname.startsWith("//")) return "/";
  const bare = parsed.pathname.toLowerCase();
  return NEVER.some((prefix) => bare === prefix || bare.startsWith(`${prefix}/`)) ? "/" : path;
}
