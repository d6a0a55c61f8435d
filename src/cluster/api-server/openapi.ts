/**
 * OpenAPI v3, one document per group version: schemas of the built-in kinds from the tables, of custom ones as their CRD says.
 * kubectl asks for it before `apply`, `create -f`, `edit`, `diff` and `explain`; the `fieldValidation` parameter tells it that
 * the server validates.
 */
import { createHash } from "node:crypto";
import { apiVersionOf } from "../../api/index.ts";
import type { ResourceRegistry, ServedResource } from "./resources.ts";
import { describeField } from "./schema/descriptions.ts";
import { findTypeOfKind, getTypeSchema, openApiNameOf, type Schema } from "./schema/index.ts";

type Node = Record<string, unknown>;

const OPEN = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
const PREFIX = "#/components/schemas/";
const META = "meta.ObjectMeta";

/** Scalars with two JSON forms; they are components so that `explain` can print their names. */
const SHARED: Readonly<Record<string, { readonly name: string; readonly schema: Node }>> = {
  quantity: {
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    schema: { description: "A quantity such as 500m, 2 or 1Gi.", oneOf: [{ type: "string" }, { type: "number" }] },
  },
  "int-or-string": {
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    schema: {
      description: "An integer, or text such as a name or a percentage.",
      format: "int-or-string",
      oneOf: [{ type: "integer" }, { type: "string" }],
    },
  },
};

function schemaName(resource: ServedResource): string {
  const { group, version, kind } = resource;
  const type = resource.custom ? undefined : findTypeOfKind(apiVersionOf(resource), kind);
  if (type !== undefined) return openApiNameOf(type);
  return `${group === "" ? "core" : group.split(".").toReversed().join(".")}.${version}.${kind}`;
}

function gvkOf({ group, version, kind }: ServedResource): Record<string, string> {
  return { group, version, kind };
}

/** A scalar or anonymous schema as OpenAPI shows it; `visit` is told about named types. */
function render(schema: Schema, visit: (type: string) => void): Node {
  const { typeName, goType, omitsZero: _, alwaysThere: __, properties: ___, required: ____, items, additionalProperties, ...rest } = schema;
  if (typeName !== undefined) {
    visit(typeName);
    return { allOf: [{ $ref: `${PREFIX}${openApiNameOf(typeName)}` }], default: {} };
  }
  const scalar = goType === undefined ? undefined : SHARED[rest.format ?? ""];
  if (scalar) return { $ref: `${PREFIX}${scalar.name}` };
  return {
    ...rest,
    ...(items ? { items: render(items, visit) } : {}),
    ...(typeof additionalProperties === "object" ? { additionalProperties: render(additionalProperties, visit) } : {}),
  };
}

function renderType(type: string, visit: (type: string) => void): Node {
  const { properties = {}, required = [] } = getTypeSchema(type);
  const members = Object.entries(properties).map(([name, member]) => {
    const description = describeField(type, name);
    return [name, { ...(description === undefined ? {} : { description }), ...render(member, visit) }];
  });
  return {
    type: "object",
    properties: Object.fromEntries(members) as Node,
    ...(required.length > 0 ? { required: [...required] } : {}),
  };
}

/** All schemas that `resources` need, by name. */
function componentsOf(resources: readonly ServedResource[]): Node {
  const out: Node = Object.fromEntries(Object.values(SHARED).map(({ name, schema }) => [name, schema]));
  const pending: string[] = ["meta.DeleteOptions"];
  const seen = new Set<string>();
  const visit = (type: string): void => {
    if (!seen.has(type)) pending.push(type);
    seen.add(type);
  };
  const kinds = new Map<string, ServedResource>();
  for (const resource of resources) {
    const type = resource.custom ? undefined : findTypeOfKind(apiVersionOf(resource), resource.kind);
    if (type !== undefined) {
      kinds.set(type, resource);
      visit(type);
      continue;
    }
    const { properties = {}, ...own } = (resource.schema ?? OPEN) as Schema;
    visit(META);
    out[schemaName(resource)] = {
      ...own,
      type: "object",
      properties: {
        ...properties,
        apiVersion: { type: "string", description: "Group and version of the kind." },
        kind: { type: "string", description: "The kind of the object." },
        metadata: { allOf: [{ $ref: `${PREFIX}${openApiNameOf(META)}` }], description: "Standard metadata of the object." },
      },
      "x-kubernetes-group-version-kind": [gvkOf(resource)],
    };
  }
  for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
    seen.add(type);
    const resource = kinds.get(type);
    out[openApiNameOf(type)] = {
      ...renderType(type, visit),
      ...(resource ? { "x-kubernetes-group-version-kind": [gvkOf(resource)] } : {}),
    };
  }
  return out;
}

