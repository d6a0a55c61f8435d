/** Placeholders such as `{{$.inputs.parameters['x']}}` in commands, arguments, environment, constants and importer URIs. */
import { SkiffError } from "../../../lib/errors.ts";
import { isObject, own, type Json } from "../../../lib/json.ts";
import { pathOfUri, toRuntimeArtifact, type ArtifactValue } from "./artifact-value.ts";
import { parseJson } from "./json-text.ts";
import { toText } from "./values.ts";

export interface PlaceholderScope {
  readonly parameters: Readonly<Record<string, Json>>;
  readonly inputArtifacts: Readonly<Record<string, readonly ArtifactValue[]>>;
  readonly outputArtifacts: Readonly<Record<string, ArtifactValue>>;
  /** Output parameter → the file the step writes it to. */
  readonly outputFiles: Readonly<Record<string, string>>;
  /** Values of `{{$.pipeline_job_name}}` and its like, by the word after `$.`; also `outputs.output_file`. */
  readonly words: Readonly<Record<string, string>>;
  /** The whole ExecutorInput, for `{{$}}`. */
  readonly executorInput?: Json;
}

/** Splits `.inputs.parameters['x'].y` into its words; undefined when the text is no such path. */
function splitPath(text: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ".") {
      let end = at + 1;
      while (end < text.length && text[end] !== "." && text[end] !== "[") end++;
      words.push(text.slice(at + 1, end));
      at = end;
    } else if (text[at] === "[") {
      const quote = text[at + 1];
      const close = quote === "'" || quote === '"' ? `${quote}]` : "]";
      const start = close.length === 2 ? at + 2 : at + 1;
      const end = text.indexOf(close, start);
      if (end < 0) return undefined;
      words.push(text.slice(start, end));
      at = end + close.length;
    } else return undefined;
  }
  return words;
}

function artifactField(artifact: ArtifactValue, field: string | undefined, key: string | undefined): Json | undefined {
  switch (field) {
    case undefined:
      return toRuntimeArtifact(artifact);
    case "uri":
      return artifact.uri;
    case "path":
      return pathOfUri(artifact.uri);
    case "name":
      return artifact.name;
    case "metadata":
      return key === undefined ? { ...artifact.metadata } : (own(artifact.metadata, key) ?? "");
    default:
      return undefined;
  }
}

/** The value of one placeholder: null for an absent input, undefined when it is not a placeholder we know. */
function valueOf(expression: string, scope: PlaceholderScope): Json | undefined {
  if (expression === "") return scope.executorInput;
  if (expression === ".json_escape[1]")
    return scope.executorInput === undefined ? undefined : JSON.stringify(JSON.stringify(scope.executorInput)).slice(1, -1);
  const path = splitPath(expression);
  if (!path) return undefined;
  const [head = "", group = "", name = "", field, key] = path;
  if (head === "inputs" && group === "parameters") return own(scope.parameters, name) ?? null;
  if (head === "inputs" && group === "artifacts") {
    const artifacts = own(scope.inputArtifacts, name);
    if (!artifacts) return null;
    const [first] = artifacts;
    if (field === undefined) return artifacts.map(toRuntimeArtifact);
    return first ? artifactField(first, field, key) : null;
  }
  if (head === "outputs" && group === "parameters")
    return field === "output_file" || field === undefined ? own(scope.outputFiles, name) : undefined;
  if (head === "outputs" && group === "artifacts") {
    const artifact = own(scope.outputArtifacts, name);
    return artifact ? artifactField(artifact, field, key) : undefined;
  }
  return own(scope.words, path.join("."));
}

// A text may hold a placeholder twice, and be the input of the next that does: thirty tasks would fill the memory.
const MAX_TEXT_LENGTH = 16 * 1024 * 1024;
const tooLong = (): SkiffError =>
  new SkiffError("Invalid", `a text with its placeholders filled in is longer than ${MAX_TEXT_LENGTH} characters`, {
    remedy: "Pass large data as an artifact.",
  });

/**
 * Replaces the placeholders in a text. Undefined when the whole text is one placeholder of an absent input, so that callers
 * can leave the argument out. Unknown placeholders stay as they are, as upstream leaves them.
 */
export function resolveText(text: string, scope: PlaceholderScope): string | undefined {
  let out = "";
  let at = 0;
  for (let start = text.indexOf("{{$"); start >= 0; start = text.indexOf("{{$", at)) {
    const end = text.indexOf("}}", start);
    if (end < 0) break;
    const value = valueOf(text.slice(start + 3, end), scope);
    if (value === null && start === 0 && end + 2 === text.length) return undefined;
    out += text.slice(at, start) + (value === undefined ? text.slice(start, end + 2) : value === null ? "" : toText(value));
    if (out.length > MAX_TEXT_LENGTH) throw tooLong();
    at = end + 2;
  }
  return out + text.slice(at);
}

/** Resolves one element of a command: a text, or the JSON of `Concat` and `IfPresent`. A list, since a branch may hold several. */
function resolveElement(element: Json, scope: PlaceholderScope): string[] {
  if (typeof element === "string") {
    const text = resolveText(element, scope);
    return text === undefined ? [] : [text];
  }
  if (Array.isArray(element)) return element.flatMap((item) => resolveElement(item, scope));
  if (isObject(element)) {
    const { Concat: concat, IfPresent: ifPresent } = element;
    if (Array.isArray(concat)) {
      const parts = concat.flatMap((item) => resolveElement(item, scope));
      if (parts.reduce((length, part) => length + part.length, 0) > MAX_TEXT_LENGTH) throw tooLong();
      return [parts.join("")];
    }
    if (isObject(ifPresent)) {
      const name = typeof ifPresent["InputName"] === "string" ? ifPresent["InputName"] : "";
      const present = (own(scope.parameters, name) ?? null) !== null || (own(scope.inputArtifacts, name)?.length ?? 0) > 0;
      const branch = present ? ifPresent["Then"] : ifPresent["Else"];
      return branch === undefined ? [] : resolveElement(branch, scope);
    }
  }
  return element === null ? [] : [toText(element)];
}

function structureOf(text: string): Json | undefined {
  if (!text.startsWith('{"Concat"') && !text.startsWith('{"IfPresent"')) return undefined;
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Resolves the elements of a command or argument list; elements of absent inputs disappear. */
export function resolveArguments(elements: readonly string[], scope: PlaceholderScope): string[] {
  return elements.flatMap((element) => resolveElement(structureOf(element) ?? element, scope));
}

/** Replaces the placeholders in all texts of a JSON value. Works on the parsed value, so nothing can break out of its string. */
export function resolveValue(value: Json, scope: PlaceholderScope): Json {
  if (typeof value === "string") return resolveText(value, scope) ?? null;
  if (Array.isArray(value)) return value.map((item) => resolveValue(item, scope));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveValue(item, scope)]));
  return value;
}
