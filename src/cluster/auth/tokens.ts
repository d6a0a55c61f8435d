/** ServiceAccount tokens: RS256 JWTs with Kubernetes' claims. Texts follow pkg/serviceaccount/claims.go. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, createPrivateKey } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errors, jwtVerify, SignJWT } from "jose";
import { POD_KIND_NAME, type ServiceAccountReader } from "./service-account-reader.ts";
import type { UserInfo } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { newUid } from "../../lib/ids.ts";

/** The issuer that kube-apiserver has by default, and the audience of its own tokens. */
export const SERVICE_ACCOUNT_ISSUER = "https://kubernetes.default.svc.cluster.local";
const ACCEPTED_ISSUERS = [SERVICE_ACCOUNT_ISSUER, "https://kubernetes.default.svc"];
const ACCEPTED_AUDIENCES = [SERVICE_ACCOUNT_ISSUER, "https://kubernetes.default.svc", "kubernetes.default.svc"];

export interface BoundPod {
  readonly name: string;
  readonly uid: string;
}

export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly pod?: BoundPod;
}

export interface VerifiedToken {
  readonly user: UserInfo;
  readonly audiences: string[];
}

export interface TokenAuthority {
  /** Signs a token; `audiences` empty means the API server's own. Returns the token and its expiry. */
  issue(subject: TokenSubject, audiences: readonly string[], expirationSeconds: number): Promise<{ token: string; expires: Date }>;
  /** Throws Unauthorized with TokenReview's error texts. `audiences` empty means the API server's own. */
  verify(token: string, audiences: readonly string[]): Promise<VerifiedToken>;
  /** The JWKS document of `/openid/v1/jwks`. */
  jwks(): { keys: Record<string, unknown>[] };
}

interface KubernetesClaims {
  namespace?: string;
  serviceaccount?: { name: string; uid: string };
  pod?: BoundPod;
}

function loadKey(directory: string): KeyObject {
  const file = join(directory, "service-account.key");
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    return privateKey;
  }
  return createPrivateKey(readFileSync(file));
}

const invalid = (message: string): SkiffError => new SkiffError("Unauthorized", message);

function describeFailure(error: unknown): SkiffError {
  if (error instanceof errors.JWTExpired) return invalid("[invalid bearer token, service account token has expired]");
  return invalid("invalid bearer token");
}

/** Opens the authority whose key lives in `directory` (created with mode 0600 on first use). */
export function openTokenAuthority(directory: string, accounts: ServiceAccountReader): TokenAuthority {
  const privateKey = loadKey(directory);
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: "spki", format: "der" });
  const kid = createHash("sha256").update(der).digest("base64url");

  /** A token dies with its ServiceAccount and its pod, whatever its expiry says. */
  const checkSubject = ({ namespace = "", serviceaccount, pod }: KubernetesClaims): { namespace: string; name: string; uid: string } => {
    if (!serviceaccount) throw invalid("invalid bearer token");
    const uid = accounts.uidOf("ServiceAccount", namespace, serviceaccount.name);
    if (uid === undefined) throw invalid("[invalid bearer token, service account token has been invalidated]");
    if (uid !== serviceaccount.uid) throw invalid("[invalid bearer token, service account UID does not match claim]");
    if (pod && accounts.uidOf(POD_KIND_NAME, namespace, pod.name) !== pod.uid) {
      throw invalid("[invalid bearer token, service account token has been invalidated]");
    }
    return { namespace, name: serviceaccount.name, uid };
  };

  return {
    issue: async ({ namespace, name, uid, pod }, audiences, expirationSeconds) => {
      const now = Math.floor(Date.now() / 1000);
      const token = await new SignJWT({
        "kubernetes.io": { namespace, ...(pod ? { pod } : {}), serviceaccount: { name, uid } },
      })
        .setProtectedHeader({ alg: "RS256", kid })
        .setAudience(audiences.length > 0 ? [...audiences] : [SERVICE_ACCOUNT_ISSUER])
        .setIssuer(SERVICE_ACCOUNT_ISSUER)
        .setSubject(`system:serviceaccount:${namespace}:${name}`)
        .setJti(newUid())
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + expirationSeconds)
        .sign(privateKey);
      return { token, expires: new Date((now + expirationSeconds) * 1000) };
    },
    verify: async (token, audiences) => {
      const payload = await jwtVerify(token, publicKey, { issuer: ACCEPTED_ISSUERS, algorithms: ["RS256"] }).then(
        (result) => result.payload,
        (error: unknown) => {
          throw describeFailure(error);
        },
      );
      const own = [payload.aud ?? []].flat();
      const wanted = audiences.length > 0 ? audiences : ACCEPTED_AUDIENCES;
      const shared = own.filter((audience) => wanted.includes(audience));
      if (shared.length === 0) {
        const quote = (list: readonly string[]): string => list.map((item) => JSON.stringify(item)).join(" ");
        throw invalid(
          `[invalid bearer token, token audiences [${quote(own)}] is invalid for the target audiences [${quote(audiences.length > 0 ? audiences : [SERVICE_ACCOUNT_ISSUER])}]]`,
        );
      }
      const claims = (payload["kubernetes.io"] ?? {}) as KubernetesClaims;
      const { namespace, name, uid } = checkSubject(claims);
      const extra: Record<string, string[]> = { "authentication.kubernetes.io/credential-id": [`JTI=${payload.jti ?? ""}`] };
      if (claims.pod) {
        extra["authentication.kubernetes.io/pod-name"] = [claims.pod.name];
        extra["authentication.kubernetes.io/pod-uid"] = [claims.pod.uid];
      }
      const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
      return { user: { username: `system:serviceaccount:${namespace}:${name}`, uid, groups, extra }, audiences: shared };
    },
    jwks: () => ({ keys: [{ ...publicKey.export({ format: "jwk" }), use: "sig", kid, alg: "RS256" }] }),
  };
}
