/** Identity and gateway together over real HTTP: the ways in and out, the provider, its configuration, a second start. */
import { hash as bcryptHash } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONFIG_MAPS, EVENTS, SECRETS, type ConfigMap, type KubeEvent, type Secret } from "../../src/api/index.ts";
import { createBrowser, rawRequest } from "./browser.ts";
import { openBox, type Box } from "./platform-in-a-box.ts";
import { formPath, headersSeen, MOUNTS, PASSWORD, signInTo, submitOnce, USER } from "./sign-in-steps.ts";

let box: Box;

beforeAll(async () => {
  box = await openBox({ initialPassword: PASSWORD, mounts: MOUNTS });
  await box.identity.ready();
});
afterAll(() => box.close());

const signIn = (path?: string, user?: typeof USER): ReturnType<typeof signInTo> => signInTo(box, path, user);
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
    const posted = await submitOnce(browser, form);
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

describe("the provider as other clients see it", () => {
  const secretOf = async (): Promise<string> => {
    const { data } = await box.cluster.admin.get<Secret>(SECRETS, "dex-oidc-client", "auth");
    return Buffer.from(data?.["OIDC_CLIENT_SECRET"] ?? "", "base64").toString();
  };
  const authorize = (over: Readonly<Record<string, string>> = {}): string =>
    `/dex/auth/local?${new URLSearchParams({ client_id: "kubeflow-oidc-authservice", redirect_uri: "/oauth2/callback", response_type: "code", scope: "openid email profile groups", state: "s", nonce: "n", ...over }).toString()}`;
  const codeOf = async (over: Readonly<Record<string, string>> = {}): Promise<string> => {
    const browser = createBrowser(box.port);
    const form = await browser.get(authorize(over));
    const posted = await submitOnce(browser, form);
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
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400]);
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
    const entry = `- email: Second@Example.com\n  hash: ${await bcryptHash("second", 10)}\n  username: second\n  userID: second\n`;
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
