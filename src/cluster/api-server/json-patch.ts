/** RFC 6902 patches, with the API server's answers to those that do not apply. */
import { applyPatch as applyOperations, type Operation } from "rfc6902";
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";

/** apiserver's maxJSONPatchOperations. */
const MAX_OPERATIONS = 10_000;
const OPERATIONS = new Set(["add", "remove", "replace", "move", "copy", "test"]);

/** The patch is well-formed but the object is not as it expects (handlers/patch.go: a generic 422, which does not say why). */
function unprocessable(cause: string): SkiffError {
  return new SkiffError("Invalid", "the server rejected our request due to an error in our request", { cause });
}

function checkOperation(operation: unknown, index: number): void {
  const bad = (text: string): SkiffError => new SkiffError("BadRequest", `error decoding patch: operation ${index}: ${text}`);
  if (!isObject(operation)) throw bad("not an object");
  const { op, path, from } = operation;
  if (typeof op !== "string" || !OPERATIONS.has(op)) throw unprocessable(`Unexpected kind: ${typeof op === "string" ? op : "unknown"}`);
  const pointers = op === "move" || op === "copy" ? [path, from] : [path];
  for (const pointer of pointers) {
    if (typeof pointer !== "string" || (pointer !== "" && !pointer.startsWith("/"))) throw bad("missing or invalid path");
    const parts = pointer.split("/");
    if (parts.includes("__proto__") || parts.includes("constructor") || parts.includes("prototype")) {
      throw bad(`the path ${JSON.stringify(pointer)} is not allowed`);
    }
  }
  if (["add", "replace", "test"].includes(op) && !Object.hasOwn(operation, "value")) throw unprocessable(`${op} operation lacks a value`);
}

/** Applies a JSON patch to a copy of `target`. Throws BadRequest for a malformed patch, Invalid for one that does not apply. */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw new SkiffError("BadRequest", "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  }
  if (patch.length > MAX_OPERATIONS) {
    throw new SkiffError(
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  for (const [index, operation] of patch.entries()) checkOperation(operation, index);
  const document = { root: structuredClone(target) };
  for (const operation of patch as (Operation & { from?: string })[]) {
    const moved: Record<string, unknown> = { ...operation, path: `/root${operation.path}` };
    if (operation.from !== undefined) moved["from"] = `/root${operation.from}`;
    // The library's types want each operation's own shape; checkOperation made sure of it.
    const [failure] = applyOperations(document, [moved as unknown as Operation]);
    if (failure) {
      const test = operation.op === "test";
      throw unprocessable(
        test
          ? `testing value ${operation.path} failed: test failed`
          : `${operation.op} operation does not apply: doc is missing path: ${JSON.stringify(operation.path)}: missing value`,
      );
    }
  }
  return document.root;
}
