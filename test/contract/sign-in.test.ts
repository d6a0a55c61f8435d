/** Identity and gateway together over real HTTP: the ways in, the ways out, and the ways that must stay shut. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONFIG_MAPS, EVENTS, NAMESPACES, SERVICE_ACCOUNTS, type ConfigMap, type KubeEvent } from "../../src/api/index.ts";
import type { Mount } from "../../src/kit/index.ts";
import { createBrowser, rawRequest, type Browser, type Reply } from "./browser.ts";
import { openBox, type Box } from "./platform-in-a-box.ts";

const PASSWORD = "correct horse battery staple";
const USER = { login: "user@example.com", password: PASSWORD };

const echo = (request: Request): Response =>
  Response.json({ url: request.url, headers: Object.fromEntries(request.headers), method: request.method });
const MOUNTS: Mount[] = [
  { prefix: "", access: "identity", open: ["/open"], fetch: echo },
  {
    prefix: "/pipeline",
    access: "identity",
    api: true,
    fetch: async (request) => (request.method === "POST" ? new Response(await request.text()) : echo(request)),
  },
  { prefix: "/public", access: "public", fetch: echo },
  { prefix: "/own", access: "identity", api: true, unauthenticated: () => new Response("mine", { status: 401 }), fetch: echo },
];

let box: Box;

beforeAll(async () => {
  box = await openBox({ initialPassword: PASSWORD, mounts: MOUNTS });
  await box.identity.ready();
});
afterAll(() => box.close());

const signIn = async (path = "/", user = USER): Promise<{ browser: Browser; reply: Reply }> => {
  const browser = createBrowser(box.port);
  const form = await browser.get(path);
  return { browser, reply: await browser.post(formPath(form), user) };
};
/** Where the login form of `page` posts to. */
const formPath = (page: Reply): string => (/action="([^"]+)"/.exec(page.body)?.[1] ?? "").replaceAll("&amp;", "&");
const headersSeen = (reply: Reply): Record<string, string> => (JSON.parse(reply.body) as { headers: Record<string, string> }).headers;
const until = async (check: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 10_000;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error("deadline passed");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe("the browser's way in", () => {
  test("walks Dex's chain to the form and back to the page it wanted", async () => {
    const browser = createBrowser(box.port);
    const form = await browser.get("/some/page?x=1");
    expect(form.status).toBe(200);
    expect(form.history.map(({ status, location }) => [status, location.split("?")[0]])).toEqual([
      [302, "/dex/auth"],
      [302, "/dex/auth/local"],
      [302, "/dex/auth/local/login"],
    ]);
    expect(form.body).toContain('id="login" name="login"');
    expect(form.body).toContain('id="submit-login"');
    expect(form.body).toContain("Email Address");
    const home = await browser.post(formPath(form), USER);
    expect(home.status).toBe(200);
    expect(home.history.map(({ status }) => status)).toEqual([303, 302]);
    expect(home.history[1]?.location).toBe("/some/page?x=1");
    expect(headersSeen(home)["kubeflow-userid"]).toBe("user@example.com");
    expect(browser.cookies.get("authservice_session")).toBe(browser.cookies.get("oauth2_proxy_kubeflow"));
    expect(browser.cookies.has("oauth2_proxy_kubeflow_csrf")).toBe(false);
  });

  test("cookies are HttpOnly, on one path, and not Secure over plain http", async () => {
    const browser = createBrowser(box.port);
    const form = await browser.get("/");
    const posted = await browser.once(
      "POST",
      formPath(form),
      { "Content-Type": "application/x-www-form-urlencoded" },
      new URLSearchParams(USER).toString(),
    );
    const back = await browser.once(
      "GET",
      new URL(posted.headers.get("location") ?? "").pathname + new URL(posted.headers.get("location") ?? "").search,
    );
    const session = back.headers.getSetCookie().filter((cookie) => /^(?:authservice_session|oauth2_proxy_kubeflow)=/.test(cookie));
    expect(session).toHaveLength(2);
    for (const cookie of session) {
      expect(cookie).toMatch(/; Path=\/; .*HttpOnly; SameSite=Lax$/);
    }
  });

  test("refuses a wrong password with Dex's text, and an unknown user alike", async () => {
    for (const login of ["user@example.com", "nobody@example.com"]) {
      const browser = createBrowser(box.port);
      const page = await browser.post(formPath(await browser.get("/")), { login, password: "wrong" });
      expect(page.status).toBe(401);
      expect(page.body).toContain('<div id="login-error" class="dex-error-box">Invalid Email Address and password.</div>');
      expect(browser.cookies.has("authservice_session")).toBe(false);
    }
  });

  test("slows down guessing, also in parallel", async () => {
    const browser = createBrowser(box.port);
    const path = formPath(await browser.get("/"));
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => browser.post(path, { login: "victim@example.com", password: "guess" })),
    );
    expect(tries.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(7);
  });

  test("a second tab finds the session that the first made", async () => {
    const browser = createBrowser(box.port);
    const [first, second] = [await browser.get("/one"), await browser.get("/two")];
    expect((await browser.post(formPath(first), USER)).history.at(-1)?.location).toBe("/one");
    expect((await browser.post(formPath(second), USER)).history.at(-1)?.location).toBe("/two");
  });

  test("signs out: the session is gone on the server, not only in the browser", async () => {
    const { browser } = await signIn();
    const id = browser.cookies.get("authservice_session") ?? "";
    const out = await browser.once("GET", "/oauth2/sign_out?rd=/bye");
    expect([out.status, out.headers.get("location")]).toEqual([302, "/bye"]);
    expect((await rawRequest(box.port, { path: "/pipeline/apis", headers: ["Cookie", `authservice_session=${id}`] })).status).toBe(401);
  });

  test("the old dashboard's logout answers 201", async () => {
    const { browser } = await signIn();
    const id = browser.cookies.get("authservice_session") ?? "";
    const out = await rawRequest(box.port, { method: "POST", path: "/authservice/logout", headers: ["Authorization", `Bearer ${id}`] });
    expect([out.status, out.body]).toEqual([201, '{"afterLogoutURL":"/"}']);
    expect((await browser.once("GET", "/oauth2/auth")).status).toBe(401);
  });

  test("oauth2-proxy's paths", async () => {
    const { browser } = await signIn();
    expect((await browser.once("GET", "/oauth2/auth")).status).toBe(202);
    expect(JSON.parse((await browser.once("GET", "/oauth2/userinfo")).body)).toMatchObject({ email: "user@example.com", groups: [] });
    const anonymous = createBrowser(box.port);
    expect((await anonymous.once("GET", "/oauth2/userinfo")).status).toBe(401);
    const page = await anonymous.once("GET", "/oauth2/sign_in");
    expect([page.status, page.body.includes("Sign in with Dex")]).toEqual([403, true]);
    expect((await anonymous.get("/oauth2/start?rd=/x")).status).toBe(200);
    expect((await anonymous.once("GET", "/ping")).body).toBe("OK");
  });
});

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

