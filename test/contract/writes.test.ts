/** Writes through the whole API: field validation, patches, apply, protobuf, custom kinds. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject, Status } from "../../src/api/index.ts";
import { openCluster, type Cluster } from "../../src/cluster/cluster.ts";
import type { KubeFetch } from "../../src/kit/index.ts";
import { createLog } from "../../src/lib/log.ts";

const folder = mkdtempSync(join(tmpdir(), "skiff-writes-"));
let cluster: Cluster;
let fetch: KubeFetch;
beforeAll(async () => {
  cluster = await openCluster({
    dataDir: folder,
    log: createLog({ level: "error" }),
    addresses: ["127.0.0.1"],
    podLogs: () => new ReadableStream(),
  });
  fetch = cluster.admin.fetch;
});
afterAll(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

type Body = KubeObject & Partial<Status> & { spec: Record<string, unknown>; data: Record<string, string>; status: Record<string, unknown> };
interface Answer {
  readonly status: number;
  readonly body: Body;
  readonly warning: string | null;
}

async function send(method: string, path: string, body?: unknown, type = "application/json"): Promise<Answer> {
  const bytes = body instanceof Uint8Array ? Buffer.from(body) : typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(
    new Request(`https://kubernetes.default${path}`, {
      method,
      headers: { "content-type": type, "user-agent": "tester/1.0" },
      ...(body === undefined ? {} : { body: bytes }),
    }),
  );
  return { status: response.status, body: (await response.json()) as Body, warning: response.headers.get("warning") };
}

const MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const APPLY = "application/apply-patch+yaml";
const map = (name: string, data: Record<string, unknown> = {}): unknown => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});
const deployment = (name: string, spec: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "i" }] } },
    ...spec,
  },
});
const managers = (body: Body): unknown[] =>
  (body.metadata.managedFields as { manager: string; operation: string; subresource?: string }[]).map(
    ({ manager, operation, subresource }) => [manager, operation, ...(subresource === undefined ? [] : [subresource])],
  );

describe("field validation", () => {
  it("is strict, warns, or is silent", async () => {
    const odd = deployment("odd", { replicaz: 1 });
    const strict = await send("POST", `${DEPLOYMENTS}?fieldValidation=Strict`, odd);
    expect(strict.status).toBe(400);
    expect(strict.body.message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replicaz"',
    );
    const warned = await send("POST", `${DEPLOYMENTS}?dryRun=All`, odd);
    expect(warned.status).toBe(201);
    expect(warned.warning).toBe(String.raw`299 - "unknown field \"spec.replicaz\""`);
    expect(warned.body.spec).not.toHaveProperty("replicaz");
    const silent = await send("POST", `${DEPLOYMENTS}?dryRun=All&fieldValidation=Ignore`, odd);
    expect([silent.status, silent.warning]).toEqual([201, null]);
  });

  it("sees fields that the text repeats", async () => {
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}';
    const { status, body } = await send("POST", `${MAPS}?fieldValidation=Strict`, text);
    expect(status).toBe(400);
    expect(body.message).toContain('duplicate field "data.a"');
  });

  it("answers Kubernetes' words for a template that does not match", async () => {
    const wrong = deployment("wrong", { selector: { matchLabels: { app: "other" } } });
    const { status, body } = await send("POST", DEPLOYMENTS, wrong);
    expect(status).toBe(422);
    expect(body.message).toBe(
      'Deployment.apps "wrong" is invalid: spec.template.metadata.labels: Invalid value: map[string]string{"app":"wrong"}: `selector` does not match template `labels`',
    );
  });
});

describe("patches", () => {
  it("of every type, and one that changes nothing writes nothing", async () => {
    await send("POST", MAPS, map("p", { a: "1" }));
    const merged = await send("PATCH", `${MAPS}/p`, { data: { b: "2" } }, "application/merge-patch+json");
    expect(merged.body.data).toEqual({ a: "1", b: "2" });
    const json = await send("PATCH", `${MAPS}/p`, [{ op: "remove", path: "/data/a" }], "application/json-patch+json");
    expect(json.body.data).toEqual({ b: "2" });
    const strategic = await send("PATCH", `${MAPS}/p`, { metadata: { finalizers: ["a/b"] } }, "application/strategic-merge-patch+json");
    expect(strategic.body.metadata.finalizers).toEqual(["a/b"]);
    const same = await send("PATCH", `${MAPS}/p`, { data: { b: "2" } }, "application/merge-patch+json");
    expect(same.body.metadata.resourceVersion).toBe(strategic.body.metadata.resourceVersion);
    const dry = await send("PATCH", `${MAPS}/p?dryRun=All`, { data: { b: "3" } }, "application/merge-patch+json");
    expect(dry.body.data).toEqual({ b: "3" });
    expect(dry.body.metadata.resourceVersion).toBe(strategic.body.metadata.resourceVersion);
    expect((await send("PATCH", `${MAPS}/p`, {}, "text/plain")).status).toBe(415);
    expect(managers(same.body)).toEqual([["tester", "Update"]]);
  });
});

describe("apply", () => {
  it("creates, is settled the second time, conflicts, and is forced", async () => {
    const path = `${DEPLOYMENTS}/a`;
    const first = await send("PATCH", `${path}?fieldManager=one`, deployment("a", { replicas: 1 }), APPLY);
    expect(first.status).toBe(201);
    const second = await send("PATCH", `${path}?fieldManager=one`, deployment("a", { replicas: 1 }), APPLY);
    expect([second.status, second.body.metadata.resourceVersion]).toEqual([200, first.body.metadata.resourceVersion]);
    const refused = await send("PATCH", `${path}?fieldManager=two`, deployment("a", { replicas: 2 }), APPLY);
    expect([refused.status, refused.body.message]).toEqual([409, 'Apply failed with 1 conflict: conflict with "one": .spec.replicas']);
    const forced = await send("PATCH", `${path}?fieldManager=two&force=true`, deployment("a", { replicas: 2 }), APPLY);
    expect([forced.status, forced.body.spec["replicas"]]).toEqual([200, 2]);
    const status = await send("PATCH", `${path}/status`, { status: { replicas: 2 } }, "application/merge-patch+json");
    expect(managers(status.body)).toEqual([
      ["one", "Apply"],
      ["two", "Apply"],
      ["tester", "Update", "status"],
    ]);
  });

  it("takes YAML, wants a manager, and knows the fields of the kind", async () => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\ndata:\n  a: '1'\n";
    expect((await send("PATCH", `${MAPS}/y`, yaml, APPLY)).body.message).toContain(
      "fieldManager: Required value: is required for apply patch",
    );
    expect((await send("PATCH", `${MAPS}/y?fieldManager=m`, yaml, APPLY)).body.data).toEqual({ a: "1" });
    const odd = await send("PATCH", `${MAPS}/y?fieldManager=m`, yaml.replace("\ndata:", "\ndada:"), APPLY);
    expect([odd.status, odd.body.message]).toEqual([
      400,
      "failed to create typed patch object (default/y; /v1, Kind=ConfigMap): .dada: field not declared in schema",
    ]);
  });
});

describe("protobuf", () => {
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
  const bytes = (number: number, value: number[]): number[] => [...varint(number * 8 + 2), ...varint(value.length), ...value];
  const text = (number: number, value: string): number[] => bytes(number, [...Buffer.from(value)]);
  const body = (apiVersion: string, kind: string, message: number[]): Uint8Array =>
    Uint8Array.from([...Buffer.from("k8s\0"), ...bytes(1, [...text(1, apiVersion), ...text(2, kind)]), ...bytes(2, message)]);
  const TYPE = "application/vnd.kubernetes.protobuf";

  it("is read for built-in kinds, with empty values as Go leaves them out", async () => {
    const metadata = bytes(1, [...text(1, "pb"), ...text(2, ""), ...bytes(8, [])]);
    const data = bytes(2, [...text(1, "key"), ...text(2, "value")]);
    const { status, body: made } = await send("POST", MAPS, body("v1", "ConfigMap", [...metadata, ...data]), TYPE);
    expect(status).toBe(201);
    expect(made).toMatchObject({ kind: "ConfigMap", metadata: { name: "pb" }, data: { key: "value" } });
    expect(made.metadata).not.toHaveProperty("generateName");
  });

  it.each([
    ["a kind without table", body("example.com/v1", "Boat", []), 415],
    ["no prefix", Uint8Array.from([1, 2, 3]), 400],
    ["a message that ends early", body("v1", "ConfigMap", [10, 200]), 400],
    ["a wire type that is none", body("v1", "ConfigMap", [15]), 400],
    [
      "an endless number",
      body(
        "v1",
        "ConfigMap",
        Array.from({ length: 30 }, () => 255),
      ),
      400,
    ],
  ])("refuses %s", async (_, sent, code) => {
    const { status, body: answer } = await send("POST", MAPS, sent, TYPE);
    expect([status, answer.kind]).toEqual([code, "Status"]);
  });
});

describe("custom kinds", () => {
  const BOATS = "/apis/sea.example.com/v1/namespaces/default/boats";
  const spec = {
    type: "object",
    required: ["name"],
    "x-kubernetes-validations": [{ rule: "self.crew < 9", message: "too many" }, { rule: "quantity(self.name) > 1" }],
    properties: { name: { type: "string", pattern: "^[a-z]+$" }, crew: { type: "integer", default: 2 } },
  };
  const version = (name: string, storage: boolean): unknown => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: "object", properties: { spec, status: { type: "object" } } } },
    subresources: { status: {} },
  });
  const boat = (more: object, apiVersion = "sea.example.com/v1"): unknown => ({
    apiVersion,
    kind: "Boat",
    metadata: { name: "b" },
    spec: { name: "abc", ...more },
  });

  it("are defaulted, pruned, validated and served in every version", async () => {
    const definition = await send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "boats.sea.example.com" },
      spec: {
        group: "sea.example.com",
        names: { kind: "Boat", plural: "boats" },
        scope: "Namespaced",
        versions: [version("v1", true), version("v2", false)],
      },
    });
    expect(definition.status).toBe(201);
    expect(definition.body.spec["names"]).toMatchObject({ singular: "boat", listKind: "BoatList" });
    expect(definition.body.status["conditions"]).toContainEqual(
      expect.objectContaining({ type: "skiff.dev/RulesSupported", status: "False", message: expect.stringContaining("quantity") }),
    );
    const made = await send("POST", BOATS, boat({ bogus: 1 }));
    expect([made.status, made.body.spec]).toEqual([201, { name: "abc", crew: 2 }]);
    const other = await send("GET", "/apis/sea.example.com/v2/namespaces/default/boats/b");
    expect(other.body).toMatchObject({ apiVersion: "sea.example.com/v2", spec: { crew: 2 } });
    const wrong = await send("PUT", `${BOATS}/b`, boat({ name: "A", crew: "x" }));
    expect([wrong.status, wrong.body.details?.["causes"]]).toEqual([
      422,
      [
        {
          reason: "FieldValueTypeInvalid",
          message: 'Invalid value: "string": spec.crew in body must be of type integer: "string"',
          field: "spec.crew",
        },
        { reason: "FieldValueInvalid", message: `Invalid value: "A": spec.name in body should match '^[a-z]+$'`, field: "spec.name" },
      ].toSorted((a, b) => (a.field < b.field ? 1 : -1)),
    ]);
    const many = await send("PATCH", `${BOATS}/b`, { spec: { crew: 9 } }, "application/merge-patch+json");
    expect([many.status, many.body.message]).toEqual([422, 'Boat.sea.example.com "b" is invalid: spec: Invalid value: "object": too many']);
    expect((await send("PATCH", `${BOATS}/b`, {}, "application/strategic-merge-patch+json")).status).toBe(415);
  });
});

describe("bodies", () => {
  it.each([
    ["deep JSON", `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, "application/json", 400],
    ["deep YAML", "[".repeat(10_000), APPLY, 400],
    ["nested sequences in YAML", `a: ${"- ".repeat(5000)}x`, APPLY, 400],
    [
      "a YAML bomb",
      ["a: &a [x,x,x,x,x,x,x,x,x]", ..."bcdefghi".split("").map((c, i) => `${c}: &${c} [${`*${"abcdefgh"[i]},`.repeat(9)}]`)].join("\n"),
      APPLY,
      400,
    ],
    ["a large body", JSON.stringify({ a: "x".repeat(4_000_000) }), "application/json", 413],
    ["no JSON", "{", "application/json", 400],
    ["an unknown type", "{}", "text/html", 415],
  ])("%s is refused", async (_, text, type, code) => {
    const { status, body } =
      type === APPLY ? await send("PATCH", `${MAPS}/x?fieldManager=m`, text, type) : await send("POST", MAPS, text, type);
    expect([status, body.kind]).toEqual([code, "Status"]);
  });

  it("keep __proto__ as a key", async () => {
    const text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto"},"data":{"__proto__":"1"}}';
    await send("POST", MAPS, text);
    const { body } = await send("PATCH", `${MAPS}/proto`, '{"data":{"__proto__":"2"}}', "application/merge-patch+json");
    expect(Object.entries(body.data)).toEqual([["__proto__", "2"]]);
  });
});
