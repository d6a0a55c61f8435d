/** Who gets past the gateway over real HTTP, and the tricks that must not. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NAMESPACES, SERVICE_ACCOUNTS } from "../../src/api/index.ts";
import type { Mount } from "../../src/kit/index.ts";
import { createBrowser, rawRequest, type Reply } from "./browser.ts";
import { openBox, type Box } from "./platform-in-a-box.ts";
import { formPath, headersSeen, MOUNTS, PASSWORD, signInTo, submitOnce, USER } from "./sign-in-steps.ts";

let box: Box;
let stream: (request: Request) => Response | Promise<Response>;

beforeAll(async () => {
  const streaming: Mount = { prefix: "/stream", access: "public", fetch: (request) => stream(request) };
  box = await openBox({ initialPassword: PASSWORD, mounts: [...MOUNTS, streaming] });
  await box.identity.ready();
});
afterAll(() => box.close());

const signIn = (path?: string, user?: typeof USER): ReturnType<typeof signInTo> => signInTo(box, path, user);

describe("anonymous callers", () => {
  const status = async (headers: readonly string[], path = "/x", method = "GET"): Promise<number> =>
    (await rawRequest(box.port, { method, path, headers })).status;

  test("APIs get 401 {} as JSON, people the redirect", async () => {
    const reply = await rawRequest(box.port, { path: "/pipeline/apis/v2beta1/runs" });
    expect([reply.status, reply.body, reply.headers.get("content-type")]).toEqual([401, "{}", "application/json"]);
    expect(await status([])).toBe(302);
    expect(await status(["Accept", "*/*"])).toBe(302);
    expect(await status(["Accept", "application/json"])).toBe(401);
    expect(await status(["X-Requested-With", "XMLHttpRequest"])).toBe(401);
    expect(await status(["Sec-Fetch-Mode", "cors"])).toBe(401);
    expect(await status(["Sec-Fetch-Mode", "navigate"])).toBe(302);
    expect(await status([], "/x", "POST")).toBe(401);
    expect(await status([], "/public/x", "POST")).toBe(200);
    expect(await status([], "/open")).toBe(200);
    expect(await status([], "/open/")).toBe(302);
    expect(await status([], "/own/x")).toBe(401);
    expect((await rawRequest(box.port, { path: "/own/x" })).body).toBe("mine");
  });
});

describe("foreign identity headers", () => {
  const SPELLINGS = [
    "kubeflow-userid",
    "KUBEFLOW-USERID",
    "Kubeflow_Userid",
    "kubeflow-groups",
    "x-goog-authenticated-user-email",
    "X_Goog_Authenticated_User_Email",
    "X-Auth-Request-Email",
    "X_Auth_Request-User",
    "X-Forwarded-User",
    "x_forwarded_email",
    "X-Forwarded-Groups",
    "X-Original-URL",
    "Remote_User",
  ];
  test("are removed in every spelling, for known and unknown callers", async () => {
    const spoofed = SPELLINGS.flatMap((name) => [name, "admin@example.com", name, "second@example.com"]);
    const { browser } = await signIn();
    const cookie = `authservice_session=${browser.cookies.get("authservice_session")}`;
    for (const [path, identity] of [
      ["/public/x", undefined],
      ["/x", "user@example.com"],
    ] as const) {
      const headers = identity === undefined ? spoofed : [...spoofed, "Cookie", cookie];
      const reply = await rawRequest(box.port, { path, headers });
      expect(reply.status).toBe(200);
      expect(reply.body).not.toContain("admin@example.com");
      expect(reply.body).not.toContain("second@example.com");
      expect(headersSeen(reply)["kubeflow-userid"]).toBe(identity);
    }
  });

  test("cannot be removed by naming our own in Connection, nor can sessions be read by what runs behind", async () => {
    const { browser } = await signIn();
    const id = browser.cookies.get("authservice_session") ?? "";
    const reply = await rawRequest(box.port, {
      path: "/x",
      headers: [
        "Connection",
        "close, kubeflow-userid, x-request-id, x-secret",
        "X-Secret",
        "s",
        "Cookie",
        `a=b; authservice_session=${id}; c=d`,
      ],
    });
    const seen = headersSeen(reply);
    expect(seen["kubeflow-userid"]).toBe("user@example.com");
    expect(seen["x-secret"]).toBeUndefined();
    expect(seen["cookie"]).toBe("a=b; c=d");
    expect(reply.body).not.toContain(id);
  });
});

