/** Label and field selectors, as in the query parameters `labelSelector` and `fieldSelector`. */
import { SkiffError } from "./errors.ts";

export type Labels = Readonly<Record<string, string>>;
export type Match = (labels: Labels) => boolean;

const SET = /^(!?)([A-Za-z0-9._/-]+)(?:\s+(in|notin)\s*\(([^)]*)\))?$/;
const EQUALITY = /^([A-Za-z0-9._/-]+)\s*(==|=|!=)\s*([A-Za-z0-9._-]*)$/;

/** Splits at commas that are not inside parentheses. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i];
    if (char === "(") depth++;
    else if (char === ")") depth--;
    else if ((char === "," && depth === 0) || i === text.length) {
      const term = text.slice(start, i).trim();
      if (term !== "") terms.push(term);
      start = i + 1;
    }
  }
  return terms;
}

const ORDER = /^([A-Za-z0-9._/-]+)\s*([<>])\s*(-?\d+)$/;
/** No label has this value. */
const NOWHERE = "\0";

/** Labels may come from anywhere: `constructor` is a key like others. */
function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

const KEY = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function checkSyntax(key: string, values: readonly string[]): void {
  if (!KEY.test(key))
    throw new SkiffError("BadRequest", `unable to parse requirement: key: Invalid value: ${JSON.stringify(key)}: no label has such a name`);
  const wrong = values.find((value) => !VALUE.test(value));
  if (wrong === undefined) return;
  throw new SkiffError(
    "BadRequest",
    `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(wrong)}: a valid label must be an empty string or consist of at most 63 alphanumeric characters, '-', '_' or '.'`,
  );
}

function parseTerm(term: string): Match {
  const equality = EQUALITY.exec(term);
  if (equality) {
    const [, key = "", operator, value = ""] = equality;
    checkSyntax(key, [value]);
    return operator === "!=" ? (labels) => valueOf(labels, key) !== value : (labels) => valueOf(labels, key) === value;
  }
  const order = ORDER.exec(term);
  if (order) {
    const [, key = "", operator, bound = ""] = order;
    checkSyntax(key, []);
    // As upstream: a label that is no whole number is neither greater nor less.
    return (labels) => {
      const value = valueOf(labels, key);
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      return operator === ">" ? Number(value) > Number(bound) : Number(value) < Number(bound);
    };
  }
  const set = SET.exec(term);
  if (!set) throw new SkiffError("BadRequest", `unable to parse requirement: ${term}`);
  const [, not, key = "", operator, list = ""] = set;
  checkSyntax(key, operator === undefined ? [] : list.split(",").map((value) => value.trim()));
  if (operator === undefined) {
    return not === "!" ? (labels) => !Object.hasOwn(labels, key) : (labels) => Object.hasOwn(labels, key);
  }
  const values = new Set(list.split(",").map((value) => value.trim()));
  return operator === "in"
    ? (labels) => values.has(valueOf(labels, key) ?? NOWHERE)
    : (labels) => !values.has(valueOf(labels, key) ?? NOWHERE);
}

/** Parses a label selector (`a=b,c!=d,e in (f,g),!h`). Throws BadRequest on bad syntax. */
export function parseLabelSelector(text: string | null | undefined): Match {
  if (/(?:^|,)\s*,|,\s*$/.test((text ?? "").replaceAll(/\([^()]*\)/g, ""))) {
    throw new SkiffError("BadRequest", `unable to parse requirement: found ',', expected: identifier after ','`);
  }
  const matches = splitTerms(text ?? "").map(parseTerm);
  return (labels) => matches.every((match) => match(labels));
}

export interface FieldRequirement {
  readonly path: string;
  readonly value: string;
  readonly negated: boolean;
}

/** Parses a field selector (`metadata.name=x,status.phase!=Running`) into its requirements. */
export function parseFieldSelector(text: string | null | undefined): FieldRequirement[] {
  return splitTerms(text ?? "").map((term) => {
    const parts = /^([A-Za-z0-9_.[\]/-]+?)(==|!=|=)(.*)$/.exec(term);
    if (!parts) throw new SkiffError("BadRequest", `invalid selector: '${term}'; can't understand '${term}'`);
    return { path: parts[1] ?? "", value: parts[3] ?? "", negated: parts[2] === "!=" };
  });
}

/** Reads a dotted path in an object as a string ("" when absent). */
export function fieldAt(object: unknown, path: string): string {
  let value: unknown = object;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null) return "";
    value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** True when `object` meets every requirement. */
export function matchesFields(object: unknown, requirements: readonly FieldRequirement[]): boolean {
  return requirements.every(({ path, value, negated }) => (fieldAt(object, path) === value) !== negated);
}

/** True when `labels` carries everything of `matchLabels`. */
export function matchesLabels(labels: Labels | undefined, matchLabels: Labels): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels?.[key] === value);
}
