/** What is done to the object of a request before anything else looks at it: decoding, pruning, and field validation. */
import type { KubeObject } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";
import type { Call } from "./call.ts";
import { decodeValue, METADATA_PLACE, findResourceSchema, getTypeSchema, pruneUnknown } from "./schema/index.ts";
import type { ServedResource } from "./resources.ts";

type FieldValidation = "Ignore" | "Warn" | "Strict";

/** A server warns of unknown fields unless it is asked for more or less (the default since 1.27). */
function fieldValidationOf({ url }: Call): FieldValidation {
  const text = url.searchParams.get("fieldValidation") ?? "";
  if (text === "") return "Warn";
  if (text === "Ignore" || text === "Warn" || text === "Strict") return text;
  throw new SkiffError(
    "Invalid",
    `CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: ${JSON.stringify(text)}: supported values: "Ignore", "Strict", "Warn"`,
  );
}

const printUnknown = (path: string): string => `unknown field ${JSON.stringify(path)}`;
const printRepeated = (path: string): string => `duplicate field ${JSON.stringify(path)}`;

/** Brings an object into the form in which it may be stored, in place; returns the paths of fields that its kind does not have. */
export function decodeObject(resource: ServedResource, object: KubeObject): string[] {
  const { kind, version } = resource;
  const unknown: string[] = [];
  const schema = findResourceSchema(resource);
  if (!schema) return unknown;
  try {
    if (!resource.custom) decodeValue(schema, object, unknown);
    else {
      const metadata: unknown = object.metadata;
      if (isObject(metadata)) decodeValue(getTypeSchema("meta.ObjectMeta"), metadata, unknown, METADATA_PLACE);
      pruneUnknown(schema, object, unknown);
    }
  } catch (error) {
    if (!(error instanceof SkiffError)) throw error;
    const message = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${error.message}`;
    throw new SkiffError(error.reason, message, { cause: error });
  }
  return unknown;
}

/**
 * Judges unknown and repeated fields as the request's `fieldValidation` says: refuses, warns or stays silent.
 * `source` is the text of a patch for its message; absent for whole objects.
 */
export function judgeFields(call: Call, unknown: readonly string[], repeated: readonly string[], source?: string): void {
  if (unknown.length === 0 && repeated.length === 0) {
    fieldValidationOf(call);
    return;
  }
  const mode = fieldValidationOf(call);
  const texts = [...repeated.map(printRepeated), ...unknown.map(printUnknown)];
  if (mode === "Warn") call.outcome?.warnings.push(...texts);
  if (mode !== "Strict") return;
  const { kind, version } = call.resource;
  const strict = `strict decoding error: ${texts.join(", ")}`;
  if (source === undefined) {
    throw new SkiffError("BadRequest", `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${strict}`);
  }
  const message = `Invalid value: ${JSON.stringify(source)}: ${strict}`;
  throw new SkiffError("Invalid", ` "" is invalid: patch: ${message}`, {
    details: { causes: [{ reason: "FieldValueInvalid", message, field: "patch" }] },
  });
}

/** The manager of a write: the query's `fieldManager`, or the program's name in its User-Agent. */
export function managerOf({ url, request }: Call): string {
  const named = url.searchParams.get("fieldManager") ?? "";
  if (named.length > 128) {
    throw new SkiffError("Invalid", `PatchOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes`);
  }
  if (named !== "") return named;
  const agent = (request.headers.get("user-agent") ?? "").split("/")[0]?.trim() ?? "";
  return agent === "" ? "skiff" : agent;
}
