/** The subset of CEL that the KFP compiler writes into `triggerPolicy.condition`, evaluated over a task's own inputs. */
import { SkiffError } from "../../../lib/errors.ts";
import { jsonEqual, type Json } from "../../../lib/json.ts";
import { toText } from "./values.ts";

type Token = { readonly kind: "name" | "string" | "number" | "symbol"; readonly text: string };

const SYMBOLS = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ".", "-"];
// A condition the compiler writes is a line; nesting beyond this is an attack on the stack.
const MAX_LENGTH = 10_000;
const MAX_DEPTH = 100;

function fail(condition: string, why: string): SkiffError {
  return new SkiffError("Invalid", `cannot evaluate the condition ${JSON.stringify(condition.slice(0, 300))}: ${why}`);
}

function readString(source: string, start: number): { text: string; end: number } | undefined {
  const quote = source[start];
  let text = "";
  for (let i = start + 1; i < source.length; i++) {
    const char = source[i] ?? "";
    if (char === quote) return { text, end: i + 1 };
    if (char === "\\") {
      i++;
      const escaped = source[i] ?? "";
      text += escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped === "r" ? "\r" : escaped;
    } else text += char;
  }
  return undefined;
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  const take = (pattern: RegExp): string => {
    let end = i;
    while (end < source.length && pattern.test(source[end] ?? "")) end++;
    return source.slice(i, end);
  };
  while (i < source.length) {
    const char = source[i] ?? "";
    if (/\s/.test(char)) {
      i++;
    } else if (char === "'" || char === '"') {
      const read = readString(source, i);
      if (!read) throw fail(source, "a string is not closed");
      tokens.push({ kind: "string", text: read.text });
      i = read.end;
    } else if (/[A-Za-z_]/.test(char)) {
      const text = take(/[A-Za-z0-9_]/);
      tokens.push({ kind: "name", text });
      i += text.length;
    } else if (/[0-9]/.test(char)) {
      let text = take(/[0-9.eE]/);
      if (/[eE]$/.test(text) && /[+-]/.test(source[i + text.length] ?? "")) {
        const exponent = text.length + 1;
        let end = i + exponent;
        while (/[0-9]/.test(source[end] ?? "")) end++;
        text = source.slice(i, end);
      }
      tokens.push({ kind: "number", text });
      i += text.length;
    } else {
      const symbol = SYMBOLS.find((known) => source.startsWith(known, i));
      if (symbol === undefined) throw fail(source, `unexpected ${JSON.stringify(char)}`);
      tokens.push({ kind: "symbol", text: symbol });
      i += symbol.length;
    }
  }
  return tokens;
}

/**
 * Evaluates a condition: `inputs.parameter_values['x']`, `int()`, `double()`, `string()`, `bool()`, literals, comparisons,
 * `!`, `&&`, `||` and parentheses. Throws Invalid for anything else and for values that cannot be compared.
 */
export function evaluateCondition(condition: string, parameters: Readonly<Record<string, Json>>): boolean {
  if (condition.length > MAX_LENGTH) throw fail(condition, "it is too long");
  const tokens = tokenize(condition);
  let at = 0;
  let depth = 0;

  const is = (text: string): boolean => tokens[at]?.kind === "symbol" && tokens[at]?.text === text;
  const accept = (text: string): boolean => {
    if (!is(text)) return false;
    at++;
    return true;
  };
  const expect = (text: string): void => {
    if (!accept(text)) throw fail(condition, `expected ${text}`);
  };
  const nested = <T>(parse: () => T): T => {
    if (++depth > MAX_DEPTH) throw fail(condition, "it is nested too deeply");
    const value = parse();
    depth--;
    return value;
  };

  const either = (): Json => {
    let left = both();
    while (accept("||")) {
      const right = both();
      left = left === true || right === true;
    }
    return left;
  };
  const both = (): Json => {
    let left = comparison();
    while (accept("&&")) {
      const right = comparison();
      left = left === true && right === true;
    }
    return left;
  };
  const comparison = (): Json => {
    const left = unary();
    for (const operator of ["==", "!=", "<=", ">=", "<", ">"]) {
      if (accept(operator)) return compare(operator, left, unary());
    }
    return left;
  };
  const compare = (operator: string, left: Json, right: Json): boolean => {
    if (operator === "==") return jsonEqual(left, right);
    if (operator === "!=") return !jsonEqual(left, right);
    const comparable = (typeof left === "number" && typeof right === "number") || (typeof left === "string" && typeof right === "string");
    if (!comparable) throw fail(condition, `${toText(left)} ${operator} ${toText(right)} compares values of different types`);
    if (operator === "<") return left < right;
    if (operator === "<=") return left <= right;
    return operator === ">" ? left > right : left >= right;
  };
  const unary = (): Json => {
    if (accept("!")) {
      const value = nested(unary);
      if (typeof value !== "boolean") throw fail(condition, `! needs a boolean, not ${toText(value)}`);
      return !value;
    }
    if (accept("-")) {
      const value = nested(unary);
      if (typeof value !== "number") throw fail(condition, `- needs a number, not ${toText(value)}`);
      return -value;
    }
    return primary();
  };
  const primary = (): Json => {
    if (accept("(")) {
      const value = nested(either);
      expect(")");
      return value;
    }
    const token = tokens[at++];
    if (token?.kind === "string") return token.text;
    if (token?.kind === "number") return Number(token.text);
    if (token?.kind === "name") {
      if (token.text === "true" || token.text === "false") return token.text === "true";
      if (token.text === "null") return null;
      if (token.text === "inputs") return input();
      if (Object.hasOwn(CONVERSIONS, token.text)) {
        expect("(");
        const value = nested(either);
        expect(")");
        const converted = CONVERSIONS[token.text as Conversion](value);
        if (converted === undefined) throw fail(condition, `${toText(value)} is not a valid ${token.text}`);
        return converted;
      }
    }
    throw fail(condition, `unexpected ${token ? JSON.stringify(token.text) : "end"}`);
  };
  const input = (): Json => {
    expect(".");
    const field = tokens[at++];
    if (field?.kind !== "name" || (field.text !== "parameter_values" && field.text !== "parameters"))
      throw fail(condition, "only inputs.parameter_values can be read");
    expect("[");
    const name = tokens[at++];
    if (name?.kind !== "string") throw fail(condition, "expected a parameter's name");
    expect("]");
    if (!Object.hasOwn(parameters, name.text)) throw fail(condition, `there is no input parameter ${name.text}`);
    return parameters[name.text] ?? null;
  };

  const result = either();
  if (at < tokens.length) throw fail(condition, `unexpected ${JSON.stringify(tokens[at]?.text)}`);
  if (typeof result !== "boolean") throw fail(condition, "it is not a boolean");
  return result;
}

const CONVERSIONS = {
  int: (value: Json): Json | undefined => toNumber(value, true),
  double: (value: Json): Json | undefined => toNumber(value, false),
  string: (value: Json): Json | undefined => toText(value),
  bool: (value: Json): Json | undefined =>
    typeof value === "boolean" ? value : value === "true" ? true : value === "false" ? false : undefined,
} as const;
type Conversion = keyof typeof CONVERSIONS;

function toNumber(value: Json, integer: boolean): number | undefined {
  if (typeof value === "boolean") return Number(value);
  const parsed = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  if (!Number.isFinite(parsed)) return undefined;
  // CEL's int() of a double truncates towards zero.
  return integer ? Math.trunc(parsed) : parsed;
}
