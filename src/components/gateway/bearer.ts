/**
 * Who a bearer token speaks for. Texts and order of checks follow Envoy's jwt_authn (authenticator.cc `startVerify`):
 * form, issuer, time, audience, key, signature.
 */
import { createHash } from "node:crypto";
import { createRemoteJWKSet, errors as joseErrors, jwtVerify, type JWTPayload } from "jose";
import { TOKEN_REVIEWS, type TokenReview } from "../../api/index.ts";
import type { KubeClient } from "../../kit/index.ts";
import { isObject } from "../../lib/json.ts";
import type { User } from "./sessions.ts";
import { toUser } from "./user-claims.ts";

export type BearerOutcome = { readonly user: User } | { readonly status: 401 | 403; readonly message: string };

export interface Bearers {
  authenticate(token: string): Promise<BearerOutcome>;
}

export interface BearerOptions {
  readonly kube: KubeClient;
  readonly issuer: string;
  /** Where the issuer's keys can be fetched from. */
  readonly jwksUri: () => URL;
  readonly clientId: string;
}

// The cluster's issuer in its two spellings; tokens of other issuers that TokenReview accepts are welcome too.
const CLUSTER_ISSUERS: readonly unknown[] = ["https://kubernetes.default.svc.cluster.local", "https://kubernetes.default.svc"];
/** Audiences of projected tokens that in-cluster clients send to the gateway instead of the API server's own. */
const AUDIENCES: readonly string[] = ["pipelines.kubeflow.org", "istio-ingressgateway.istio-system.svc.cluster.local"];
const SERVICE_ACCOUNT = "system:serviceaccount:";
/** A revoked token is refused after this time at the latest. */
const CACHE_MS = 10_000;
const CACHE_CAPACITY = 10_000;
const CLOCK_SKEW_SECONDS = 60;
const MAX_TOKEN_LENGTH = 16 * 1024;

const refuse = (message: string, status: 401 | 403 = 401): BearerOutcome => ({ status, message });

function decodePart(part: string): Record<string, unknown> | undefined | "not base64url" {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return "not base64url";
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

type Reading = { readonly claims: JWTPayload } | { readonly unreadable: string };

/** The token's claims, not yet verified, or why it is no token at all. */
function readClaims(token: string): Reading {
  const refuse = (unreadable: string): Reading => ({ unreadable });
  const parts = token.split(".");
  const [header = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3 || token.length > MAX_TOKEN_LENGTH) {
    return refuse("Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");
  }
  const head = decodePart(header);
  if (head === "not base64url") return refuse("Jwt header is an invalid Base64url encoded");
  if (!head) return refuse("Jwt header is an invalid JSON");
  if (typeof head["alg"] !== "string") return refuse("Jwt header [alg] field is required and must be a string");
  if (!/^(?:RS|PS|ES)(?:256|384|512)$|^EdDSA$/.test(head["alg"])) return refuse("Jwt header [alg] is not supported");
  const claims = decodePart(payload);
  if (claims === "not base64url") return refuse("Jwt payload is an invalid Base64url encoded");
  if (!claims) return refuse("Jwt payload is an invalid JSON");
  if (!/^[A-Za-z0-9_-]+$/.test(signature)) return refuse("Jwt signature is an invalid Base64url encoded");
  return { claims };
}

function toRefusal(error: unknown): BearerOutcome {
  if (error instanceof joseErrors.JWTExpired) return refuse("Jwt is expired");
  if (error instanceof joseErrors.JWTClaimValidationFailed) {
    if (error.claim === "aud") return refuse("Audiences in Jwt are not allowed", 403);
    return error.claim === "nbf" ? refuse("Jwt not yet valid") : refuse("Jwt verification fails");
  }
  if (error instanceof joseErrors.JWKSNoMatchingKey) return refuse("Jwks doesn't have key to match kid or alg from Jwt");
  return refuse("Jwt verification fails");
}

/** Creates the check; outcomes are remembered for ten seconds, by the token's hash. */
export function createBearers({ kube, issuer, jwksUri, clientId }: BearerOptions): Bearers {
  const cache = new Map<string, { readonly until: number; readonly outcome: Promise<BearerOutcome> }>();
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  const verifyIdToken = async (token: string, claims: JWTPayload): Promise<BearerOutcome> => {
    // jose checks the signature first; Envoy, and the texts users know, the time and the audience.
    if (typeof claims.exp === "number" && claims.exp + CLOCK_SKEW_SECONDS <= Date.now() / 1000) return refuse("Jwt is expired");
    if (![claims.aud].flat().includes(clientId)) return refuse("Audiences in Jwt are not allowed", 403);
    keys ??= createRemoteJWKSet(jwksUri());
    try {
      const options = { issuer, audience: clientId, algorithms: ["RS256"], clockTolerance: CLOCK_SKEW_SECONDS, requiredClaims: ["exp"] };
      const { payload } = await jwtVerify(token, keys, options);
      const user = toUser(payload);
      return user ? { user } : refuse("Jwt verification fails");
    } catch (error) {
      return toRefusal(error);
    }
  };
  const review = async (token: string, audiences?: readonly string[]): Promise<TokenReview["status"]> => {
    const body: TokenReview = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      metadata: { name: "" },
      spec: { token, ...(audiences ? { audiences: [...audiences] } : {}) },
    };
    return (await kube.create<TokenReview>(TOKEN_REVIEWS, body)).status;
  };
  const reviewServiceAccount = async (token: string, claims: JWTPayload): Promise<BearerOutcome> => {
    let status = await review(token);
    if (!status?.authenticated) status = await review(token, AUDIENCES);
    const username = status?.user?.username ?? "";
    if (status?.authenticated && username.startsWith(SERVICE_ACCOUNT)) return { user: { id: username, groups: [] } };
    if (!CLUSTER_ISSUERS.includes(claims.iss)) return refuse("Jwt issuer is not configured");
    const expired = typeof claims.exp === "number" && claims.exp <= Date.now() / 1000;
    return refuse(expired ? "Jwt is expired" : "Jwt verification fails");
  };
  const check = async (token: string): Promise<BearerOutcome> => {
    const reading = readClaims(token);
    if ("unreadable" in reading) return refuse(reading.unreadable);
    const { claims } = reading;
    return claims.iss === issuer ? verifyIdToken(token, claims) : reviewServiceAccount(token, claims);
  };
  return {
    authenticate: (token) => {
      const key = createHash("sha256").update(token).digest("base64url");
      const known = cache.get(key);
      if (known && known.until > Date.now()) return known.outcome;
      const outcome = check(token);
      cache.delete(key);
      const oldest = cache.keys().next();
      if (cache.size >= CACHE_CAPACITY && !oldest.done) cache.delete(oldest.value);
      cache.set(key, { until: Date.now() + CACHE_MS, outcome });
      // A failure to ask (not a refusal) must not be remembered.
      outcome.catch(() => cache.delete(key));
      return outcome;
    },
  };
}
