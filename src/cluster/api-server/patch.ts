/** Applies the body of a PATCH by its content type. */
import { SkiffError } from "../../lib/errors.ts";
import { mergePatch } from "../../lib/json.ts";
import { strategicMerge } from "./strategic-merge.ts";
import type { ServedResource } from "./resources.ts";

const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";

/** Returns the patched object. Throws UnsupportedMediaType with the accepted ones, as kubectl prints it. */
export function applyPatch(resource: ServedResource, contentType: string, current: unknown, patch: unknown): unknown {
  if (contentType === MERGE) return mergePatch(current, patch);
  if (contentType === STRATEGIC && !resource.custom) return strategicMerge(current, patch);
  const accepted = resource.custom ? [MERGE] : [MERGE, STRATEGIC];
  throw new SkiffError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}
