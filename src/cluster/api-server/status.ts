/** The protocol's edge: errors become metav1.Status, once. */
import type { Status } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";

/** The Status of anything that was thrown; what is not ours says nothing about its cause. */
export function toStatus(error: unknown): Status {
  const known =
    error instanceof SkiffError ? error : new SkiffError("InternalError", "an internal error occurred; the log of Skiff has its cause");
  const message = known.remedy === undefined ? known.message : `${known.message}. ${known.remedy}`;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason: known.reason,
    ...(known.details ? { details: known.details } : {}),
    code: known.status,
  };
}
