/** JSON from strangers: as text it may be nested deeper than any code that walks it can follow. */
import { SkiffError } from "../../../lib/errors.ts";
import type { Json } from "../../../lib/json.ts";

// Deeper than pipelines and their values are; each level costs the checks that follow a few frames of the stack.
const MAX_DEPTH = 200;

/** The deepest nesting of arrays and objects in a JSON text. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case "[":
      case "{":
        deepest = Math.max(deepest, ++depth);
        break;
      case "]":
      case "}":
        depth--;
        break;
      case '"':
        for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
        break;
      default:
    }
  }
  return deepest;
}

/** Parses JSON. Throws SyntaxError when it is none, and Invalid when it is nested too deeply. */
export function parseJson(text: string): Json {
  if (depthOf(text) > MAX_DEPTH) throw new SkiffError("Invalid", `the JSON is nested more than ${MAX_DEPTH} levels deep`);
  return JSON.parse(text) as Json;
}
