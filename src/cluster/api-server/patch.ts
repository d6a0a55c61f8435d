/** Applies the body of a PATCH by its content type. */
import { SkiffError } from "../../lib/errors.ts";
import { isObject, mergePatch } from "../../lib/json.ts";
import { applyJsonPatch } from "./json-patch.ts";
import type { Schema } from "./schema/index.ts";
import { strategicMerge } from "./strategic-merge.ts";
import type { ServedResource } from "./resources.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
/** Server-side apply; handled by `../apply`, named here because refusals list it. */
export const APPLY = "application/apply-patch+yaml";

/** Throws UnsupportedMediaType with the accepted ones, as kubectl prints it. */
export function checkPatchType(resource: ServedResource, contentType: string): void {
  const accepted = resource.custom ? [JSON_PATCH, MERGE, APPLY] : [JSON_PATCH, MERGE, STRATEGIC, APPLY];
  if (accepted.includes(contentType)) return;
  throw new SkiffError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

/** Returns the patched object. Throws BadRequest or Invalid for patches that are malformed or do not apply. */
export function applyPatch(schema: Schema | undefined, contentType: string, current: unknown, patch: unknown): unknown {
  if (contentType === JSON_PATCH) return applyJsonPatch(current, patch);
  if (!isObject(patch)) {
    const kind = Array.isArray(patch) ? "array" : typeof patch;
    throw new SkiffError(
      "BadRequest",
      `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    );
  }
  return contentType === MERGE ? mergePatch(current, patch) : strategicMerge(schema, current, patch);
}
