/** Patches that cannot be applied. */
import { describe, it } from "vitest";
import type { Answer } from "../../support/kube-api.ts";
import { APPLY_PATCH, JSON_PATCH, MAPS, MERGE_PATCH, STRATEGIC_PATCH, expectRefusal, map, openTarget } from "./target.ts";

const target = openTarget();

describe("patches", () => {
  it("JSON patches that cannot be", async () => {
    const wrong = [
      "{}",
      "7",
      '["x"]',
      '[{"op":"explode","path":"/data"}]',
      '[{"path":"/data"}]',
      '[{"op":"add"}]',
      '[{"op":"add","path":"data","value":1}]',
      '[{"op":"remove","path":"/data/absent"}]',
      '[{"op":"replace","path":"/absent/deep","value":1}]',
      '[{"op":"test","path":"/data","value":1}]',
      '[{"op":"move","from":"/absent","path":"/data/a"}]',
      '[{"op":"copy","path":"/data/a"}]',
      '[{"op":"add","path":"/metadata/finalizers/99","value":"x"}]',
      '[{"op":"replace","path":"","value":null}]',
      '[{"op":"remove","path":"/metadata"}]',
      '[{"op":"replace","path":"/metadata/name","value":"other"}]',
      '[{"op":"replace","path":"/metadata/uid","value":"other"}]',
      '[{"op":"add","path":"/data/a","value":7}]',
    ];
    for (const body of wrong) expectRefusal(await target().patch(JSON_PATCH, body), 400, 409, 422);
    const many = JSON.stringify(Array.from({ length: 20_000 }, () => ({ op: "add", path: "/data/a", value: "x" })));
    expectRefusal(await target().patch(JSON_PATCH, many), 413);
  });

  it("merge, strategic and apply patches that cannot be", async () => {
    for (const type of [MERGE_PATCH, STRATEGIC_PATCH]) {
      for (const body of [
        "[]",
        "7",
        '"x"',
        "null",
        '{"metadata":7}',
        '{"metadata":null}',
        '{"data":{"a":7}}',
        '{"kind":"Secret"}',
        '{"metadata":{"name":"other"}}',
      ]) {
        expectRefusal(await target().patch(type, body), 400, 422);
      }
    }
    expectRefusal(await target().patch(MERGE_PATCH, '{"metadata":{"resourceVersion":"1"}}'), 409);
    expectRefusal(await target().patch(MERGE_PATCH, "{}", `${MAPS}/absent`), 404);
    expectRefusal(await target().patch(STRATEGIC_PATCH, '{"$patch":"explode"}'), 400, 422);
    const applied = (object: unknown, query = "?fieldManager=test"): Promise<Answer> =>
      target().patch(APPLY_PATCH, JSON.stringify(object), `${MAPS}/applied${query}`);
    expectRefusal(await applied(map("applied"), ""), 400, 422);
    expectRefusal(await applied(map("other")), 400);
    expectRefusal(await applied({ ...map("applied"), kind: "Secret" }), 400);
    expectRefusal(await applied({ ...map("applied"), metadata: { name: "applied", managedFields: [{ manager: "x" }] } }), 400, 422);
    expectRefusal(await applied([]), 400, 422);
    expectRefusal(await applied({}), 400, 422);
    expectRefusal(await applied({ ...map("applied"), data: { a: [1] } }), 400, 422, 500);
    expectRefusal(await target().patch(MERGE_PATCH, "{}", `${MAPS}/target?force=true`), 400, 422);
  });
});
