import { expect, test } from "vitest";
import type { PolicyRule } from "../../api/index.ts";
import { describeRule, uncoveredRules } from "./rule-coverage.ts";

const rule = (verbs: string[], apiGroups: string[], resources: string[], resourceNames?: string[]): PolicyRule => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames ? { resourceNames } : {}),
});

test("a rule is covered by several that share its parts", () => {
  const own = [rule(["get"], [""], ["pods", "services"]), rule(["list"], [""], ["*"])];
  expect(uncoveredRules(own, [rule(["get", "list"], [""], ["pods", "services"])])).toEqual([]);
});

test("what is missing is named with its verbs together", () => {
  const missing = uncoveredRules([rule(["get"], [""], ["pods"])], [rule(["get", "create", "delete"], [""], ["pods"])]);
  expect(missing.map(describeRule)).toEqual(['{APIGroups:[""], Resources:["pods"], Verbs:["create" "delete"]}']);
});

test("names narrow, wildcards widen, subresources are things of their own", () => {
  expect(uncoveredRules([rule(["get"], [""], ["pods"], ["a"])], [rule(["get"], [""], ["pods"])])).toHaveLength(1);
  expect(uncoveredRules([rule(["get"], [""], ["pods"])], [rule(["get"], [""], ["pods"], ["a"])])).toEqual([]);
  expect(uncoveredRules([rule(["get"], [""], ["pods"], ["a"])], [rule(["get"], [""], ["pods"], ["a", "b"])])).toHaveLength(1);
  expect(uncoveredRules([rule(["get"], [""], ["pods"])], [rule(["get"], [""], ["pods/log"])])).toHaveLength(1);
  expect(uncoveredRules([rule(["get"], [""], ["*/log"])], [rule(["get"], [""], ["pods/log"])])).toEqual([]);
  expect(uncoveredRules([rule(["*"], ["apps"], ["*"])], [rule(["*"], ["*"], ["*"])])).toHaveLength(1);
});

test("paths", () => {
  const own = [{ verbs: ["get"], nonResourceURLs: ["/api/*"] }];
  expect(uncoveredRules(own, [{ verbs: ["get"], nonResourceURLs: ["/api/v1", "/version"] }])).toEqual([
    { verbs: ["get"], nonResourceURLs: ["/version"] },
  ]);
});
