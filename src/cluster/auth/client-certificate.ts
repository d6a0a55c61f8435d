/** Client certificates: the common name is the user, the organizations are the groups. Follows apiserver's x509 authenticator. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { UserInfo } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";

/** Every value of a certificate's field: Node gives one as text and several as a list. */
function valuesOf(field: unknown): string[] {
  return [field ?? []].flat().filter((value): value is string => typeof value === "string" && value !== "");
}

/**
 * The user of the certificate that the client presented; undefined when it presented none. Throws Unauthorized for
 * one that the cluster's authority did not sign, has run out, or is not for clients, unless there is a token to try.
 */
export function userOfCertificate(socket: Socket, hasToken: boolean): UserInfo | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerCertificate();
  const subject = certificate.subject as unknown as Record<string, unknown> | undefined;
  if (subject === undefined || Object.keys(certificate).length === 0) return undefined;
  if (!socket.authorized && hasToken) return undefined;
  if (!socket.authorized) throw new SkiffError("Unauthorized", "Unauthorized");
  const [username] = valuesOf(subject["CN"]);
  if (username === undefined) throw new SkiffError("Unauthorized", "Unauthorized");
  return { username, groups: [...new Set([...valuesOf(subject["O"]), "system:authenticated"])] };
}
