/** Who calls the API server over HTTPS: the admin credential, a ServiceAccount token, or nobody. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { UserInfo } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import type { TokenAuthority } from "./tokens.ts";

export const ANONYMOUS: UserInfo = { username: "system:anonymous", groups: ["system:unauthenticated"] };
export const ADMIN: UserInfo = { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** SHA-256 of a credential, the only form of it that is kept. */
export function hashCredential(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Reads the caller from the Authorization header. Throws Unauthorized for a credential that is not good. */
export async function authenticate(request: Request, tokens: TokenAuthority, adminHash: Buffer): Promise<UserInfo> {
  const header = request.headers.get("authorization");
  if (header === null) return ANONYMOUS;
  const token = header.slice(0, 7).toLowerCase() === "bearer " ? header.slice(7).trim() : "";
  if (token === "") throw new SkiffError("Unauthorized", "Unauthorized");
  if (timingSafeEqual(hashCredential(token), adminHash)) return ADMIN;
  try {
    return (await tokens.verify(token, [])).user;
  } catch {
    // The API server never says why; TokenReview does.
    throw new SkiffError("Unauthorized", "Unauthorized");
  }
}
