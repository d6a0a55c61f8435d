/** Names, paths, methods, selectors, tokens of lists and other queries. */
import { array, assert, asyncProperty, constantFrom, oneof, string, stringMatching } from "fast-check";
import { describe, expect, it } from "vitest";
import { MAPS, expectNoFault, expectRefusal, map, openTarget } from "./target.ts";

const target = openTarget();

describe("names, paths and queries", () => {
  it("names that are none", async () => {
    const names = [
      "UPPER",
      "a_b",
      "-a",
      "a-",
      "a b",
      "é",
      "",
      ".",
      "..",
      "a..b",
      "x".repeat(254),
      "a/b",
      "a\nb",
      "a\0b",
      "\u{1F600}",
      "'; drop table objects; --",
    ];
    for (const name of names) {
      expectRefusal(await target().post(MAPS, JSON.stringify(map(name))), 400, 422);
      const path = `${MAPS}/${encodeURIComponent(name).replaceAll(".", "%2E")}`;
      // Dot segments lead elsewhere in any URL; the caller's rights are asked of where they lead.
      if (name === "." || name === "..") expectNoFault(await target().api.send("GET", path));
      else if (name !== "") expectRefusal(await target().api.send("GET", path), 400, 403, 404);
      expectRefusal(
        await target().post("/api/v1/namespaces", JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
        400,
        422,
      );
    }
    expectRefusal(await target().post(MAPS, JSON.stringify({ ...map("a"), metadata: { generateName: "No_" } })), 422);
    expectRefusal(await target().post(MAPS, JSON.stringify({ ...map("a"), metadata: {} })), 422);
    for (const labels of [{ "a b": "c" }, { a: "b c" }, { a: "x".repeat(64) }, { "/a": "b" }, { "": "b" }]) {
      expectRefusal(await target().post(MAPS, JSON.stringify({ ...map("a"), metadata: { name: "a", labels } })), 422);
    }
    expectRefusal(await target().post(MAPS, JSON.stringify(map("a", { data: { "a/b": "c" } }))), 422);
    expectRefusal(await target().post("/api/v1/namespaces/absent/configmaps", JSON.stringify(map("a"))), 404);
  });

  it("paths that lead nowhere", async () => {
    const paths = [
      "/api/v1/namespaces/default/configmaps/../../../../etc/passwd",
      "/api/v1/../../etc/passwd",
      "/api/v1/namespaces/default/configmaps/target/nothing",
      "/api/v1/namespaces/default/configmaps/target/status",
      "/api/v1/namespaces/default/nothing",
      "/api/v9/pods",
      "/apis/absent.example.com/v1/things",
      "/apis/apps/v1beta1/deployments",
      "/api/v1/namespaces/%zz/pods",
      "/%",
      "/api/v1/namespaces/default/configmaps/%00",
      "/nothing",
      "//api//v1//pods",
      "/api/v1/namespaces/default/pods/a/b/c/d/e/f",
    ];
    for (const path of paths) expectRefusal(await target().api.send("GET", path), 400, 403, 404);
    await assert(
      asyncProperty(array(string({ maxLength: 12 }), { maxLength: 8 }), async (parts) => {
        expectNoFault(await target().api.send("GET", `/api/v1/${parts.map(encodeURIComponent).join("/")}`));
      }),
      { numRuns: 150 },
    );
  });

  it("methods that a path does not have", async () => {
    for (const [method, path] of [
      ["POST", `${MAPS}/target`],
      ["PUT", MAPS],
      ["PATCH", MAPS],
      ["POST", "/api/v1/configmaps"],
      ["TRACE", MAPS],
      ["PROPFIND", MAPS],
      ["DELETE", "/api/v1/namespaces"],
      ["GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"],
    ] as const) {
      expectRefusal(await target().api.send(method, path, { body: "{}" }), 400, 404, 405, 415);
    }
  });

  it("selectors that are none", async () => {
    for (const selector of [
      "a in b",
      "a in (b",
      "a notin",
      "=",
      "!",
      "a=b=c",
      "a,,b",
      "a b",
      "(a)",
      "a>b",
      "-a=b",
      `a=${"x".repeat(64)}`,
      "a in (b c)",
      "é=1",
    ]) {
      const { message } = expectRefusal(await target().api.send("GET", `${MAPS}?labelSelector=${encodeURIComponent(selector)}`), 400);
      expect(message, selector).toMatch(/requirement|label|selector|found/);
      expectRefusal(await target().api.send("DELETE", `${MAPS}?labelSelector=${encodeURIComponent(selector)}`), 400);
    }
    for (const selector of ["a", "metadata.name", "metadata.name>a", "spec.nonsense=1", "=a", "metadata.name=a,=b"]) {
      expectRefusal(await target().api.send("GET", `${MAPS}?fieldSelector=${encodeURIComponent(selector)}`), 400);
      expectRefusal(await target().api.send("GET", `${MAPS}?watch=true&fieldSelector=${encodeURIComponent(selector)}`), 400);
    }
    await assert(
      asyncProperty(
        oneof(string({ maxLength: 40 }), stringMatching(/^[a-c=!<>(),in ot]{0,30}$/)),
        constantFrom("labelSelector", "fieldSelector"),
        async (text, kind) => {
          expectNoFault(await target().api.send("GET", `${MAPS}?${kind}=${encodeURIComponent(text)}`));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("continue tokens, versions and numbers that are none", async () => {
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const token of [
      "nonsense",
      "%00",
      "e30",
      encode(null),
      encode([]),
      encode({ v: "meta.k8s.io/v1", rv: -5, start: "../../x\0" }),
      encode({ v: 7, rv: {}, start: [] }),
      "A".repeat(5000),
    ]) {
      expectRefusal(await target().api.send("GET", `${MAPS}?limit=1&continue=${token}`), 400, 410);
    }
    await target().api.create(MAPS, map("second"));
    const { body: page } = await target().api.send<{ metadata: { continue: string } }>("GET", `${MAPS}?limit=1`);
    expect(page.metadata.continue).toBeTruthy();
    expectRefusal(await target().api.send("GET", `${MAPS}?limit=1&continue=${page.metadata.continue}x!`), 400);
    expectRefusal(await target().api.send("GET", `${MAPS}?limit=1&resourceVersion=5&continue=${page.metadata.continue}`), 400);
    // A token of another list must not open this one.
    expectNoFault(await target().api.send("GET", `/api/v1/namespaces/kube-system/configmaps?limit=1&continue=${page.metadata.continue}`));
    for (const query of [
      "resourceVersion=abc",
      "resourceVersion=-1",
      "resourceVersion=1.5",
      "watch=true&resourceVersion=abc",
      "resourceVersionMatch=Exact",
      "resourceVersion=1&resourceVersionMatch=Sideways",
      "sendInitialEvents=true",
    ]) {
      expectRefusal(await target().api.send("GET", `${MAPS}?${query}`), 400, 410, 422);
    }
    for (const query of ["limit=abc", "timeoutSeconds=abc"]) {
      expectRefusal(await target().api.send("GET", `${MAPS}?${query}`), 400);
    }
    for (const query of ["dryRun=Some", "fieldValidation=Loose", `fieldManager=${"x".repeat(129)}`, "fieldManager=%00"]) {
      expectRefusal(await target().post(`${MAPS}?${query}`, JSON.stringify(map(`queried-${query.length}`))), 400, 422);
    }
    for (const query of [
      "gracePeriodSeconds=abc",
      "propagationPolicy=Sideways",
      "dryRun=Some",
      "orphanDependents=true&propagationPolicy=Orphan",
    ]) {
      expectRefusal(await target().api.send("DELETE", `${MAPS}/second?${query}`), 400, 422);
    }
    for (const body of [
      "{",
      "7",
      '{"gracePeriodSeconds":"x"}',
      '{"propagationPolicy":"Sideways"}',
      '{"preconditions":{"uid":7}}',
      '{"preconditions":"x"}',
    ]) {
      expectRefusal(await target().api.send("DELETE", `${MAPS}/second`, { body }), 400, 422);
    }
    expectRefusal(await target().api.send("DELETE", `${MAPS}/second`, { body: '{"preconditions":{"uid":"other"}}' }), 409);
    expect((await target().api.send("GET", `${MAPS}/second`)).status).toBe(200);
  });
});
