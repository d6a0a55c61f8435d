/** The RSA-2048 key that signs tokens: made once, kept in a private file. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey } from "node:crypto";
import { promisify } from "node:util";
import { readFileIfAny, writePrivateFile } from "../../lib/key-file.ts";

export interface SigningKey {
  /** Private JWK with `kid`, `alg` and `use`. */
  readonly privateJwk: JsonWebKey;
  readonly publicJwk: JsonWebKey;
}

/** Reads the key in `file`, or makes it (in the thread pool: it takes a quarter of a second). */
export async function ensureSigningKey(file: string): Promise<SigningKey> {
  const existing = readFileIfAny(file);
  const key = existing ? createPrivateKey(existing) : (await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })).privateKey;
  if (!existing) writePrivateFile(file, key.export({ type: "pkcs8", format: "pem" }));
  const publicKey = createPublicKey(key);
  // Dex: 40 hexadecimal digits. Derived from the key, so it needs no storage of its own.
  const kid = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 40);
  const marks = { kid, alg: "RS256", use: "sig" };
  return {
    privateJwk: { ...key.export({ format: "jwk" }), ...marks },
    publicJwk: { ...publicKey.export({ format: "jwk" }), ...marks },
  };
}
