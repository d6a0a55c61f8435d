/**
 * OpenAPI v2 as far as kubectl still needs it: before it sends a file of `kind: List`, it looks up every item's kind there
 * (cli-runtime's query_param_verifier_v3 excepts lists from v3). So it names the kinds and leaves their fields to v3 and to
 * the server's validation; without paths, kubectl computes patches from its own types.
 * Messages: google/gnostic-models, openapiv2/OpenAPIv2.proto.
 */
import type { ResourceRegistry } from "./resources.ts";

const PROTOBUF = "application/com.github.proto-openapi.spec.v2";
const INFO = { title: "Kubernetes", version: "v1.32.0" };
const EXTENSION = "x-kubernetes-group-version-kind";
/** Field numbers. */
const DOCUMENT = { swagger: 1, info: 2, paths: 8, definitions: 9 } as const;
const SCHEMA = { type: 22, extension: 31 } as const;
const ANY_YAML = 2;
const LENGTH_DELIMITED = 2;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

function field(number: number, content: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(content);
  return Buffer.concat([Uint8Array.from([...varint((number << 3) | LENGTH_DELIMITED), ...varint(bytes.length)]), bytes]);
}

/** Messages of a name and a value, in fields 1 and 2. */
function named(name: string, value: Uint8Array): Uint8Array {
  return Buffer.concat([field(1, name), field(2, value)]);
}

interface Kind {
  readonly name: string;
  readonly gvk: { readonly group: string; readonly version: string; readonly kind: string };
}

function kindsOf(registry: ResourceRegistry): Kind[] {
  return registry.all().map(({ group, version, kind }) => {
    const prefix = group === "" ? "core" : group.split(".").toReversed().join(".");
    return { name: `${prefix}.${version}.${kind}`, gvk: { group, version, kind } };
  });
}

function toProtobuf(kinds: readonly Kind[]): Uint8Array {
  const definitions = kinds.map(({ name, gvk }) => {
    // JSON is YAML.
    const extension = named(EXTENSION, field(ANY_YAML, JSON.stringify([gvk])));
    const schema = Buffer.concat([field(SCHEMA.type, field(1, "object")), field(SCHEMA.extension, extension)]);
    return field(1, named(name, schema));
  });
  return Buffer.concat([
    field(DOCUMENT.swagger, "2.0"),
    field(DOCUMENT.info, Buffer.concat([field(1, INFO.title), field(2, INFO.version)])),
    field(DOCUMENT.paths, new Uint8Array()),
    field(DOCUMENT.definitions, Buffer.concat(definitions)),
  ]);
}

/** Answers `/openapi/v2`, as protobuf to those who ask for it. */
export function answerOpenApiV2(registry: ResourceRegistry, accept: string | null): Response {
  const kinds = kindsOf(registry);
  if (accept?.includes(PROTOBUF) === true) {
    const body = Uint8Array.from(toProtobuf(kinds));
    return new Response(body, { headers: { "content-type": `${PROTOBUF}.v1.0+protobuf`, vary: "Accept" } });
  }
  const definitions = Object.fromEntries(kinds.map(({ name, gvk }) => [name, { type: "object", [EXTENSION]: [gvk] }]));
  return Response.json({ swagger: "2.0", info: INFO, paths: {}, definitions }, { headers: { vary: "Accept" } });
}
