/** Reads request bodies: JSON, YAML, and the protobuf messages of kubectl ≥ 1.32; bounded in size and depth. */
import { parseDocument } from "yaml";
import { readRequestBytes } from "../../kit/index.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";
import { checkDepth, checkSize, findRepeatedFields } from "./bounded-json.ts";
import { decodeProtobuf } from "./protobuf/index.ts";
import { decodeValue, findKindSchema } from "./schema/index.ts";

/** etcd's request limit, which kube-apiserver inherits, doubled for JSON. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** Values that a YAML document may expand to; aliases multiply. */
const MAX_YAML_VALUES = 1_000_000;

const JSON_TYPE = "application/json";
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const YAML_TYPES = new Set(["application/yaml", "application/apply-patch+yaml"]);
const PATCH_TYPES = new Set(["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"]);

export interface Body {
  /** Undefined when the body is empty. */
  readonly value: unknown;
  /** Fields that the text repeats; strict validation refuses them. */
  readonly repeated: readonly string[];
}

/** The media type without its parameters, lower case. */
export function mediaType(request: Request): string {
  return (request.headers.get("content-type") ?? JSON_TYPE).split(";")[0]?.trim().toLowerCase() ?? "";
}

async function readBytes(request: Request): Promise<Uint8Array> {
  // Not through `request.body`: the web's streams cost more than the rest of a small write (kit/http-bridge.ts).
  const bytes = await readRequestBytes(request, MAX_BODY_BYTES);
  if (!bytes) throw new SkiffError("RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BODY_BYTES}`);
  return bytes;
}

function parseJson(text: string): Body {
  checkDepth(text);
  try {
    return { value: JSON.parse(text), repeated: findRepeatedFields(text) };
  } catch (error) {
    throw new SkiffError("BadRequest", `couldn't get version/kind; json parse error: ${messageOf(error)}`, { cause: error });
  }
}

function parseYaml(text: string): Body {
  // Every level of nesting needs at least one of these; flow brackets are counted as in JSON.
  checkDepth(text.replaceAll(/["'\\]/g, ""));
  if (/^(?:[ ]*- ?){500}|^ {1000}/m.test(text)) throw new SkiffError("BadRequest", "exceeded max depth: the document nests too deep");
  let value: unknown;
  try {
    const document = parseDocument(text, { uniqueKeys: false, logLevel: "silent" });
    const [fault] = document.errors;
    if (fault) throw fault;
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new SkiffError("BadRequest", `error decoding YAML: ${messageOf(error).split("\n")[0]}`, { cause: error });
  }
  checkSize(value, MAX_YAML_VALUES);
  // Through JSON: dates, sets and other YAML values become what JSON has.
  const json = JSON.stringify(value) ?? "null";
  return { value: JSON.parse(json), repeated: [] };
}

/** Reads the body with what its text repeats. Throws BadRequest, RequestEntityTooLarge or UnsupportedMediaType. */
export async function readBodyWithRepeats(request: Request): Promise<Body> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return { value: undefined, repeated: [] };
  const type = mediaType(request);
  if (type === PROTOBUF) return { value: decodeProtobuf(bytes), repeated: [] };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SkiffError("BadRequest", "the body of the request is not valid UTF-8", { cause: error });
  }
  if (YAML_TYPES.has(type)) return /^\s*[{[]/.test(text) && isJson(text) ? parseJson(text) : parseYaml(text);
  if (type === JSON_TYPE || PATCH_TYPES.has(type)) return parseJson(text);
  throw new SkiffError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${JSON_TYPE}, application/yaml, ${PROTOBUF}`,
  );
}

function isJson(text: string): boolean {
  checkDepth(text);
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Reads the body as a value; an empty body is undefined. Throws BadRequest, RequestEntityTooLarge or UnsupportedMediaType. */
export async function readBody(request: Request): Promise<unknown> {
  return (await readBodyWithRepeats(request)).value;
}

/** Reads the body as an object, decoded when it says that it is of a built-in kind. Throws BadRequest when it is none. */
export async function readObject(request: Request): Promise<Record<string, unknown>> {
  const body = await readBody(request);
  if (!isObject(body)) throw new SkiffError("BadRequest", "the body of the request is not an object");
  const { apiVersion, kind } = body;
  const schema = typeof apiVersion === "string" && typeof kind === "string" ? findKindSchema(apiVersion, kind) : undefined;
  if (schema) decodeValue(schema, body, []);
  return body;
}