describe("bearers", () => {
  const bearer = (token: string, path = "/pipeline/apis"): Promise<Reply> =>
    rawRequest(box.port, { path, headers: ["Authorization", `Bearer ${token}`] });

  test("ServiceAccount tokens of the cluster's and of the gateway's audiences", async () => {
    await box.cluster.admin.ensure(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "team" } });
    await box.cluster.admin.ensure(SERVICE_ACCOUNTS, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default-editor", namespace: "team" },
    });
    for (const audiences of [[], ["pipelines.kubeflow.org"], ["istio-ingressgateway.istio-system.svc.cluster.local"]]) {
      const token = await box.cluster.issueToken({
        namespace: "team",
        serviceAccount: "default-editor",
        audiences,
        expirationSeconds: 600,
      });
      const reply = await bearer(token);
      expect(reply.status).toBe(200);
      expect(headersSeen(reply)["kubeflow-userid"]).toBe("system:serviceaccount:team:default-editor");
      expect(headersSeen(reply)["authorization"]).toBe(`Bearer ${token}`);
    }
    const other = await box.cluster.issueToken({
      namespace: "team",
      serviceAccount: "default-editor",
      audiences: ["vault"],
      expirationSeconds: 600,
    });
    expect([(await bearer(other)).status, (await bearer(other)).body]).toEqual([401, "Jwt verification fails"]);
  });

  test("bad tokens get Envoy's texts", async () => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const forge = (claims: unknown, header: unknown = { alg: "RS256", kid: "x" }): string => `${part(header)}.${part(claims)}.c2ln`;
    const iss = "http://dex.auth.svc.cluster.local:5556/dex";
    const now = Math.floor(Date.now() / 1000);
    const cases: [string, number, string][] = [
      ["nonsense", 401, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"],
      ["", 401, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"],
      [forge({ iss: "https://elsewhere" }), 401, "Jwt issuer is not configured"],
      [forge({ iss, exp: now - 3600 }), 401, "Jwt is expired"],
      [forge({ iss, exp: now + 600, aud: "other" }), 403, "Audiences in Jwt are not allowed"],
      [
        forge({ iss, exp: now + 600, aud: "kubeflow-oidc-authservice", email: "admin@example.com" }),
        401,
        "Jwks doesn't have key to match kid or alg from Jwt",
      ],
      [forge({ iss, email: "admin@example.com" }, { alg: "none" }), 401, "Jwt header [alg] is not supported"],
      [forge({ iss, email: "admin@example.com" }, { alg: "HS256" }), 401, "Jwt header [alg] is not supported"],
      [forge({ iss: "https://kubernetes.default.svc.cluster.local", exp: now + 60 }), 401, "Jwt verification fails"],
      // A payload in the shape of our own outcome must not become one.
      [
        forge({ user: { id: "admin@example.com", groups: [] }, status: 200, message: "hello", unreadable: "hi", claims: { iss } }),
        401,
        "Jwt issuer is not configured",
      ],
    ];
    for (const [token, status, text] of cases) {
      const reply = await bearer(token);
      expect([reply.status, reply.body]).toEqual([status, text]);
      expect(reply.headers.get("www-authenticate")).toBe(`Bearer realm="${box.origin}/pipeline/apis", error="invalid_token"`);
    }
    expect((await bearer("nonsense", "/public/x")).status).toBe(200);
  });
});

