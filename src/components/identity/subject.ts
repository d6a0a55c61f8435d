/** The `sub` claim of Dex: base64url of the protobuf message {1: user_id, 2: connector_id}. */

function field(number: number, value: string): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    if (rest < 0x80) {
      length.push(rest);
      break;
    }
    length.push((rest & 0x7f) | 0x80);
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

/** The subject of a user of a connector (dexidp/dex server/internal/types.proto, `IDTokenSubject`). */
export function toSubject(userId: string, connectorId: string): string {
  return Buffer.concat([field(1, userId), field(2, connectorId)]).toString("base64url");
}
