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

function parseTerm(term: string): Match {
  const equality = EQUALITY.exec(term);
  if (equality) {
    const [, key = "", operator, value = ""] = equality;
    return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const set = SET.exec(term);
  if (!set) throw new SkiffError("BadRequest", `unable to parse requirement: ${term}`);
  const [, not, key = "", operator, list = ""] = set;
  if (operator === undefined) {
    return not === "!" ? (labels) => !(key in labels) : (labels) => key in labels;
  }
  const values = new Set(list.split(",").map((value) => value.trim()));
  return operator === "in"
    ? (labels) => key in labels && values.has(labels[key] ?? "")
    : (labels) => !(key in labels) || !values.has(labels[key] ?? "");
}

/** Parses a label selector (`a=b,c!=d,e in (f,g),!h`). Throws BadRequest on bad syntax. */
export function parseLabelSelector(text: string | null | undefined): Match {
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
    value = (value as Record<string, unknown>)[key];
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
