/** Identifiers: UUIDs and the short random suffixes of generated names. */
import { randomBytes, randomUUID } from "node:crypto";

// apimachinery's util/rand alphabet: no vowels, no look-alikes, so no words appear by accident.
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A random suffix of `length` characters as Kubernetes appends for `generateName`. */
export function randomSuffix(length = 5): string {
  let out = "";
  while (out.length < length) {
    for (const byte of randomBytes(length * 2)) {
      // 243 = 9 × 27: bytes above would favour the first letters.
      if (byte < 243 && out.length < length) out += ALPHABET[byte % ALPHABET.length];
    }
  }
  return out;
}

/** A random version 4 UUID. */
export function newUid(): string {
  return randomUUID();
}

/** A URL-safe secret with `bytes` bytes of entropy. */
export function newSecret(bytes = 24): string {
  return randomBytes(bytes).toString("base64url");
}
