/**
 * Patterns of CRDs are their authors' regular expressions (RE2), run here by a backtracking engine. A pattern whose groups
 * do not nest quantifiers runs directly on short input; anything else runs under a deadline and counts as not matching
 * when it is missed.
 */
import { createContext, Script } from "node:vm";

/** Longest input that a pattern without nested quantifiers sees without a deadline. */
const DIRECT_LIMIT = 256;
const DEADLINE_MS = 50;
const CACHE_LIMIT = 2000;

interface Pattern {
  readonly expression: RegExp;
  readonly nested: boolean;
}

const cache = new Map<string, Pattern | undefined>();
const sandbox = createContext({ expression: /x/, text: "" });
const script = new Script("expression.test(text)");

const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

function toJavaScript(pattern: string): { source: string; flags: string } {
  const prefix = /^\(\?([ims]+)\)/.exec(pattern);
  const body = prefix ? pattern.slice(prefix[0].length) : pattern;
  const source = body
    .replaceAll("(?P<", "(?<")
    .replaceAll(/\\A/g, "^")
    .replaceAll(/\\z/g, "$")
    .replaceAll(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole);
  return { source, flags: prefix?.[1] ?? "" };
}

/** A group with a quantifier inside that is itself repeated. Escapes and classes are skipped. */
function nestsQuantifiers(source: string): boolean {
  const plain = source.replaceAll(/\\./g, "e").replaceAll(/\[[^\]]*\]/g, "c");
  const repeats: boolean[] = [];
  let inner = false;
  for (let i = 0; i < plain.length; i++) {
    const char = plain[i] ?? "";
    if (char === "(") {
      repeats.push(inner);
      inner = false;
    } else if (char === ")") {
      const repeated = /^(?:[*+]|\{\d+,?\d*\})/.test(plain.slice(i + 1));
      if (repeated && inner) return true;
      inner = (repeats.pop() ?? false) || inner || repeated;
    } else if (char === "*" || char === "+" || char === "{" || char === "|") inner = true;
  }
  return false;
}

function compile(pattern: string): Pattern | undefined {
  if (cache.has(pattern)) return cache.get(pattern);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  const { source, flags } = toJavaScript(pattern);
  let found: Pattern | undefined;
  // The u flag gives code points but refuses some escapes that RE2 allows.
  for (const mode of ["u", ""]) {
    try {
      found = { expression: new RegExp(source, flags + mode), nested: nestsQuantifiers(source) };
      break;
    } catch {
      found = undefined;
    }
  }
  cache.set(pattern, found);
  return found;
}

/** True when the pattern can be used at all. */
export function isPattern(pattern: string): boolean {
  return compile(pattern) !== undefined;
}

/** Matches anywhere in `text`, within a bounded time. */
export function matchesPattern(pattern: string, text: string): boolean {
  const found = compile(pattern);
  if (!found) return false;
  if (!found.nested && text.length <= DIRECT_LIMIT) return found.expression.test(text);
  sandbox["expression"] = found.expression;
  sandbox["text"] = text;
  try {
    return script.runInContext(sandbox, { timeout: DEADLINE_MS }) === true;
  } catch {
    return false;
  }
}
