/** Validates an OAuth 2 authorization request. Texts and order follow dexidp/dex server/oauth2.go `parseAuthorizationRequest`. */
import { createHash } from "node:crypto";
import type { DexConfig } from "./dex-config.ts";
import { isRedirectUriAllowed } from "./redirect-uri.ts";

/** A valid request, as it travels in the signed `state` of the login form. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly state: string;
  readonly nonce: string | undefined;
  /** S256 challenge; a `plain` one has been converted. */
  readonly codeChallenge: string | undefined;
  readonly forceApproval: boolean;
}

export type AuthorizationOutcome =
  | { readonly kind: "valid"; readonly request: AuthorizationRequest }
  /** Nothing may be sent to the redirect URI: show a page. */
  | { readonly kind: "page"; readonly status: number; readonly message: string }
  | { readonly kind: "redirect"; readonly location: string };

export const SCOPES = ["openid", "email", "groups", "profile", "offline_access"] as const;

/** `redirectUri` with `parameters` added to its query. */
export function withQuery(redirectUri: string, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters).toString();
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${query}`;
}

const MAX_PARAMETER = 4096;

/** Judges the query of `/auth`; `host` is the Host header the request came with. */
export function parseAuthorizationRequest(query: URLSearchParams, config: DexConfig, host: string): AuthorizationOutcome {
  const page = (status: number, message: string): AuthorizationOutcome => ({ kind: "page", status, message });
  for (const [name, value] of query) {
    if (value.length > MAX_PARAMETER) return page(400, "Failed to parse request.");
    if (query.getAll(name).length > 1) return page(400, "Failed to parse request.");
  }
  const clientId = query.get("client_id") ?? "";
  const redirectUri = query.get("redirect_uri") ?? "";
  const client = config.clients.find(({ id }) => id === clientId);
  if (!client) return page(404, "Invalid client_id.");
  if (redirectUri === "") return page(400, "No redirect_uri provided.");
  if (!isRedirectUriAllowed(client, redirectUri, host)) return page(400, "Unregistered redirect_uri.");

  const state = query.get("state") ?? "";
  const refuse = (error: string, description: string): AuthorizationOutcome => ({
    kind: "redirect",
    location: withQuery(redirectUri, { error, error_description: description, state }),
  });
  if (query.has("request") || query.has("request_uri"))
    return refuse("request_not_supported", "Server does not support request parameter.");
  const method = query.get("code_challenge_method") ?? "plain";
  const challenge = query.get("code_challenge") ?? "";
  if (challenge !== "" && method !== "S256" && method !== "plain") {
    return refuse("invalid_request", "Unsupported PKCE challenge method");
  }
  // RFC 7636 §4.2: 43 to 128 unreserved characters.
  if (challenge !== "" && !/^[A-Za-z0-9._~-]{43,128}$/.test(challenge)) return refuse("invalid_request", "Invalid code_challenge");
  const responseType = query.get("response_type") ?? "";
  if (responseType === "") return refuse("invalid_request", "No response_type provided");
  if (responseType !== "code") return refuse("unsupported_response_type", `Unsupported response type "${responseType}"`);
  const requested = (query.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  if (!requested.includes("openid")) return refuse("invalid_scope", 'Missing required scope(s) ["openid"].');
  const unknown = requested.filter((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown.length > 0) return refuse("invalid_scope", `Unrecognized scope(s) ${JSON.stringify(unknown)}`);

  return {
    kind: "valid",
    request: {
      clientId,
      redirectUri,
      scope: [...new Set(requested)].join(" "),
      state,
      nonce: query.get("nonce") ?? undefined,
      codeChallenge:
        challenge === "" ? undefined : method === "S256" ? challenge : createHash("sha256").update(challenge).digest("base64url"),
      forceApproval: query.get("approval_prompt") === "force",
    },
  };
}
