/** From `/auth` to the code: Dex's pages without any stored row before the password is accepted (a flood of requests fills no disk). */
import { randomUUID } from "node:crypto";
import { isReason } from "../../lib/errors.ts";
import { createTokenSigner, equalInConstantTime, hmac } from "../../lib/signed-token.ts";
import { parseAuthorizationRequest, withQuery, type AuthorizationRequest } from "./authorization-request.ts";
import type { DexConfig, StaticPassword } from "./dex-config.ts";
import type { AttemptOutcome, LoginThrottle } from "./login-throttle.ts";
import { approvalPage, errorPage, loginPage, type Page } from "./pages.ts";
import type { Passwords } from "./passwords.ts";
import { isRedirectUriAllowed } from "./redirect-uri.ts";

export type Answer = Page | { readonly status: 302 | 303; readonly location: string };

export interface FlowRequest {
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  /** The Host header. */
  readonly host: string;
  /** The caller's IP address. */
  readonly address: string;
}

export interface LoginFlow {
  /** `/auth`: chooses the connector. */
  authorize(request: FlowRequest): Answer;
  /** `/auth/local`: judges the authorization request. */
  begin(request: FlowRequest): Answer;
  showLogin(request: FlowRequest): Answer;
  submitLogin(request: FlowRequest): Promise<Answer>;
  showApproval(request: FlowRequest): Answer;
  submitApproval(request: FlowRequest): Promise<Answer>;
}

export interface LoginFlowOptions {
  /** The issuer's path, such as "/dex". */
  readonly prefix: string;
  readonly key: Uint8Array;
  readonly config: () => DexConfig;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly issueCode: (request: AuthorizationRequest, user: StaticPassword) => Promise<string>;
  /** True for the first use of `id`. */
  readonly useOnce: (id: string, ttlSeconds: number) => Promise<boolean>;
}

interface PendingApproval {
  readonly id: string;
  readonly userId: string;
  readonly request: AuthorizationRequest;
}

const APPROVAL_SECONDS = 10 * 60;
const WRONG_CREDENTIALS = "Invalid Email Address and password.";
/** Compared with when there is no user at all, so that the answer takes as long. No password has this hash. */
const NOBODY = `$2b$10$${".".repeat(53)}`;
const CONNECTOR = "local";

