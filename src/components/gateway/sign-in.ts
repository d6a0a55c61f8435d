/** The browser's way in: an OpenID Connect client of the platform's own provider, with PKCE, nonce and a signed `state`. */
import { createHash, randomBytes } from "node:crypto";
import type { Log } from "../../lib/log.ts";
import { createTokenSigner } from "../../lib/signed-token.ts";
import { CSRF_COOKIE, findCookie, SESSION_COOKIES, toSetCookie } from "./cookies.ts";
import { loginFailedPage } from "./pages.ts";
import { toReturnPath } from "./return-path.ts";
import { LIFETIME_MS, type Sessions } from "./sessions.ts";
import { toUser } from "./user-claims.ts";

/** What the sign-in needs to know about a request. */
export interface Caller {
  /** The Host header. */
  readonly host: string;
  readonly secure: boolean;
  readonly cookie: string | undefined;
}

export interface SignIn {
  /** Sends the browser to the login form; it comes back to `returnPath`. */
  begin(caller: Caller, returnPath: string): Response;
  /** Redeems the code in `search` for a session. */
  callback(caller: Caller, search: string): Promise<Response>;
}

export interface SignInOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: () => Promise<string>;
  /** The provider's token endpoint, as the gateway itself reaches it. */
  readonly tokenEndpoint: () => URL;
  readonly sessions: Sessions;
  readonly key: Uint8Array;
  readonly log: Log;
}

export const CALLBACK_PATH = "/oauth2/callback";
const FLOW_SECONDS = 30 * 60;

/** Kept in the CSRF cookie: only the browser that began a flow can end it. */
interface Flow {
  readonly id: string;
  readonly verifier: string;
  readonly nonce: string;
}

interface State {
  readonly flow: string;
  readonly returnPath: string;
  readonly redirectUri: string;
}

/** The sessions a caller presents, under either name. */
export function sessionIdsOf(cookie: string | undefined): string[] {
  const ids = SESSION_COOKIES.flatMap((name) => findCookie(cookie, name) ?? []);
  return [...new Set(ids)];
}

/** An empty redirect that carries `cookies`. */
export function redirect(location: string, cookies: readonly string[] = [], status = 302): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status, headers });
}

/** What may be logged of a failed exchange: OAuth's error words, never the request. */
function toReason(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return {};
  const { error: word, error_description: description } = error as Error & { error?: unknown; error_description?: unknown };
  return { reason: error.message, word, description };
}

export function createSignIn(options: SignInOptions): SignIn {
  const { issuer, clientId, sessions, key, log } = options;
  const flows = createTokenSigner(key, "gateway sign-in flow");
  const states = createTokenSigner(key, "gateway sign-in state");
  const authorizationPath = `${new URL(issuer).pathname}/auth`;
  const random = (): string => randomBytes(32).toString("base64url");
  const openFlow = (cookie: string | undefined): Flow | undefined => flows.open(findCookie(cookie, CSRF_COOKIE) ?? "") as Flow | undefined;

  const exchange = async (search: string, flow: Flow, state: State): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const client = await import("openid-client");
    const server = { issuer, token_endpoint: options.tokenEndpoint().href };
    const configuration = new client.Configuration(server, clientId, undefined, client.ClientSecretPost(await options.clientSecret()));
    // The provider is this very process, reached over loopback.
    client.allowInsecureRequests(configuration);
    const current = new URL(state.redirectUri);
    current.search = search;
    const tokens = await client.authorizationCodeGrant(configuration, current, {
      pkceCodeVerifier: flow.verifier,
      expectedNonce: flow.nonce,
      expectedState: new URLSearchParams(search).get("state") ?? "",
      idTokenExpected: true,
    });
    return tokens.claims();
  };
  const csrfFailure = (): Response => loginFailedPage(403, "Unable to find a valid CSRF token. Please try again.");

  return {
    begin: ({ host, secure, cookie }, returnPath) => {
      // Tabs that open together share one flow; otherwise the last tab's cookie would spoil the login in the others.
      const flow = openFlow(cookie) ?? { id: random(), verifier: random(), nonce: random() };
      const redirectUri = `${secure ? "https" : "http"}://${host}${CALLBACK_PATH}`;
      const query = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: "profile email groups openid",
        state: states.sign({ flow: flow.id, returnPath: toReturnPath(returnPath), redirectUri } satisfies State, FLOW_SECONDS * 1000),
        code_challenge: createHash("sha256").update(flow.verifier).digest("base64url"),
        code_challenge_method: "S256",
        nonce: flow.nonce,
      });
      const csrf = toSetCookie(CSRF_COOKIE, flows.sign(flow, FLOW_SECONDS * 1000), FLOW_SECONDS, secure);
      return redirect(`${authorizationPath}?${query.toString()}`, [csrf]);
    },
    callback: async ({ cookie, secure }, search) => {
      const query = new URLSearchParams(search);
      const state = states.open(query.get("state") ?? "") as State | undefined;
      const flow = openFlow(cookie);
      if (!state || !flow || flow.id !== state.flow) {
        // The second of two tabs: the first has used up the flow and there is a session already.
        for (const id of sessionIdsOf(cookie)) if (state && (await sessions.find(id))) return redirect(state.returnPath);
        return csrfFailure();
      }
      const dropFlow = toSetCookie(CSRF_COOKIE, "", 0, secure);
      let claims: Readonly<Record<string, unknown>> | undefined;
      try {
        claims = await exchange(search, flow, state);
      } catch (error) {
        log.warn("sign-in code was not accepted", toReason(error));
        const page = loginFailedPage(query.has("error") ? 403 : 500, "The login could not be completed. Please try again.");
        page.headers.append("set-cookie", dropFlow);
        return page;
      }
      const user = toUser(claims ?? {});
      if (!user) return loginFailedPage(403, "The account has no confirmed e-mail address.");
      // A fresh id for a fresh login: whatever session the browser brought along ends here.
      for (const id of sessionIdsOf(cookie)) await sessions.revoke(id);
      const id = await sessions.create(user);
      const set = SESSION_COOKIES.map((name) => toSetCookie(name, id, LIFETIME_MS / 1000, secure));
      return redirect(state.returnPath, [...set, dropFlow]);
    },
  };
}
