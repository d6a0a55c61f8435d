/** Which `redirect_uri` a client may use. Follows dexidp/dex server/oauth2.go `validateRedirectURI`. */
import type { StaticClient } from "./dex-config.ts";

/**
 * True when `uri` may receive codes of `client`. URIs compare exactly. A registered URI that is only a path stands for that path
 * at the address the request itself came to (`host`, the Host header), so one configuration serves every name of the machine.
 */
export function isRedirectUriAllowed(client: StaticClient, uri: string, host: string): boolean {
  if (client.redirectUris.includes(uri)) return isPathOnly(uri) || URL.canParse(uri);
  if (!URL.canParse(uri)) return false;
  const parsed = new URL(uri);
  const { protocol, hostname, username, password } = parsed;
  if ((protocol !== "http:" && protocol !== "https:") || username !== "" || password !== "") return false;
  // The text must be in normal form: what was checked is then what the browser follows.
  if (parsed.href !== uri) return false;
  if (
    host !== "" &&
    parsed.host === host.toLowerCase() &&
    client.redirectUris.some((path) => isPathOnly(path) && path === uri.slice(parsed.origin.length))
  ) {
    return true;
  }
  return client.public && client.redirectUris.length === 0 && protocol === "http:" && hostname === "localhost";
}

/** An absolute path on the same host: neither `//host` nor `/\host`. */
function isPathOnly(uri: string): boolean {
  return uri.startsWith("/") && !uri.startsWith("//") && !uri.startsWith("/\\");
}