const query = (name: string): unknown => ({ name, in: "query", schema: { type: "string", uniqueItems: true } });
const WRITE_PARAMETERS = [query("dryRun"), query("fieldManager"), query("fieldValidation")];
const PATCH_PARAMETERS = [...WRITE_PARAMETERS, { name: "force", in: "query", schema: { type: "boolean", uniqueItems: true } }];

function pathsOf(resource: ServedResource): Node {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced ? "/namespaces/{namespace}" : "";
  const reference = { $ref: `${PREFIX}${schemaName(resource)}` };
  const gvk = { "x-kubernetes-group-version-kind": gvkOf(resource) };
  const body = { content: { "application/json": { schema: reference } } };
  const answers = { "200": { description: "OK", ...body } };
  const patchTypes = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];
  const operation = (action: string, extra: Node): unknown => ({ "x-kubernetes-action": action, ...gvk, responses: answers, ...extra });
  return {
    [`${root}${scope}/${resource.plural}`]: {
      get: operation("list", {}),
      post: operation("post", { parameters: WRITE_PARAMETERS, requestBody: body }),
    },
    [`${root}${scope}/${resource.plural}/{name}`]: {
      get: operation("get", {}),
      put: operation("put", { parameters: WRITE_PARAMETERS, requestBody: body }),
      // Strategic merge is left out on purpose: kubectl then computes it from its own types, which carry the merge keys.
      patch: operation("patch", {
        parameters: PATCH_PARAMETERS,
        requestBody: { content: Object.fromEntries(patchTypes.map((type) => [type, { schema: OPEN }])) },
      }),
      delete: operation("delete", {}),
    },
  };
}

interface Document {
  readonly text: string;
  readonly hash: string;
}

function makeDocument(resources: readonly ServedResource[]): Document {
  const text = JSON.stringify({
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.32.0" },
    paths: Object.assign({}, ...resources.map(pathsOf)) as unknown,
    components: { schemas: componentsOf(resources) },
  });
  return { text, hash: createHash("sha256").update(text).digest("hex").toUpperCase() };
}

/** Hash of a document by what it is made of: served kinds do not change, only their list does. */
const hashes = new WeakMap<ServedResource, { readonly key: string; readonly hash: string }>();
const identities = new WeakMap<ServedResource, number>();
let lastIdentity = 0;

function identityOf(resource: ServedResource): number {
  const known = identities.get(resource);
  if (known !== undefined) return known;
  identities.set(resource, ++lastIdentity);
  return lastIdentity;
}

/** The hash without keeping the text: documents are large and asked for rarely. */
function hashOf(resources: readonly ServedResource[]): string {
  const [first] = resources;
  const key = resources.map(identityOf).join(" ");
  const known = first && hashes.get(first);
  if (known?.key === key) return known.hash;
  const { hash } = makeDocument(resources);
  if (first) hashes.set(first, { key, hash });
  return hash;
}

/** Answers `/openapi/v3` and its documents; undefined for other paths (kubectl tolerates a missing `/openapi/v2`). */
export function answerOpenApi(registry: ResourceRegistry, path: string, ifNoneMatch: string | null = null): Response | undefined {
  if (path !== "/openapi/v3" && !path.startsWith("/openapi/v3/")) return undefined;
  const groups = Map.groupBy(registry.all(), ({ group, version }) => (group === "" ? `api/${version}` : `apis/${group}/${version}`));
  if (path === "/openapi/v3") {
    const paths = [...groups].map(([name, resources]) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hashOf(resources)}` }]);
    return Response.json({ paths: Object.fromEntries(paths) as unknown });
  }
  const resources = groups.get(path.slice("/openapi/v3/".length));
  if (!resources) return undefined;
  const etag = `"${hashOf(resources)}"`;
  // Clients ask with the hash of the index in the query, so what they get under it never changes.
  const headers = { etag, "cache-control": "public, immutable, max-age=31536000", vary: "Accept" };
  if (ifNoneMatch === etag) return new Response(null, { status: 304, headers });
  return new Response(makeDocument(resources).text, { headers: { ...headers, "content-type": "application/json" } });
}
