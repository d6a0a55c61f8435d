/** What the token authority must know of stored objects: whether a token's subject still lives. */

export const POD_KIND_NAME = "Pod";

export interface ServiceAccountReader {
  /** The uid of a living object, or undefined. */
  uidOf(kind: "ServiceAccount" | typeof POD_KIND_NAME, namespace: string, name: string): string | undefined;
}
