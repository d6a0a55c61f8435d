/** Reads request bodies: JSON, YAML where clients send it, and the protobuf messages of kubectl ≥ 1.32. */
import { parse as parseYaml } from "yaml";
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";
import { decodeProtobuf } from "./protobuf.ts";

/** etcd's request limit, which kube-apiserver inherits, doubled for JSON. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** The media type without its parameters, lower case. */
export function mediaType(request: Request): string {
  return (request.headers.get("content-type") ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? "0");
  const tooLarge = (): SkiffError => new SkiffError("RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BODY_BYTES}`);
  if (declared > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads the body as a value; an empty body is undefined. Throws BadRequest or UnsupportedMediaType. */
export async function readBody(request: Request): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const type = mediaType(request);
  if (type === "application/vnd.kubernetes.protobuf") return decodeProtobuf(bytes);
  const text = new TextDecoder().decode(bytes);
  try {
    if (type === "application/yaml" || type === "application/apply-patch+yaml") return parseYaml(text);
    return JSON.parse(text);
  } catch (error) {
    throw new SkiffError("BadRequest", `couldn't get version/kind; json parse error: ${String(error)}`, { cause: error });
  }
}

/** Reads the body as an object. Throws BadRequest when it is none. */
export async function readObject(request: Request): Promise<Record<string, unknown>> {
  const body = await readBody(request);
  if (!isObject(body)) throw new SkiffError("BadRequest", "the body of the request is not an object");
  return body;
}
