/** Request bodies: malformed, of wrong types, too large, too deep, with poisoned keys. */
import { assert, asyncProperty, constantFrom, dictionary, jsonValue, oneof, uint8Array, type Arbitrary } from "fast-check";
import { describe, expect, it } from "vitest";
import { APPLY_PATCH, JSON_PATCH, MAPS, MERGE_PATCH, STRATEGIC_PATCH, expectNoFault, expectRefusal, map, openTarget } from "./target.ts";

const PODS = "/api/v1/namespaces/default/pods";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const MIB = 1024 * 1024;

const pod = (spec: unknown) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "wrong" }, spec });

const target = openTarget();

describe("bodies", () => {
  const valid = JSON.stringify(map("never", { data: { a: "é\u{1F600}" } }));

  it("malformed JSON is a bad request", async () => {
    for (const body of [
      "",
      " ",
      "{",
      "}",
      "nul",
      "[1,",
      '{"a":}',
      '{"a" 1}',
      "{'a':1}",
      '{"a":1}{"b":2}',
      "\u0000",
      '"\\u12"',
      "1e999999",
      "NaN",
      '{"a":"\t"}',
    ]) {
      expectRefusal(await target().post(MAPS, body), 400);
    }
    for (let length = 1; length < valid.length; length += 7) expectRefusal(await target().post(MAPS, valid.slice(0, length)), 400);
    expectRefusal(await target().post(MAPS, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])), 400, 422);
  });

  it("JSON that is no object of the kind is refused, too", async () => {
    for (const value of [null, true, 7, "text", [], [map("a")], {}, { kind: "ConfigMap" }, { apiVersion: "v1" }]) {
      expectRefusal(await target().post(MAPS, JSON.stringify(value)), 400, 422);
    }
    const other = expectRefusal(await target().post(MAPS, JSON.stringify({ ...map("a"), kind: "Secret" })), 400);
    expect(other.message).toMatch(/Secret/);
    expectRefusal(await target().post(MAPS, JSON.stringify({ ...map("a"), apiVersion: "v9" })), 400);
    expectRefusal(await target().post(MAPS, JSON.stringify({ ...map("a"), metadata: { name: "a", namespace: "kube-system" } })), 400);
    expectRefusal(await target().api.send("PUT", `${MAPS}/target`, { body: JSON.stringify(map("other")) }), 400);
  });

  it("malformed YAML is a bad request; an alias bomb does not go off", async () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefghi"
        .split("")
        .map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${"abcdefgh"[index] ?? "a"}`).join(",")}]`),
    ].join("\n");
    for (const body of [
      "a: [",
      "a: b: c",
      "\ta: b",
      "a: &x\nb: *y",
      "%YAML 9.9\n---\n:",
      "? [",
      `${bomb}\n`,
      "!!js/function 'x'",
      "- a\nb: c",
    ]) {
      expectRefusal(await target().post(MAPS, body, { contentType: "application/yaml" }), 400, 413, 415, 422);
    }
    expectRefusal(await target().patch(APPLY_PATCH, bomb, `${MAPS}/bomb?fieldManager=test`), 400, 413, 422);
  });

  it("bytes of chance never bring the server down, whatever they are said to be", async () => {
    const types = [
      "application/json",
      "application/yaml",
      "application/vnd.kubernetes.protobuf",
      JSON_PATCH,
      MERGE_PATCH,
      STRATEGIC_PATCH,
      APPLY_PATCH,
    ];
    const bytes = oneof(
      uint8Array({ maxLength: 300 }),
      uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([Buffer.from("k8s\0"), rest])),
    );
    await assert(
      asyncProperty(constantFrom(...types), bytes, constantFrom("POST", "PUT", "PATCH", "DELETE"), async (contentType, body, method) => {
        const path = method === "POST" ? MAPS : `${MAPS}/nobody?fieldManager=test`;
        expectNoFault(await target().api.send(method, path, { body, contentType }));
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("JSON of chance in every place of an object never brings the server down", async () => {
    const anywhere = jsonValue({ maxDepth: 3 });
    const object: Arbitrary<object> = dictionary(constantFrom("metadata", "spec", "status", "data", "apiVersion", "kind"), anywhere);
    const places: readonly (readonly [path: string, base: object])[] = [
      [MAPS, map("chance")],
      [PODS, pod({ containers: [{ name: "main", image: "x" }] })],
      [DEPLOYMENTS, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "chance" } }],
      [
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
      ],
      ["/apis/rbac.authorization.k8s.io/v1/clusterroles", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" }],
      [
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview" },
      ],
    ];
    await assert(
      asyncProperty(constantFrom(...places), object, async ([path, base], change) => {
        expectNoFault(await target().post(`${path}?dryRun=All`, JSON.stringify({ ...base, ...change })));
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  it("wrong types name the field", async () => {
    const wrong: readonly (readonly [path: string, body: unknown])[] = [
      [MAPS, { ...map("a"), data: { key: 7 } }],
      [MAPS, { ...map("a"), data: [] }],
      [MAPS, { ...map("a"), metadata: [] }],
      [MAPS, { ...map("a"), metadata: { name: 7 } }],
      [MAPS, { ...map("a"), metadata: { name: "a", labels: { b: true } } }],
      [MAPS, { ...map("a"), metadata: { name: "a", finalizers: "all" } }],
      [MAPS, { ...map("a"), metadata: { name: "a", ownerReferences: {} } }],
      [PODS, pod("none")],
      [PODS, pod({ containers: {} })],
      [PODS, pod({ containers: [7] })],
      [PODS, pod({ containers: [{ name: "a", image: "b", ports: [{ containerPort: "80" }] }] })],
      [PODS, pod({ containers: [{ name: "a", image: "b", env: { A: "b" } }] })],
      [DEPLOYMENTS, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { replicas: "two" } }],
    ];
    for (const [path, body] of wrong) {
      const { message } = expectRefusal(await target().post(path, JSON.stringify(body)), 400, 422);
      expect(message).toMatch(/cannot unmarshal|cannot restore|expected|invalid|must be/i);
    }
  });

  it("too large is 413, and the connection is answered", async () => {
    const { message } = expectRefusal(await target().post(MAPS, JSON.stringify(map("large", { data: { a: "x".repeat(10 * MIB) } }))), 413);
    expect(message).toMatch(/too large/);
    expectRefusal(await target().patch(MERGE_PATCH, JSON.stringify({ data: { a: "x".repeat(10 * MIB) } })), 413);
    // ConfigMaps have a limit of their own, 1 MiB.
    expectRefusal(await target().post(MAPS, JSON.stringify(map("large", { data: { a: "x".repeat(MIB + 1) } }))), 413, 422);
  });

  it("depth 10,000 is refused wherever it comes", async () => {
    const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
    const objects = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;
    for (const nested of [deep, objects]) {
      expectRefusal(await target().post(MAPS, nested), 400, 413, 422);
      expectRefusal(
        await target().post(MAPS, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"data":${nested}}`),
        400,
        413,
        422,
      );
      expectRefusal(await target().post(MAPS, nested, { contentType: "application/yaml" }), 400, 413, 415, 422);
      for (const type of [MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH]) {
        expectRefusal(await target().patch(type, `{"data":${nested}}`, `${MAPS}/target?fieldManager=test`), 400, 413, 422);
      }
      expectRefusal(await target().patch(JSON_PATCH, `[{"op":"add","path":"/data/a","value":${nested}}]`), 400, 413, 422);
    }
    expectRefusal(await target().patch(JSON_PATCH, `[{"op":"remove","path":"${"/a".repeat(10_000)}"}]`), 400, 413, 422);
  });

  it("__proto__, constructor and prototype are keys like others", async () => {
    const stored = await target().post(
      MAPS,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto"},"data":{"__proto__":"a","constructor":"b"}}',
    );
    expect(stored.status, stored.text).toBe(201);
    expect((await target().api.send("GET", `${MAPS}/proto`)).text).toMatch(/"__proto__":"a"/);
    for (const type of [MERGE_PATCH, STRATEGIC_PATCH]) {
      expectNoFault(await target().patch(type, '{"__proto__":{"polluted":true}}'));
      expectNoFault(await target().patch(type, '{"data":{"__proto__":{"polluted":true}}}'));
      expectNoFault(await target().patch(type, '{"metadata":{"constructor":{"prototype":{"polluted":true}}}}'));
    }
    for (const path of ["/__proto__/polluted", "/data/__proto__/polluted", "/constructor/prototype/polluted", "/metadata/__proto__"]) {
      expectNoFault(await target().patch(JSON_PATCH, JSON.stringify([{ op: "add", path, value: true }])));
    }
    expectNoFault(
      await target().patch(
        APPLY_PATCH,
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"target"},"__proto__":{"polluted":true}}',
        `${MAPS}/target?fieldManager=test`,
      ),
    );
    expectRefusal(
      await target().post(MAPS, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"__proto__":"x"}}}'),
      422,
    );
    expectRefusal(await target().post(MAPS, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"__proto__"}}'), 422);
    for (const word of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expectRefusal(await target().api.send("GET", `${MAPS}/${word}`), 404);
      expectRefusal(await target().api.send("GET", `/api/v1/${word}`), 404);
      expectRefusal(await target().api.send("GET", `/apis/${word}/v1/things`), 404);
      expectNoFault(await target().api.send("GET", `${MAPS}?labelSelector=${word}%3D1`));
      expectRefusal(await target().api.send("GET", `${MAPS}?fieldSelector=${word}%3D1`), 400);
    }
  });

  it("unknown content types are 415, unknown answers 406", async () => {
    for (const contentType of [
      "text/plain",
      "application/xml",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "application/jsonx",
      "nonsense",
      "/",
    ]) {
      const { reason } = expectRefusal(await target().post(MAPS, valid, { contentType }), 415);
      expect(reason).toBe("UnsupportedMediaType");
    }
    for (const contentType of ["application/json", "text/plain", "application/unknown-patch+json"]) {
      const { message } = expectRefusal(await target().patch(contentType, "{}"), 415);
      expect(message).toMatch(/application\/merge-patch\+json/);
    }
    expectRefusal(await target().api.send("GET", MAPS, { headers: { accept: "application/xml" } }), 406);
    expectNoFault(await target().api.send("GET", MAPS, { headers: { accept: "text/html, */*;q=0.1" } }));
    expectNoFault(await target().post(`${MAPS}?dryRun=All`, valid, { contentType: "application/json; charset=utf-8" }));
  });
});
