/** Protobuf's wire format: tags, numbers, and length-delimited fields. */
import { SkiffError } from "../../../lib/errors.ts";

export interface WireField {
  readonly number: number;
  /** A varint as a signed 64-bit number, a fixed64 as bytes, or length-delimited bytes. */
  readonly value: number | Uint8Array;
}

const truncated = (): SkiffError => new SkiffError("BadRequest", "the protobuf body is truncated");

/** Yields the fields of one message. Throws BadRequest when the bytes are no message. */
export function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): number => {
    let result = 0n;
    let shift = 0n;
    let small = 0;
    for (let i = 0; i < 10; i++) {
      const byte = bytes[at++];
      if (byte === undefined) throw truncated();
      // Four groups of seven bits fit in a plain integer; that is nearly always all there is.
      if (i < 4) small |= (byte & 0x7f) << (7 * i);
      else {
        if (i === 4) result = BigInt(small);
        result |= BigInt(byte & 0x7f) << (28n + shift);
        shift += 7n;
      }
      if (byte < 0x80) return i < 4 ? small : Number(BigInt.asIntN(64, result));
    }
    throw new SkiffError("BadRequest", "the protobuf body holds a number that is too long");
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    const number = tag >>> 3;
    if (number === 0) throw new SkiffError("BadRequest", "the protobuf body holds a field without number");
    if (wire === 0) {
      yield { number, value: varint() };
      continue;
    }
    if (wire !== 1 && wire !== 2 && wire !== 5) throw new SkiffError("BadRequest", `unexpected protobuf wire type ${wire}`);
    const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
    if (length < 0 || at + length > bytes.length) throw truncated();
    yield { number, value: bytes.subarray(at, at + length) };
    at += length;
  }
}
