/**
 * Decodes the protobuf bodies that kubectl ≥ 1.32 and Go clients send for built-in kinds: `k8s\0` + runtime.Unknown.
 * Field numbers are those of k8s.io/api `generated.proto`. Answers stay JSON.
 */
import { SkiffError } from "../../lib/errors.ts";

type Reader = (bytes: Uint8Array) => unknown;
interface Field {
  readonly name: string;
  readonly read: "string" | "int" | "bool" | Reader;
  readonly repeated?: boolean;
  /** `map<string, string>` */
  readonly map?: boolean;
}
type Message = Readonly<Record<number, Field>>;

function* fieldsOf(bytes: Uint8Array): Generator<{ number: number; value: number | Uint8Array }> {
  let at = 0;
  const varint = (): number => {
    let result = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw new SkiffError("BadRequest", "the protobuf body ends inside a number");
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) yield { number: tag >>> 3, value: varint() };
    else if (wire === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new SkiffError("BadRequest", "the protobuf body ends inside a field");
      yield { number: tag >>> 3, value: bytes.subarray(at, at + length) };
      at += length;
    } else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else throw new SkiffError("BadRequest", `unexpected protobuf wire type ${wire}`);
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function readMessage(message: Message): Reader {
  return (bytes) => {
    const out: Record<string, unknown> = {};
    for (const { number, value } of fieldsOf(bytes)) {
      const field = message[number];
      if (!field) continue;
      const { name, read, repeated, map } = field;
      if (map) {
        if (typeof value === "number") continue;
        const entry: Record<number, string> = {};
        for (const part of fieldsOf(value)) if (typeof part.value !== "number") entry[part.number] = text(part.value);
        out[name] = { ...(out[name] as Record<string, string> | undefined), [entry[1] ?? ""]: entry[2] ?? "" };
        continue;
      }
      let item: unknown;
      if (typeof value === "number") item = read === "bool" ? value !== 0 : value;
      else item = typeof read === "function" ? read(value) : text(value);
      // gogo writes zero values of fields that are no pointers: "" means unset.
      if (item === "") continue;
      out[name] = repeated ? [...((out[name] as unknown[] | undefined) ?? []), item] : item;
    }
    return out;
  };
}

const string = (name: string): Field => ({ name, read: "string" });
const strings = (name: string): Field => ({ name, read: "string", repeated: true });
const int = (name: string): Field => ({ name, read: "int" });
const one = (name: string, message: Message): Field => ({ name, read: readMessage(message) });
const many = (name: string, message: Message): Field => ({ name, read: readMessage(message), repeated: true });
const map = (name: string): Field => ({ name, read: "string", map: true });

const objectMeta: Message = {
  1: string("name"),
  2: string("generateName"),
  3: string("namespace"),
  11: map("labels"),
  12: map("annotations"),
  14: strings("finalizers"),
};
const metadata = one("metadata", objectMeta);
const resourceAttributes: Message = {
  1: string("namespace"),
  2: string("verb"),
  3: string("group"),
  4: string("version"),
  5: string("resource"),
  6: string("subresource"),
  7: string("name"),
};
const nonResourceAttributes: Message = { 1: string("path"), 2: string("verb") };
const policyRule: Message = {
  1: strings("verbs"),
  2: strings("apiGroups"),
  3: strings("resources"),
  4: strings("resourceNames"),
  5: strings("nonResourceURLs"),
};
const subject: Message = { 1: string("kind"), 2: string("apiGroup"), 3: string("name"), 4: string("namespace") };
const roleRef: Message = { 1: string("apiGroup"), 2: string("kind"), 3: string("name") };
const role: Message = { 1: metadata, 2: many("rules", policyRule) };
const binding: Message = { 1: metadata, 2: many("subjects", subject), 3: one("roleRef", roleRef) };
const boundObject: Message = { 1: string("kind"), 2: string("apiVersion"), 3: string("name"), 4: string("uid") };

/** Messages by kind; what is missing answers 415 with a remedy. */
const KINDS: Readonly<Record<string, Message>> = {
  DeleteOptions: { 1: int("gracePeriodSeconds"), 2: one("preconditions", { 1: string("uid") }), 4: string("propagationPolicy") },
  Namespace: { 1: metadata },
  ServiceAccount: { 1: metadata },
  ConfigMap: { 1: metadata, 2: map("data") },
  Role: role,
  ClusterRole: role,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  TokenRequest: {
    1: metadata,
    2: one("spec", { 1: strings("audiences"), 4: int("expirationSeconds"), 3: one("boundObjectRef", boundObject) }),
  },
  SelfSubjectReview: { 1: metadata },
  SelfSubjectAccessReview: {
    1: metadata,
    2: one("spec", { 1: one("resourceAttributes", resourceAttributes), 2: one("nonResourceAttributes", nonResourceAttributes) }),
  },
  SubjectAccessReview: {
    1: metadata,
    2: one("spec", {
      1: one("resourceAttributes", resourceAttributes),
      2: one("nonResourceAttributes", nonResourceAttributes),
      3: string("user"),
      4: strings("groups"),
    }),
  },
};

const unknown = readMessage({ 1: one("type", { 1: string("apiVersion"), 2: string("kind") }), 2: { name: "raw", read: (bytes) => bytes } });

/** Decodes one object. Throws UnsupportedMediaType for kinds that are not known in this form. */
export function decodeProtobuf(bytes: Uint8Array): unknown {
  if (text(bytes.subarray(0, 4)) !== "k8s\0") throw new SkiffError("BadRequest", "the protobuf body lacks the k8s prefix");
  const { type, raw } = unknown(bytes.subarray(4)) as { type?: { apiVersion?: string; kind?: string }; raw?: Uint8Array };
  const message = KINDS[type?.kind ?? ""];
  if (!message) {
    throw new SkiffError(
      "UnsupportedMediaType",
      `${type?.kind ?? "this kind"} is not accepted as application/vnd.kubernetes.protobuf; send JSON instead, for example with: kubectl create --dry-run=client -o yaml … | kubectl apply -f -`,
    );
  }
  const object = readMessage(message)(raw ?? new Uint8Array()) as Record<string, unknown>;
  return { apiVersion: type?.apiVersion, kind: type?.kind, metadata: {}, ...object };
}
