import { expect, test } from "vitest";
import { resolveArguments, resolveText, resolveValue, type PlaceholderScope } from "./placeholders.ts";
import { selectFromValue } from "./selector.ts";

const scope: PlaceholderScope = {
  parameters: { text: 'a "b"', n: 3, f: 0.5, list: [1, "x"], none: null },
  inputArtifacts: { data: [{ id: "1", name: "data", type: "system.Dataset", uri: "gs://b/data", metadata: { rows: 5 } }], many: [] },
  outputArtifacts: { model: { name: "model", type: "system.Model", uri: "/skiff/artifacts/p/model", metadata: {} } },
  outputFiles: { out: "/skiff/artifacts/.outputs/parameters/out" },
  words: { pipeline_task_name: "train" },
  executorInput: { inputs: {} },
};

test.each([
  ["{{$}}", '{"inputs":{}}'],
  ["x={{$.inputs.parameters['text']}}", 'x=a "b"'],
  ["{{$.inputs.parameters['n']}}/{{$.inputs.parameters[\"f\"]}}", "3/0.5"],
  ["{{$.inputs.parameters['list']}}", '[1,"x"]'],
  ["{{$.inputs.artifacts['data'].path}}", "/gcs/b/data"],
  ["{{$.inputs.artifacts['data'].uri}}:{{$.inputs.artifacts['data'].metadata['rows']}}", "gs://b/data:5"],
  ["{{$.outputs.artifacts['model'].path}}", "/skiff/artifacts/p/model"],
  ["{{$.outputs.parameters['out'].output_file}}", "/skiff/artifacts/.outputs/parameters/out"],
  ["{{$.pipeline_task_name}} {{$.unknown}}", "train {{$.unknown}}"],
  ["before {{$.inputs.parameters['none']}} after", "before  after"],
  ["{{$ not closed", "{{$ not closed"],
])("%s", (text, expected) => {
  expect(resolveText(text, scope)).toBe(expected);
});

test("arguments of absent inputs disappear", () => {
  expect(resolveArguments(["a", "{{$.inputs.parameters['none']}}", "{{$.inputs.parameters['toString']}}"], scope)).toEqual(["a"]);
});

test("Concat and IfPresent", () => {
  const args = [
    '{"IfPresent": {"InputName": "n", "Then": ["--n", "{{$.inputs.parameters[\'n\']}}"], "Else": ["--none"]}}',
    '{"IfPresent": {"InputName": "none", "Then": ["--x"]}}',
    '{"IfPresent": {"InputName": "data", "Then": "yes"}}',
    '{"Concat": ["a=", "{{$.inputs.parameters[\'n\']}}"]}',
  ];
  expect(resolveArguments(args, scope)).toEqual(["--n", "3", "yes", "a=3"]);
});

test("values in constants cannot break out of their text", () => {
  expect(resolveValue({ a: ["{{$.inputs.parameters['text']}}!"], b: 1 }, scope)).toEqual({ a: ['a "b"!'], b: 1 });
});

test("parseJson selectors", () => {
  expect(selectFromValue('parseJson(string_value)["a"]["]"]', '{"a":{"]":[1]}}')).toEqual([1]);
  expect(selectFromValue('parseJson(string_value)["a"]', { a: null })).toBeNull();
  expect(() => selectFromValue('parseJson(string_value)["b"]', {})).toThrow('has no "b"');
  expect(() => selectFromValue("exec()", {})).toThrow("unsupported");
});
