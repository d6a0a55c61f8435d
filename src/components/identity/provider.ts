/**
 * The OpenID provider proper: redeems codes, issues and refreshes tokens, answers userinfo and introspection.
 * The library is loaded when it is first needed; it takes longer to import than Skiff takes to start.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AccountClaims, KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Log } from "../../lib/log.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import type { DexConfig, StaticPassword } from "./dex-config.ts";
import type { ProviderStore } from "./provider-store.ts";
import type { SigningKey } from "./signing-key.ts";
import { toSubject } from "./subject.ts";

export interface TokenProvider {
  /** A single-use code for `user`, to be redeemed at `/token` by the client of `request`. */
  issueCode(request: AuthorizationRequest, user: StaticPassword): Promise<string>;
  /** Serves a request whose `url` no longer carries the issuer's path. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface TokenProviderOptions {
  readonly issuer: string;
  readonly store: ProviderStore;
  readonly signingKey: SigningKey;
  readonly cookieKey: Uint8Array;
  readonly config: () => DexConfig;
  readonly log: Log;
}

/** Connector id of the password database, part of every subject. */
export const LOCAL_CONNECTOR = "local";

// Dex allows 30 minutes; RFC 6749 §4.1.2 recommends at most 10.
const CODE_SECONDS = 10 * 60;
const REFRESH_SECONDS = 30 * 24 * 60 * 60;

/** Claims of a user, as Dex's password connector makes them. */
function toClaims(user: StaticPassword): AccountClaims {
  return {
    sub: toSubject(user.userId, LOCAL_CONNECTOR),
    email: user.email,
    email_verified: user.emailVerified,
    name: user.name ?? user.username,
    ...(user.preferredUsername === undefined ? {} : { preferred_username: user.preferredUsername }),
    ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
  };
}

/** `at_hash` of OpenID Connect Core §3.1.3.6 for RS256. */
function accessTokenHash(token: string): string {
  return createHash("sha256").update(token).digest().subarray(0, 16).toString("base64url");
}

/** Loads oidc-provider and configures it. */
export async function createTokenProvider(options: TokenProviderOptions): Promise<TokenProvider> {
  const { issuer, store, signingKey, config, log } = options;
  const library = await import("oidc-provider");
  const findAccount = (ctx: KoaContextWithOIDC, subject: string) => {
    const user = config().passwords.find(({ userId }) => toSubject(userId, LOCAL_CONNECTOR) === subject);
    if (!user) return undefined;
    return {
      accountId: subject,
      claims: (use: string): AccountClaims => {
        const token = use === "id_token" ? ctx.oidc.entities.AccessToken?.jti : undefined;
        return { ...toClaims(user), ...(token === undefined ? {} : { at_hash: accessTokenHash(token) }) };
      },
    };
  };
  const provider: Provider = new library.Provider(issuer, {
    adapter: (model: string) => store.adapter(model),
    jwks: { keys: [signingKey.privateJwk] },
    cookies: { keys: [Buffer.from(options.cookieKey).toString("base64url")] },
    findAccount,
    // Dex puts the claims of the scopes into the ID token; the gateway reads the e-mail address there.
    conformIdTokenClaims: false,
    claims: {
      openid: ["sub", "at_hash"],
      email: ["email", "email_verified"],
      profile: ["name", "preferred_username"],
      groups: ["groups"],
    },
    clientDefaults: { grant_types: ["authorization_code"], response_types: [] },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    pkce: { required: () => false },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
    },
    routes: { token: "/token", userinfo: "/userinfo", introspection: "/token/introspect", jwks: "/keys" },
    ttl: {
      AuthorizationCode: CODE_SECONDS,
      AccessToken: () => config().idTokenSeconds,
      IdToken: () => config().idTokenSeconds,
      RefreshToken: REFRESH_SECONDS,
      Grant: REFRESH_SECONDS,
    },
  });
  provider.on("server_error", (_ctx: unknown, error: Error) => log.error("OpenID provider failed", { error }));
  const callback = provider.callback();
  return {
    issueCode: async (request, user) => {
      const client = await provider.Client.find(request.clientId);
      if (!client) throw new Error(`client ${request.clientId} is gone`);
      const accountId = toSubject(user.userId, LOCAL_CONNECTOR);
      const grant = new provider.Grant({ clientId: request.clientId, accountId });
      grant.addOIDCScope(request.scope);
      return new provider.AuthorizationCode({
        client,
        accountId,
        grantId: await grant.save(),
        gty: "authorization_code",
        scope: request.scope,
        redirectUri: request.redirectUri,
        nonce: request.nonce,
        codeChallenge: request.codeChallenge,
        codeChallengeMethod: request.codeChallenge === undefined ? undefined : "S256",
        authTime: Math.floor(Date.now() / 1000),
      }).save();
    },
    handle: (request, response) => callback(request, response),
  };
}
