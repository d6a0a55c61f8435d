/** Tokens and headers that are no credential. */
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Answer } from "../../support/kube-api.ts";
import { MAPS, expectNoFault, expectRefusal, openTarget } from "./target.ts";

const target = openTarget();

describe("credentials", () => {
  const whoami = (token: string | null, headers: Record<string, string> = {}): Promise<Answer> =>
    target().api.send("GET", MAPS, { token, headers });
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

  it("tokens that are none, foreign, tampered with, for others, or too late", async () => {
    const wish = { namespace: "default", serviceAccount: "default" };
    await expect.poll(async () => (await target().api.send("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status).toBe(200);
    const good = await target().cluster.issueToken({ ...wish, expirationSeconds: 600 });
    expectRefusal(await whoami(good), 403);
    const [header = "", payload = "", signature = ""] = good.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
    const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const forged = sign("RSA-SHA256", Buffer.from(`${header}.${payload}`), foreign).toString("base64url");
    const late = await target().cluster.issueToken({ ...wish, expirationSeconds: -60 });
    const elsewhere = await target().cluster.issueToken({ ...wish, audiences: ["pipelines.kubeflow.org"], expirationSeconds: 600 });
    const wrong = [
      "nonsense",
      "a.b.c",
      `${header}.${payload}.`,
      `${header}.${payload}.${forged}`,
      `${header}.${encode({ ...claims, sub: "system:serviceaccount:kube-system:default" })}.${signature}`,
      `${encode({ alg: "none" })}.${payload}.`,
      `${encode({ alg: "HS256" })}.${payload}.${signature}`,
      late,
      elsewhere,
      "x".repeat(8000),
    ];
    for (const token of wrong) {
      const { reason, message } = expectRefusal(await whoami(token), 401);
      expect([reason, message]).toEqual(["Unauthorized", "Unauthorized"]);
    }
  });

  it("a token dies with its account", async () => {
    const accounts = "/api/v1/namespaces/default/serviceaccounts";
    await target().api.create(accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "short" } });
    const token = await target().cluster.issueToken({ namespace: "default", serviceAccount: "short", expirationSeconds: 600 });
    expectRefusal(await whoami(token), 403);
    await target().api.send("DELETE", `${accounts}/short`);
    expectRefusal(await whoami(token), 401);
  });

  it("headers that are no credential, and nobody at all", async () => {
    for (const authorization of ["Basic YTpi", "Bearer", "Bearer ", "Negotiate x", "token x"]) {
      expectRefusal(await whoami(null, { authorization }), 401, 403);
    }
    const { message } = expectRefusal(await whoami(null), 403);
    expect(message).toBe(
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
    expectRefusal(await target().api.send("GET", MAPS, { headers: { "impersonate-group": "system:masters" } }), 400, 403);
    expectRefusal(await target().api.send("GET", MAPS, { headers: { "impersonate-user": "jane" } }), 403);
    expectRefusal(await target().api.send("GET", MAPS, { headers: { "impersonate-user": "system:serviceaccount:x" } }), 400, 403);
    const account = await target().cluster.issueToken({ namespace: "default", serviceAccount: "default", expirationSeconds: 600 });
    expectRefusal(await whoami(account, { "impersonate-user": "system:admin", "impersonate-group": "system:masters" }), 403);
  });

  it("token requests and reviews that cannot be", async () => {
    const path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    const ask = (spec: unknown): Promise<Answer> =>
      target().post(path, JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec }));
    for (const spec of [
      { expirationSeconds: 1 },
      { expirationSeconds: 1e15 },
      { expirationSeconds: "x" },
      { audiences: "x" },
      { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "absent" } },
      { boundObjectRef: { kind: "Nothing", name: "a" } },
      7,
    ]) {
      expectRefusal(await ask(spec), 400, 404, 409, 422);
    }
    expectRefusal(
      await target().post(
        path.replace("/default/token", "/absent/token"),
        JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} }),
      ),
      404,
    );
    for (const body of [{}, { spec: 7 }, { spec: { token: 7 } }, { spec: {} }]) {
      expectNoFault(
        await target().post(
          "/apis/authentication.k8s.io/v1/tokenreviews",
          JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", ...body }),
        ),
      );
    }
  });
});
