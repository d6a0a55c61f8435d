/** Small self-contained tokens: a JSON payload with a purpose and an expiry, authenticated with HMAC-SHA256. Signed, not encrypted. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** HMAC-SHA256 of `text` in base64url. */
export function hmac(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** Compares two strings in time that depends on their lengths alone. */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

export interface TokenSigner {
  /** A token that carries `payload` and is valid for `ttlMs` milliseconds. */
  sign(payload: unknown, ttlMs: number): string;
  /** The payload; undefined when the token was tampered with, made for another purpose, or has expired. */
  open(token: string): unknown;
}

/** Creates a signer. Tokens of different `purpose` are never accepted for one another, even with one `key`. */
export function createTokenSigner(key: Uint8Array, purpose: string, now: () => number = Date.now): TokenSigner {
  const signatureOf = (body: string): string => hmac(key, `${purpose}.${body}`);
  return {
    sign: (payload, ttlMs) => {
      const body = Buffer.from(JSON.stringify({ p: payload, e: now() + ttlMs })).toString("base64url");
      return `${body}.${signatureOf(body)}`;
    },
    open: (token) => {
      const dot = token.indexOf(".");
      if (dot < 0) return undefined;
      const body = token.slice(0, dot);
      if (!equalInConstantTime(token.slice(dot + 1), signatureOf(body))) return undefined;
      const { p, e } = JSON.parse(Buffer.from(body, "base64url").toString()) as { p: unknown; e: number };
      return e > now() ? p : undefined;
    },
  };
}
