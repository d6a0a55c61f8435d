/** `/.well-known/openid-configuration` in Dex's order (dexidp/dex server/handlers.go); only what is really offered is announced. */
import { SCOPES } from "./authorization-request.ts";

export function toDiscovery(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    userinfo_endpoint: `${issuer}/userinfo`,
    introspection_endpoint: `${issuer}/token/introspect`,
    grant_types_supported: ["authorization_code", "refresh_token"],
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256", "plain"],
    scopes_supported: SCOPES,
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    claims_supported: ["iss", "sub", "aud", "iat", "exp", "email", "email_verified", "groups", "name", "preferred_username", "at_hash"],
  };
}
