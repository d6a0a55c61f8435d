/** The one reading of a request's target. Whatever two parsers could read differently is refused, so that no later stage can disagree. */
import { SkiffError } from "../../lib/errors.ts";

export interface RequestTarget {
  /** Begins with one slash; percent-encoding as it was sent. */
  readonly path: string;
  /** "" or "?…". */
  readonly search: string;
}

const bad = (message: string): SkiffError => new SkiffError("BadRequest", message);

/** Reads the request line's target; `host` is the Host header. Throws BadRequest. */
export function parseTarget(target: string, host: string): RequestTarget {
  let rest = target;
  if (/^https?:\/\//i.test(target)) {
    // RFC 9112 §3.2.2 lets the absolute form win over Host; a difference between the two is nobody's honest request.
    const end = target.slice(target.indexOf("//") + 2).search(/[/?]/);
    const authorityStart = target.indexOf("//") + 2;
    const authority = end < 0 ? target.slice(authorityStart) : target.slice(authorityStart, authorityStart + end);
    if (authority.toLowerCase() !== host.toLowerCase()) throw bad("the request's target and Host differ");
    rest = end < 0 ? "/" : target.slice(authorityStart + end);
    if (rest.startsWith("?")) rest = `/${rest}`;
  }
  if (!rest.startsWith("/")) throw bad("the request's target is not a path");
  if (!/^[\x21-\x7e]*$/.test(rest) || rest.includes("#")) throw bad("the request's target has characters that must be encoded");
  const mark = rest.indexOf("?");
  const path = mark < 0 ? rest : rest.slice(0, mark);
  if (path.startsWith("//") || path.includes("\\")) throw bad("the path has an empty first segment or a backslash");
  if (/%(?![0-9a-f]{2})/i.test(path)) throw bad("the path has a broken percent-encoding");
  if (/%(?:2f|5c|00)/i.test(path)) throw bad("the path has an encoded slash, backslash or NUL");
  for (const segment of path.replaceAll(/%2e/gi, ".").split("/")) {
    const name = segment.split(/;|%3b/i, 1)[0];
    if (name === ".." || name === ".") throw bad("the path has a dot segment");
  }
  return { path, search: mark < 0 ? "" : rest.slice(mark) };
}
