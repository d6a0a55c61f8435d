/**
 * OpenAPI v3, one document per group version. Narrow: kinds of CRDs carry their schema, built-in ones are open.
 * kubectl asks for it before `apply` and `create -f`; the `fieldValidation` parameter tells it that the server validates.
 */
import { createHash } from "node:crypto";
import type { ResourceRegistry, ServedResource } from "./resources.ts";

const OPEN = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;

function schemaName({ group, version, kind }: ServedResource): string {
  return group === "" ? `io.k8s.api.core.${version}.${kind}` : `${group.split(".").toReversed().join(".")}.${version}.${kind}`;
}

function gvkOf({ group, version, kind }: ServedResource): Record<string, string> {
  return { group, version, kind };
}

function schemaOf(resource: ServedResource): Record<string, unknown> {
  const base = resource.schema ?? {
    ...OPEN,
    properties: { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: OPEN },
  };
  return { ...base, "x-kubernetes-group-version-kind": [gvkOf(resource)] };
}

const query = (name: string): unknown => ({ name, in: "query", schema: { type: "string", uniqueItems: true } });
const WRITE_PARAMETERS = [query("dryRun"), query("fieldManager"), query("fieldValidation")];

function pathsOf(resource: ServedResource): Record<string, unknown> {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced ? "/namespaces/{namespace}" : "";
  const reference = { $ref: `#/components/schemas/${schemaName(resource)}` };
  const gvk = { "x-kubernetes-group-version-kind": gvkOf(resource) };
  const body = { content: { "application/json": { schema: reference } } };
  const answers = { "200": { description: "OK", ...body } };
  const operation = (action: string, extra: Record<string, unknown>): unknown => ({
    "x-kubernetes-action": action,
    ...gvk,
    responses: answers,
    ...extra,
  });
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
        parameters: WRITE_PARAMETERS,
        requestBody: { content: { "application/merge-patch+json": { schema: OPEN } } },
      }),
      delete: operation("delete", {}),
    },
  };
}

function documentOf(resources: readonly ServedResource[]): string {
  return JSON.stringify({
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.32.0" },
    paths: Object.assign({}, ...resources.map(pathsOf)) as unknown,
    components: { schemas: Object.fromEntries(resources.map((resource) => [schemaName(resource), schemaOf(resource)])) },
  });
}

/** Answers `/openapi/v3` and its documents; undefined for other paths (kubectl tolerates a missing `/openapi/v2`). */
export function answerOpenApi(registry: ResourceRegistry, path: string): Response | undefined {
  if (path !== "/openapi/v3" && !path.startsWith("/openapi/v3/")) return undefined;
  const groups = Map.groupBy(registry.all(), ({ group, version }) => (group === "" ? `api/${version}` : `apis/${group}/${version}`));
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex").toUpperCase().slice(0, 32);
  if (path === "/openapi/v3") {
    const paths = [...groups].map(([name, resources]) => [
      name,
      { serverRelativeURL: `/openapi/v3/${name}?hash=${hash(documentOf(resources))}` },
    ]);
    return Response.json({ paths: Object.fromEntries(paths) as unknown });
  }
  const resources = groups.get(path.slice("/openapi/v3/".length));
  if (!resources) return undefined;
  const text = documentOf(resources);
  return new Response(text, {
    headers: { "content-type": "application/json", etag: `"${hash(text)}"`, "cache-control": "public, immutable" },
  });
}