describe("the provider as other clients see it", () => {
  const secretOf = async (): Promise<string> => {
    const secret = await box.cluster.admin.get<{ data: Record<string, string> } & KubeEvent>(
      { group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true },
      "dex-oidc-client",
      "auth",
    );
    return Buffer.from(secret.data["OIDC_CLIENT_SECRET"] ?? "", "base64").toString();
  };
  const authorize = (over: Readonly<Record<string, string>> = {}): string =>
    `/dex/auth/local?${new URLSearchParams({ client_id: "kubeflow-oidc-authservice", redirect_uri: "/oauth2/callback", response_type: "code", scope: "openid email profile groups", state: "s", nonce: "n", ...over }).toString()}`;
  const codeOf = async (over: Readonly<Record<string, string>> = {}): Promise<string> => {
    const browser = createBrowser(box.port);
    const form = await browser.get(authorize(over));
    const posted = await browser.once(
      "POST",
      formPath(form),
      { "Content-Type": "application/x-www-form-urlencoded" },
      new URLSearchParams(USER).toString(),
    );
    expect(posted.status).toBe(303);
    return new URL(posted.headers.get("location") ?? "", box.origin).searchParams.get("code") ?? "";
  };
  const redeem = async (
    code: string,
    over: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: Record<string, string> }> => {
    const form = {
      grant_type: "authorization_code",
      code,
      redirect_uri: "/oauth2/callback",
      client_id: "kubeflow-oidc-authservice",
      client_secret: await secretOf(),
      ...over,
    };
    const reply = await rawRequest(box.port, {
      method: "POST",
      path: "/dex/token",
      headers: ["Content-Type", "application/x-www-form-urlencoded"],
      body: new URLSearchParams(form).toString(),
    });
    return { status: reply.status, body: JSON.parse(reply.body) as Record<string, string> };
  };

  test("ID token, userinfo, and the token as a bearer", async () => {
    const { status, body } = await redeem(await codeOf());
    expect(status).toBe(200);
    const claims = JSON.parse(Buffer.from(body["id_token"]?.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({
      iss: "http://dex.auth.svc.cluster.local:5556/dex",
      sub: "Cg4xNTg0MTE4NTY0MTc4NBIFbG9jYWw",
      aud: "kubeflow-oidc-authservice",
      email: "user@example.com",
      email_verified: true,
      name: "user",
      nonce: "n",
    });
    expect(claims["at_hash"]).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const user = await rawRequest(box.port, { path: "/dex/userinfo", headers: ["Authorization", `Bearer ${body["access_token"]}`] });
    expect(JSON.parse(user.body)).toMatchObject({ email: "user@example.com", sub: claims["sub"] });
    const called = await rawRequest(box.port, { path: "/pipeline/apis", headers: ["Authorization", `Bearer ${body["id_token"]}`] });
    expect(headersSeen(called)["kubeflow-userid"]).toBe("user@example.com");
    const tampered = `${body["id_token"]?.slice(0, -6)}AAAAAA`;
    expect((await rawRequest(box.port, { path: "/pipeline/apis", headers: ["Authorization", `Bearer ${tampered}`] })).body).toBe(
      "Jwt verification fails",
    );
  });

  test("a code is redeemed once, also when two try at once, and only with the right secret, verifier and redirect", async () => {
    const code = await codeOf();
    const both = await Promise.all([redeem(code), redeem(code)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await redeem(code)).body["error"]).toBe("invalid_grant");
    expect((await redeem(await codeOf(), { client_secret: "wrong" })).status).toBe(401);
    expect((await redeem(await codeOf(), { redirect_uri: `${box.origin}/oauth2/callback` })).body["error"]).toBe("invalid_grant");
    const challenge = { code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" };
    expect((await redeem(await codeOf(challenge))).body["error"]).toBe("invalid_grant");
    const verifier = { code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" };
    expect((await redeem(await codeOf(challenge), verifier)).status).toBe(200);
  });

  test("authorization requests that must not pass", async () => {
    const ask = async (over: Readonly<Record<string, string>>, host?: string): Promise<[number, string]> => {
      const reply = await rawRequest(box.port, { path: authorize(over), headers: host === undefined ? [] : ["Host", host] });
      return [reply.status, reply.headers.get("location") ?? /role="alert">([^<]+)/.exec(reply.body)?.[1] ?? ""];
    };
    expect(await ask({ client_id: "nobody" })).toEqual([404, "Invalid client_id."]);
    expect(await ask({ redirect_uri: "" })).toEqual([400, "No redirect_uri provided."]);
    const evil = [
      "http://evil.example/oauth2/callback",
      `http://127.0.0.1:${box.port}.evil.example/oauth2/callback`,
      `http://127.0.0.1:${box.port}@evil.example/oauth2/callback`,
      `http://user@127.0.0.1:${box.port}/oauth2/callback`,
      `http://127.0.0.1:${box.port}/oauth2/callback/../../x`,
      `http://127.0.0.1:${box.port}/oauth2/callback?x=1`,
      `http://127.0.0.1:${box.port}/oauth2/callback#x`,
      `http://127.0.0.1:${box.port}//oauth2/callback`,
      "//evil.example/oauth2/callback",
      "javascript:alert(1)",
      "/oauth2/callback/x",
    ];
    for (const uri of evil) expect(await ask({ redirect_uri: uri })).toEqual([400, "Unregistered redirect_uri."]);
    expect((await ask({ scope: "email" }))[1]).toContain("error=invalid_scope");
    expect((await ask({ response_type: "token" }))[1]).toContain("error=unsupported_response_type");
    expect((await ask({ code_challenge: "a".repeat(43), code_challenge_method: "S512" }))[1]).toContain("error=invalid_request");
  });

  test("a request signed under a foreign Host leads nobody there", async () => {
    const made = await rawRequest(box.port, {
      path: authorize({ redirect_uri: "http://evil.example/oauth2/callback" }),
      headers: ["Host", "evil.example"],
    });
    expect(made.status).toBe(302);
    const location = made.headers.get("location") ?? "";
    expect((await rawRequest(box.port, { path: location })).status).toBe(400);
    const posted = await createBrowser(box.port).post(location, USER);
    expect([posted.status, posted.body.includes("Unregistered redirect_uri.")]).toEqual([400, true]);
  });

  test("tampered and missing states", async () => {
    const location = (await rawRequest(box.port, { path: authorize() })).headers.get("location") ?? "";
    const state = new URLSearchParams(location.split("?")[1]).get("state") ?? "";
    const ask = async (query: string): Promise<[number, string]> => {
      const reply = await rawRequest(box.port, { path: `/dex/auth/local/login?${query}` });
      return [reply.status, /role="alert">([^<]+)/.exec(reply.body)?.[1] ?? ""];
    };
    expect(await ask("back=")).toEqual([400, "User session error."]);
    expect(await ask(`state=${state.slice(1)}`)).toEqual([400, "Requested resource does not exist."]);
    const [body = "", mac = ""] = state.split(".");
    const payload = JSON.parse(Buffer.from(body, "base64url").toString()) as { p: { redirectUri: string }; e: number };
    payload.p.redirectUri = "http://evil.example/";
    expect((await ask(`state=${Buffer.from(JSON.stringify(payload)).toString("base64url")}.${mac}`))[0]).toBe(400);
  });

  test("keys, discovery and health", async () => {
    const keys = await rawRequest(box.port, { path: "/dex/keys" });
    expect(keys.headers.get("cache-control")).toBe("max-age=600, must-revalidate");
    const { keys: list } = JSON.parse(keys.body) as { keys: Record<string, string>[] };
    expect(list[0]?.["kid"]).toMatch(/^[0-9a-f]{40}$/);
    expect(list[0]?.["d"]).toBeUndefined();
    const discovery = JSON.parse((await rawRequest(box.port, { path: "/dex/.well-known/openid-configuration" })).body) as Record<
      string,
      string
    >;
    expect(discovery["token_endpoint"]).toBe("http://dex.auth.svc.cluster.local:5556/dex/token");
    expect((await rawRequest(box.port, { path: "/dex/healthz" })).body).toBe("Health check passed");
  });

  test("asks for approval when the request wants it: the link is bound to the login and works once", async () => {
    const browser = createBrowser(box.port);
    const form = await browser.get(authorize({ approval_prompt: "force" }));
    const page = await browser.post(formPath(form), USER);
    expect(page.history[0]?.location).toMatch(/^\/dex\/approval\?req=.+&hmac=/);
    const path = formPath(page);
    const forged = path.replace(/hmac=[^&]+/, "hmac=AAAA");
    expect((await browser.once("GET", forged)).status).toBe(401);
    const answer = { req: /name="req" value="([^"]+)"/.exec(page.body)?.[1] ?? "", approval: "approve" };
    const sent = ["POST", path, { "Content-Type": "application/x-www-form-urlencoded" }, new URLSearchParams(answer).toString()] as const;
    const approved = await browser.once(...sent);
    expect([approved.status, approved.headers.get("location")?.startsWith("/oauth2/callback?code=")]).toEqual([303, true]);
    expect((await browser.once(...sent)).status).toBe(400);
  });
});

describe("attacks on the gateway's own flow", () => {
  test("a callback without the browser's own flow is refused", async () => {
    const attacker = createBrowser(box.port);
    const posted = await attacker.once(
      "POST",
      formPath(await attacker.get("/")),
      { "Content-Type": "application/x-www-form-urlencoded" },
      new URLSearchParams(USER).toString(),
    );
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

describe("configuration as an operator edits it", () => {
  const edit = (change: (yaml: string) => string): Promise<ConfigMap> =>
    box.cluster.admin
      .get<ConfigMap>(CONFIG_MAPS, "dex", "auth")
      .then((map) =>
        box.cluster.admin.patch<ConfigMap>(
          CONFIG_MAPS,
          { name: "dex", namespace: "auth" },
          { data: { "config.yaml": change(map.data?.["config.yaml"] ?? "") } },
        ),
      );

  test("a user pasted before staticClients can sign in; a bad edit changes nothing and is reported", async () => {
    // bcrypt of "second" at cost 10.
    const { hash } = await import("bcryptjs");
    const entry = `- email: Second@Example.com\n  hash: ${await hash("second", 10)}\n  username: second\n  userID: second\n`;
    await edit((yaml) => yaml.replace("staticClients:", `${entry}staticClients:`));
    const user = { login: "second@example.com", password: "second" };
    await until(async () => (await signIn("/", user)).reply.status === 200);

    await edit((yaml) => yaml.replace("username: second", "username: second\n  hashFromEnv: HOME"));
    await until(async () => {
      const events = await box.cluster.admin.list<KubeEvent>(EVENTS, { namespace: "auth" });
      return events.items.some(
        ({ message, type }) =>
          type === "Warning" && message.includes("staticPasswords[1]: fields 'hash' and 'hashFromEnv' are mutually exclusive"),
      );
    });
    expect((await signIn("/", user)).reply.status).toBe(200);
    await edit((yaml) => yaml.replace(/- email: Second[^]*?(?=staticClients)/, ""));
    await until(async () => (await signIn("/", user)).reply.status === 401);
  });
});

describe("a second start", () => {
  test("keeps sessions, keys and the password, and logs no secret", async () => {
    const first = await openBox({ mounts: MOUNTS });
    const password = first.identity.firstPassword ?? "";
    expect(password.length).toBeGreaterThanOrEqual(16);
    const browser = createBrowser(first.port);
    const home = await browser.post(formPath(await browser.get("/")), { login: "user@example.com", password });
    expect(home.status).toBe(200);
    const keys = (await rawRequest(first.port, { path: "/dex/keys" })).body;
    await first.close(true);

    const second = await openBox({ dataDir: first.dataDir, mounts: MOUNTS });
    expect(second.identity.firstPassword).toBeUndefined();
    const again = createBrowser(second.port, browser.cookies);
    expect((await again.once("GET", "/oauth2/auth")).status).toBe(202);
    expect((await rawRequest(second.port, { path: "/dex/keys" })).body).toBe(keys);
    await second.close();
    const logged = [...first.lines, ...second.lines].join("\n");
    for (const secret of [password, browser.cookies.get("authservice_session") ?? "?"]) expect(logged).not.toContain(secret);
  });
});

test("bodies stream both ways", async () => {
  const { browser } = await signIn();
  const reply = await browser.once("POST", "/pipeline/upload", {}, "x".repeat(300_000));
  expect(reply.body).toBe("x".repeat(300_000));
});