describe("attacks on the gateway's own flow", () => {
  test("a callback without the browser's own flow is refused", async () => {
    const attacker = createBrowser(box.port);
    const posted = await submitOnce(attacker, await attacker.get("/"));
    const { pathname, search } = new URL(posted.headers.get("location") ?? "");
    const victim = createBrowser(box.port);
    const refused = await victim.once("GET", pathname + search);
    expect([refused.status, refused.body.includes("Login Failed: Unable to find a valid CSRF token. Please try again.")]).toEqual([
      403,
      true,
    ]);
    await victim.get("/");
    expect((await victim.once("GET", pathname + search)).status).toBe(403);
    expect(victim.cookies.has("authservice_session")).toBe(false);
    expect((await attacker.once("GET", pathname + search.replace(/code=[^&]+/, "code=forged"))).status).toBe(500);
  });

  test("a session planted before the login is not the one after it", async () => {
    const { browser: attacker } = await signIn();
    const planted = attacker.cookies.get("authservice_session") ?? "";
    const victim = createBrowser(box.port, new Map([["authservice_session", "chosen-by-attacker"]]));
    await victim.post(formPath(await victim.get("/")), USER);
    expect(victim.cookies.get("authservice_session")).not.toBe("chosen-by-attacker");
    const second = createBrowser(box.port, new Map([["authservice_session", planted]]));
    await second.post(formPath(await second.get("/oauth2/start")), USER);
    expect(second.cookies.get("authservice_session")).not.toBe(planted);
    expect((await attacker.once("GET", "/oauth2/auth")).status).toBe(401);
  });

  test("rd leads nowhere else", async () => {
    const evil = [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "https:evil.example",
      "/%09/evil.example/../..//evil.example",
      "/.//evil.example",
      "\t//evil.example",
      "javascript:alert(1)",
      "/x\\..\\y",
      "/a/..//evil.example",
    ];
    for (const rd of evil) {
      const { headers } = await createBrowser(box.port).once("GET", `/oauth2/sign_out?rd=${encodeURIComponent(rd)}`);
      const target = new URL(headers.get("location") ?? "", box.origin);
      expect([rd, target.origin, target.pathname.startsWith("//")]).toEqual([rd, box.origin, false]);
      const browser = createBrowser(box.port);
      const home = await browser.post(formPath(await browser.get(`/oauth2/start?rd=${encodeURIComponent(rd)}`)), USER);
      expect(new URL(home.history.at(-1)?.location ?? "", box.origin).origin).toBe(box.origin);
    }
  });

  test("other sites cannot write on a user's behalf", async () => {
    const { browser } = await signIn();
    const post = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await browser.once("POST", "/pipeline/x", headers, "data")).status;
    expect(await post({})).toBe(200);
    expect(await post({ Origin: box.origin })).toBe(200);
    expect(await post({ Origin: "http://evil.example" })).toBe(403);
    expect(await post({ Origin: "null" })).toBe(403);
    expect(await post({ "Sec-Fetch-Site": "cross-site" })).toBe(403);
  });

  test("targets that parsers read differently", async () => {
    const targets = [
      "/x/%2e%2e/y",
      "/x/../y",
      "/x/.%2E/y",
      "/x%2fy",
      "/x%5Cy",
      "/x\\y",
      "/x%00",
      "//evil.example/x",
      "/x/..;/y",
      "/x%zz",
      "/open%2f..",
      "http://evil.example/open",
      "*",
    ];
    for (const path of targets) expect([path, (await rawRequest(box.port, { path })).status]).toEqual([path, 400]);
    expect((await rawRequest(box.port, { path: "/x", headers: ["Host", "a b"] })).status).toBe(400);
    const twice = ["Host", `127.0.0.1:${box.port}`, "Authorization", "Bearer a", "authorization", "Bearer b"];
    expect((await rawRequest(box.port, { path: "/x", headers: twice })).status).toBe(400);
  });
});

describe("streams", () => {
  test("events arrive as they happen, and the mount hears when the client leaves", async () => {
    const left = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("data: one\n\n")),
      cancel: () => left.resolve(),
    });
    let aborted: AbortSignal | undefined;
    stream = (request) => {
      aborted = request.signal;
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
    const client = new AbortController();
    const response = await fetch(`${box.origin}/stream/x`, { signal: client.signal });
    const first = await response.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toBe("data: one\n\n");
    client.abort();
    await left.promise;
    expect(aborted?.aborted).toBe(true);
  });

  test("an upload that breaks off ends the mount's reading, and nothing else", async () => {
    const outcome = Promise.withResolvers<string>();
    stream = async (request) => {
      await request.text().then(
        () => outcome.resolve("complete"),
        () => outcome.resolve("broken"),
      );
      return new Response("done");
    };
    const socket = connect(box.port, "127.0.0.1");
    socket.write("POST /stream/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\npart");
    setTimeout(() => socket.destroy(), 50);
    expect(await outcome.promise).toBe("broken");
    expect((await rawRequest(box.port, { path: "/ping" })).status).toBe(200);
  });

  test("a mount that fails answers 500 without detail", async () => {
    stream = () => {
      throw new Error("secret detail");
    };
    const reply = await rawRequest(box.port, { path: "/stream/x" });
    expect([reply.status, reply.body]).toEqual([500, "Internal Server Error"]);
  });
});
