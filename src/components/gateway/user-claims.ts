/** From the claims of an ID token to the user that headers carry. */
import type { User } from "./sessions.ts";

/** Printable ASCII without blanks and commas: fits a header, and a comma-joined list of groups stays what it was. */
const SAFE = /^[\x21-\x2b\x2d-\x7e]{1,320}$/;

/** The user of verified `claims`; undefined without an e-mail address that is confirmed and fit for a header. */
export function toUser(claims: Readonly<Record<string, unknown>>): User | undefined {
  const { email, groups, email_verified: verified, preferred_username: preferred } = claims;
  if (typeof email !== "string" || !SAFE.test(email) || verified === false) return undefined;
  // An e-mail address must never pass for one of Kubernetes' own users.
  if (email.startsWith("system:")) return undefined;
  return {
    id: email,
    groups: Array.isArray(groups) ? groups.filter((group): group is string => typeof group === "string" && SAFE.test(group)) : [],
    ...(typeof preferred === "string" ? { preferredUsername: preferred } : {}),
  };
}
