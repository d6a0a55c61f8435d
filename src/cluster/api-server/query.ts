/** Query parameters and DeleteOptions, checked as apiserver checks them (apimachinery `meta/v1/validation`). */
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";
import { parseCount } from "./list-options.ts";
import { parseBool } from "./request-info.ts";

const LONGEST_MANAGER = 128;
const OPTIONS: Readonly<Record<string, string>> = {
  create: "CreateOptions",
  update: "UpdateOptions",
  patch: "PatchOptions",
  delete: "DeleteOptions",
  deletecollection: "DeleteOptions",
};

function invalid(kind: string, field: string, problem: string): SkiffError {
  return new SkiffError("Invalid", `${kind}.meta.k8s.io "" is invalid: ${field}: ${problem}`, {
    details: { group: "meta.k8s.io", kind, causes: [{ reason: "FieldValueInvalid", message: problem, field }] },
  });
}

function checkManager(kind: string, manager: string): void {
  if (Buffer.byteLength(manager) > LONGEST_MANAGER)
    throw invalid(kind, "fieldManager", `Too long: may not be more than ${LONGEST_MANAGER} bytes`);
  if (/\p{C}/u.test(manager)) {
    throw invalid(kind, "fieldManager", `Invalid value: ${JSON.stringify(manager)}: should only contain printable characters`);
  }
}

/** Checks what the verb reads from the query. Throws BadRequest for what is no number, Invalid for what is no choice. */
export function checkQuery(verb: string, query: URLSearchParams): void {
  for (const name of ["limit", "timeoutSeconds", "gracePeriodSeconds"]) parseCount(query, name);
  if (verb === "list" && query.has("sendInitialEvents")) {
    throw invalid("ListOptions", "sendInitialEvents", "Forbidden: sendInitialEvents is forbidden for list");
  }
  const kind = OPTIONS[verb];
  if (kind === undefined) return;
  for (const value of query.getAll("dryRun")) {
    if (value !== "All" && value !== "")
      throw invalid(kind, "dryRun", `Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
  }
  checkManager(kind, query.get("fieldManager") ?? "");
  if (kind === "DeleteOptions" && parseBool(query.get("orphanDependents")) && query.get("propagationPolicy")) {
    const policy = JSON.stringify(query.get("propagationPolicy"));
    throw invalid(kind, "propagationPolicy", `Invalid value: ${policy}: orphanDependents and deletionPropagation cannot be both set`);
  }
}

/** JSON types of DeleteOptions, as far as they are read. */
const DELETE_OPTIONS: Readonly<Record<string, (value: unknown) => boolean>> = {
  gracePeriodSeconds: Number.isInteger,
  propagationPolicy: (value) => typeof value === "string",
  orphanDependents: (value) => typeof value === "boolean",
  dryRun: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
  preconditions: (value) => isObject(value) && ["uid", "resourceVersion"].every((name) => isTextOrAbsent(value[name])),
};

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

/** Checks the body of a DELETE, which may be absent. Throws BadRequest. */
export function checkDeleteOptions(body: unknown): void {
  if (body === undefined || body === null) return;
  if (!isObject(body)) throw new SkiffError("BadRequest", "json: cannot unmarshal the body into Go value of type v1.DeleteOptions");
  for (const [name, isRight] of Object.entries(DELETE_OPTIONS)) {
    const value = body[name];
    if (value === undefined || value === null || isRight(value)) continue;
    throw new SkiffError(
      "BadRequest",
      `json: cannot unmarshal ${Array.isArray(value) ? "array" : typeof value} into Go struct field DeleteOptions.${name}`,
    );
  }
}

const ANSWERS = new Set(["application/json", "application/*", "*/*"]);

/** Every answer about objects is JSON. Throws NotAcceptable for a client that takes none of it. */
export function checkAccept(accept: string | null): void {
  if (accept === null || accept.trim() === "") return;
  const types = accept.split(",").map((part) => part.split(";")[0]?.trim().toLowerCase() ?? "");
  if (types.some((type) => ANSWERS.has(type))) return;
  throw new SkiffError("NotAcceptable", "only the following media types are accepted: application/json");
}
