/** Custom resource definitions that cannot be. */
import { describe, expect, it } from "vitest";
import { expectRefusal, openTarget } from "./target.ts";

const target = openTarget();

describe("custom resource definitions that cannot be", () => {
  const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const definition = (more: object, version: object = {}) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.bad.example.com" },
    spec: {
      group: "bad.example.com",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } }, ...version }],
      ...more,
    },
  });

  it("are refused with the field at fault", async () => {
    const schema = (openAPIV3Schema: unknown): object => ({ schema: { openAPIV3Schema } });
    const wrong = [
      definition({ group: "other.example.com" }),
      definition({ scope: "Everywhere" }),
      definition({ names: { plural: "Things", kind: "Thing" } }),
      definition({ names: {} }),
      definition({ versions: [] }),
      definition({ versions: "v1" }),
      definition({}, { storage: false }),
      definition({}, { name: "V_1" }),
      definition({}, { schema: undefined }),
      definition({}, schema({ type: "nothing" })),
      definition({}, schema({ type: "object", properties: { a: { type: "string", pattern: "(" } } })),
      definition({}, schema({ type: "object", properties: { a: 7 } })),
      definition({}, schema({ type: "object", properties: { a: { type: "array" } } })),
      definition({}, schema({ type: "object", properties: { a: { $ref: "#/definitions/x" } } })),
    ];
    for (const body of wrong) expectRefusal(await target().post(DEFINITIONS, JSON.stringify(body)), 400, 422);
  });

  it("patterns of their authors cannot stop the server", async () => {
    const schema = {
      schema: {
        openAPIV3Schema: {
          type: "object",
          properties: { spec: { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } } },
        },
      },
    };
    await target().api.create(DEFINITIONS, definition({}, schema));
    const things = "/apis/bad.example.com/v1/namespaces/default/things";
    const started = performance.now();
    const thing = { apiVersion: "bad.example.com/v1", kind: "Thing", metadata: { name: "a" }, spec: { a: `${"a".repeat(40)}!` } };
    expectRefusal(await target().post(things, JSON.stringify(thing)), 422);
    expect(performance.now() - started).toBeLessThan(5000);
    await target().api.send("DELETE", `${DEFINITIONS}/things.bad.example.com`);
  });
});
