import { expect, test } from "vitest";
import { evaluateCondition } from "./condition.ts";

const values = { "pipelinechannel--flip-Output": "heads", n: 7, text: "12", "it's": true, list: [1] };

test.each([
  ["inputs.parameter_values['pipelinechannel--flip-Output'] == 'heads'", true],
  ["inputs.parameter_values['pipelinechannel--flip-Output'] != 'heads'", false],
  ["!(inputs.parameter_values['pipelinechannel--flip-Output'] == 'tails') && int(inputs.parameter_values['n']) > 5", true],
  ["int(inputs.parameter_values['text']) >= 12", true],
  ["double(inputs.parameter_values['n']) < 7.5", true],
  ["int(inputs.parameter_values['n']) == -7", false],
  ["inputs.parameter_values['it\\'s'] == true", true],
  ["inputs.parameter_values['n'] == 7 || inputs.parameter_values['n'] < 1", true],
  ["string(inputs.parameter_values['n']) == '7'", true],
  ["1e3 == 1000.0 && -1 < 0", true],
])("%s → %s", (condition, expected) => {
  expect(evaluateCondition(condition, values)).toBe(expected);
});

test.each([
  ["inputs.parameter_values['missing'] == 1", "no input parameter missing"],
  ["inputs.parameter_values['n']", "not a boolean"],
  ["inputs.parameter_values['n'] < 'a'", "different types"],
  ["process.exit()", "unexpected"],
  ["'open", "not closed"],
  ["int('x') == 1", "not a valid int"],
  ["true true", "unexpected"],
  [`${"(".repeat(5000)}true`, "nested too deeply"],
])("refuses %s", (condition, message) => {
  expect(() => evaluateCondition(condition, values)).toThrow(message);
});
