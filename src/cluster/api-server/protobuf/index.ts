/**
 * Decodes the protobuf bodies that kubectl ≥ 1.32 and Go clients send for built-in kinds: `k8s\0` + runtime.Unknown, whose
 * messages are read by the tables of `../schema` (field numbers of k8s.io/api `generated.proto`). Answers stay JSON.
 */
import { SkiffError } from "../../../lib/errors.ts";
import { isObject } from "../../../lib/json.ts";
import { findTypeOfKind, getTypeFields, type TypeField } from "../schema/index.ts";
import { fieldsOf } from "./wire.ts";

const MAX_DEPTH = 100;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function bytesOf(value: number | Uint8Array): Uint8Array {
  if (typeof value === "number") throw new SkiffError("BadRequest", "the protobuf body holds a number where bytes are expected");
  return value;
}

/** The last value of each field of a message, as bytes or number. */
function simpleFields(bytes: Uint8Array): Map<number, number | Uint8Array> {
  return new Map([...fieldsOf(bytes)].map(({ number, value }) => [number, value]));
}

function readTime(bytes: Uint8Array, micro: boolean): string | null {
  const fields = simpleFields(bytes);
  const seconds = Number(fields.get(1) ?? 0);
  const nanos = Number(fields.get(2) ?? 0);
  // Go's zero time, or an empty message: not set.
  if (seconds <= 0 || seconds > 253_402_300_799) return null;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return micro ? `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z` : `${whole}Z`;
}

function readJson(bytes: Uint8Array): unknown {
  const raw = simpleFields(bytes).get(1);
  if (raw === undefined) return null;
  try {
    return JSON.parse(text(bytesOf(raw)));
  } catch (error) {
    throw new SkiffError("BadRequest", "the protobuf body embeds invalid JSON", { cause: error });
  }
}

function readValue(type: string, value: number | Uint8Array, depth: number): unknown {
  switch (type) {
    case "s":
      return text(bytesOf(value));
    case "b":
      return value !== 0;
    case "i":
    case "l":
      return typeof value === "number" ? value : Number.NaN;
    case "d": {
      const bytes = bytesOf(value);
      return bytes.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true) : Number.NaN;
    }
    case "y":
      return Buffer.from(bytesOf(value)).toString("base64");
    case "t":
    case "u":
      return readTime(bytesOf(value), type === "u");
    case "q": {
      const quantity = simpleFields(bytesOf(value)).get(1);
      return quantity === undefined ? "0" : text(bytesOf(quantity));
    }
    case "x": {
      const fields = simpleFields(bytesOf(value));
      const string = fields.get(3);
      return fields.get(1) === 1 && string !== undefined ? text(bytesOf(string)) : Number(fields.get(2) ?? 0);
    }
    case "r":
    case "f":
      return readJson(bytesOf(value));
    case "e":
      return [...fieldsOf(bytesOf(value))].filter(({ number }) => number === 1).map((item) => text(bytesOf(item.value)));
    default:
      return readMessage(type, bytesOf(value), depth + 1);
  }
}

function readEntry(type: string, bytes: Uint8Array, depth: number): [string, unknown] {
  const fields = simpleFields(bytes);
  const key = fields.get(1);
  const value = fields.get(2);
  const empty = type === "s" || type === "y" ? "" : null;
  return [key === undefined ? "" : text(bytesOf(key)), value === undefined ? empty : readValue(type, value, depth)];
}

function readMessage(type: string, bytes: Uint8Array, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new SkiffError("BadRequest", "the protobuf body nests too deep");
  const byNumber = new Map<number, TypeField>(getTypeFields(type).map((field) => [field.number, field]));
  const out: Record<string, unknown> = {};
  for (const { number, value } of fieldsOf(bytes)) {
    const field = byNumber.get(number);
    if (!field) continue;
    const { name, type: kind } = field;
    if (name === "^") Object.assign(out, readMessage(kind, bytesOf(value), depth + 1));
    else if (kind.startsWith("[]")) {
      const list = Array.isArray(out[name]) ? out[name] : [];
      list.push(readValue(kind.slice(2), value, depth));
      out[name] = list;
    } else if (kind.startsWith("{}")) {
      const [key, item] = readEntry(kind.slice(2), bytesOf(value), depth);
      out[name] = { ...(isObject(out[name]) ? out[name] : {}), [key]: item };
    } else out[name] = readValue(kind, value, depth);
  }
  return out;
}

function readTypeMeta(bytes: Uint8Array): { apiVersion: string; kind: string } {
  const fields = simpleFields(bytes);
  const read = (number: number): string => {
    const value = fields.get(number);
    return value === undefined ? "" : text(bytesOf(value));
  };
  return { apiVersion: read(1), kind: read(2) };
}

/** Decodes one object. Throws UnsupportedMediaType for kinds that have no table, BadRequest for bytes that are no message. */
export function decodeProtobuf(bytes: Uint8Array): Record<string, unknown> {
  if (text(bytes.subarray(0, 4)) !== "k8s\0") {
    throw new SkiffError("BadRequest", "the protobuf body lacks the prefix that Kubernetes puts before its messages");
  }
  const envelope = simpleFields(bytes.subarray(4));
  const { apiVersion, kind } = readTypeMeta(bytesOf(envelope.get(1) ?? new Uint8Array()));
  const type = kind === "DeleteOptions" ? "meta.DeleteOptions" : findTypeOfKind(apiVersion, kind);
  if (type === undefined) {
    throw new SkiffError(
      "UnsupportedMediaType",
      `${apiVersion} ${kind === "" ? "(no kind)" : kind} is not accepted as application/vnd.kubernetes.protobuf; send JSON instead, for example with: kubectl create --dry-run=client -o yaml … | kubectl apply -f -`,
    );
  }
  const message = readMessage(type, bytesOf(envelope.get(2) ?? new Uint8Array()), 0);
  return { ...message, apiVersion, kind };
}