export function createLoginFlow(options: LoginFlowOptions): LoginFlow {
  const { prefix, key, config, passwords, throttle } = options;
  const requests = createTokenSigner(key, "dex authorization request");
  const approvals = createTokenSigner(key, "dex approval");
  const loginPath = `${prefix}/auth/${CONNECTOR}/login`;

  /** Still allowed, at this address? A signed request made under another Host header must not lead a user away. */
  const isUsable = (request: AuthorizationRequest, host: string): boolean => {
    const client = config().clients.find(({ id }) => id === request.clientId);
    return client !== undefined && isRedirectUriAllowed(client, request.redirectUri, host);
  };
  const openRequest = ({ query, host }: FlowRequest): AuthorizationRequest | Page => {
    const state = query.get("state") ?? "";
    if (state === "") return errorPage(400, "User session error.");
    const request = requests.open(state) as AuthorizationRequest | undefined;
    if (!request) return errorPage(400, "Requested resource does not exist.");
    return isUsable(request, host) ? request : errorPage(400, "Unregistered redirect_uri.");
  };
  const openApproval = ({ query, form, host }: FlowRequest): PendingApproval | Page => {
    const req = query.get("req") ?? "";
    if (!equalInConstantTime(query.get("hmac") ?? "", hmac(key, `dex approval link.${req}`))) return errorPage(401, "Unauthorized request");
    if (form.has("req") && form.get("req") !== req) return errorPage(401, "Unauthorized request");
    const pending = approvals.open(req) as PendingApproval | undefined;
    if (!pending) return errorPage(400, "User session has expired.");
    return isUsable(pending.request, host) ? pending : errorPage(400, "Unregistered redirect_uri.");
  };
  const actionOf = (path: string, query: URLSearchParams): string => `${path}?${query.toString()}`;
  const finish = async (request: AuthorizationRequest, user: StaticPassword): Promise<Answer> => ({
    status: 303,
    location: withQuery(request.redirectUri, { code: await options.issueCode(request, user), state: request.state }),
  });
  const authenticate = async (email: string, password: string): Promise<StaticPassword | undefined> => {
    const users = config().passwords;
    const user = users.find((candidate) => candidate.email === email);
    const matches = await passwords.compare(password, (user ?? users[0])?.hash ?? NOBODY);
    return user && matches && password !== "" ? user : undefined;
  };

  return {
    authorize: ({ query }) => {
      const connector = query.get("connector_id");
      if (connector !== null && connector !== CONNECTOR) return errorPage(400, "Connector ID does not match a valid Connector");
      return { status: 302, location: actionOf(`${prefix}/auth/${CONNECTOR}`, query) };
    },
    begin: ({ query, host }) => {
      const outcome = parseAuthorizationRequest(query, config(), host);
      if (outcome.kind === "page") return errorPage(outcome.status, outcome.message);
      if (outcome.kind === "redirect") return { status: 303, location: outcome.location };
      const state = requests.sign(outcome.request, config().authRequestSeconds * 1000);
      return { status: 302, location: `${loginPath}?back=&state=${encodeURIComponent(state)}` };
    },
    showLogin: (flow) => {
      const request = openRequest(flow);
      if ("html" in request) return request;
      return loginPage({ redirectUri: request.redirectUri });
    },
    submitLogin: async (flow) => {
      const request = openRequest(flow);
      if ("html" in request) return request;
      const login = (flow.form.get("login") ?? "").trim().slice(0, 320);
      const page = { login, redirectUri: request.redirectUri };
      let user: StaticPassword | undefined;
      let outcome: AttemptOutcome;
      try {
        outcome = await throttle.attempt(login, flow.address, async () => {
          user = await authenticate(login.toLowerCase(), flow.form.get("password") ?? "");
          return user !== undefined;
        });
      } catch (error) {
        if (!isReason(error, "TooManyRequests")) throw error;
        return loginPage({ ...page, status: 503, error: "Too many logins at once. Try again in a moment." });
      }
      if ("waitMs" in outcome) {
        const error = `Too many login attempts. Try again in ${Math.ceil(outcome.waitMs / 1000)} seconds.`;
        return loginPage({ ...page, status: 429, error });
      }
      if (!user) return loginPage({ ...page, status: 401, error: WRONG_CREDENTIALS });
      if (config().skipApprovalScreen && !request.forceApproval) return finish(request, user);
      const req = approvals.sign({ id: randomUUID(), userId: user.userId, request } satisfies PendingApproval, APPROVAL_SECONDS * 1000);
      const link = hmac(key, `dex approval link.${req}`);
      return { status: 303, location: `${prefix}/approval?req=${encodeURIComponent(req)}&hmac=${link}` };
    },
    showApproval: (flow) => {
      const pending = openApproval(flow);
      if ("html" in pending) return pending;
      const { clientId, redirectUri, scope } = pending.request;
      const client = config().clients.find(({ id }) => id === clientId);
      return approvalPage({
        action: actionOf(`${prefix}/approval`, flow.query),
        req: flow.query.get("req") ?? "",
        clientName: client?.name || clientId,
        scopes: scope.split(" "),
        redirectUri,
      });
    },
    submitApproval: async (flow) => {
      const pending = openApproval(flow);
      if ("html" in pending) return pending;
      if (flow.form.get("approval") !== "approve") return errorPage(500, "Approval rejected.");
      const user = config().passwords.find(({ userId }) => userId === pending.userId);
      if (!user || !(await options.useOnce(pending.id, APPROVAL_SECONDS))) return errorPage(400, "User session has expired.");
      return finish(pending.request, user);
    },
  };
}
