/** The gateway's own paths: those of oauth2-proxy and of the older authservice, answered alike. */
import type { Sessions, User } from "./sessions.ts";
import { SESSION_COOKIES, toSetCookie } from "./cookies.ts";
import { signInPage } from "./pages.ts";
import { toReturnPath } from "./return-path.ts";
import { CALLBACK_PATH, redirect, sessionIdsOf, type Caller, type SignIn } from "./sign-in.ts";

export interface EndpointRequest {
  readonly method: string;
  readonly search: string;
  readonly caller: Caller;
  /** The bearer in `Authorization`, which the old dashboard's logout fills with the session id. */
  readonly bearer: string | undefined;
  readonly user: User | undefined;
  /** True when another site makes the browser send this. */
  readonly crossSite: boolean;
}

export type Endpoint = (request: EndpointRequest) => Promise<Response> | Response;

export interface EndpointOptions {
  readonly sessions: Sessions;
  readonly signIn: SignIn;
}

const text = (status: number, body: string): Response =>
  new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });

/** The 401 of API callers, as oauth2-proxy words it. */
export function unauthorized(): Response {
  return new Response("{}", { status: 401, headers: { "content-type": "application/json" } });
}

/** The endpoints by exact path. */
export function createEndpoints({ sessions, signIn }: EndpointOptions): ReadonlyMap<string, Endpoint> {
  const returnPathOf = (search: string): string => toReturnPath(new URLSearchParams(search).get("rd"));
  const clearCookies = (secure: boolean): string[] => SESSION_COOKIES.map((name) => toSetCookie(name, "", 0, secure));
  const isGet = (method: string): boolean => method === "GET" || method === "HEAD";
  const onlyGet =
    (endpoint: Endpoint): Endpoint =>
    (request) =>
      isGet(request.method) ? endpoint(request) : text(405, "Method Not Allowed");
  const signOut: Endpoint = async ({ caller, search, crossSite }) => {
    if (crossSite) return text(403, "Forbidden");
    for (const id of sessionIdsOf(caller.cookie)) await sessions.revoke(id);
    return redirect(returnPathOf(search), clearCookies(caller.secure));
  };
  const authserviceLogout: Endpoint = async ({ method, caller, bearer, crossSite }) => {
    if (method !== "POST") return text(405, "Method Not Allowed");
    if (crossSite) return text(403, "Forbidden");
    const ids = [...sessionIdsOf(caller.cookie), ...(bearer === undefined ? [] : [bearer])];
    let found = false;
    for (const id of ids) {
      found ||= (await sessions.find(id)) !== undefined;
      await sessions.revoke(id);
    }
    if (!found) return unauthorized();
    const headers = new Headers({ "content-type": "application/json" });
    for (const cookie of clearCookies(caller.secure)) headers.append("set-cookie", cookie);
    // 201 on purpose (arrikto/oidc-authservice server.go): Envoy would have taken a 200 for "let it pass".
    return new Response(JSON.stringify({ afterLogoutURL: "/" }), { status: 201, headers });
  };
  const callback = onlyGet(({ caller, search }) => signIn.callback(caller, search));
  return new Map<string, Endpoint>([
    [CALLBACK_PATH, callback],
    ["/authservice/oidc/callback", callback],
    ["/login/oidc", callback],
    ["/oauth2/start", onlyGet(({ caller, search }) => signIn.begin(caller, returnPathOf(search)))],
    ["/oauth2/sign_in", onlyGet(({ search }) => signInPage(returnPathOf(search)))],
    ["/oauth2/sign_out", signOut],
    ["/logout", signOut],
    ["/authservice/logout", authserviceLogout],
    [
      "/oauth2/auth",
      onlyGet(({ user }) => (user ? new Response(null, { status: 202, headers: toAuthHeaders(user) }) : text(401, "Unauthorized"))),
    ],
    ["/oauth2/userinfo", onlyGet(({ user }) => (user ? Response.json(toUserInfo(user)) : unauthorized()))],
    ["/ping", () => text(200, "OK")],
    ["/ready", () => text(200, "OK")],
  ]);
}

function toAuthHeaders(user: User): Record<string, string> {
  return {
    "x-auth-request-user": user.id,
    "x-auth-request-email": user.id,
    ...(user.groups.length > 0 ? { "x-auth-request-groups": user.groups.join(",") } : {}),
  };
}

function toUserInfo(user: User): Record<string, unknown> {
  return { user: user.id, email: user.id, groups: user.groups, preferredUsername: user.preferredUsername ?? "" };
}
