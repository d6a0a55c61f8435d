/** The schema of a served resource, built-in or custom. */
import { apiVersionOf } from "../../../api/index.ts";
import type { ServedResource } from "../resources.ts";
import { findKindSchema, getTypeSchema } from "./built-in-schemas.ts";
import type { Schema } from "./schema.ts";

const TEXT: Schema = { type: "string", goType: "string" };
const made = new WeakMap<object, Schema>();

/**
 * The whole schema of a kind: for a custom one its structural schema with the metadata of every object.
 * Undefined for a built-in kind that has no table.
 */
export function findResourceSchema(resource: ServedResource): Schema | undefined {
  if (!resource.custom) return findKindSchema(apiVersionOf(resource), resource.kind);
  const own: Schema = resource.schema ?? { "x-kubernetes-preserve-unknown-fields": true };
  const known = made.get(own);
  if (known) return known;
  const { metadata: _, ...properties } = own.properties ?? {};
  const schema: Schema = {
    ...own,
    type: "object",
    properties: { ...properties, apiVersion: TEXT, kind: TEXT, metadata: getTypeSchema("meta.ObjectMeta", { alwaysThere: true }) },
  };
  made.set(own, schema);
  return schema;
}
