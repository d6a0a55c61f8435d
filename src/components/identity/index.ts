/**
 * Sign-in: an OpenID provider in Dex's clothes — its paths, pages, configuration file and static users — on `oidc-provider`.
 * Owns ConfigMap auth/dex, its Secrets and the provider's database. Who may do what is decided elsewhere; sessions of
 * browsers belong to the gateway, which is an ordinary client of this provider.
 */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Component, KubeClient, Loop } from "../../kit/index.ts";
import { SECRETS, type Secret } from "../../api/index.ts";
import { delay } from "../../lib/backoff.ts";
import { messageOf } from "../../lib/errors.ts";
import { ensureSecretFile } from "../../lib/key-file.ts";
import type { Log } from "../../lib/log.ts";
import type { Environment } from "./dex-config.ts";
import { hashVariablesOf } from "./dex-config.ts";
import { createDexHandler } from "./dex-handler.ts";
import {
  AUTH_NAMESPACE,
  CONFIG_KEY,
  createPasswordSecret,
  ensureConfiguration,
  FIRST_USER_VARIABLE,
  identityObjects,
  newPassword,
  PASSWORDS_SECRET,
} from "./first-start.ts";
import { createLiveConfig } from "./live-config.ts";
import { createLoginFlow } from "./login-flow.ts";
import { createLoginThrottle } from "./login-throttle.ts";
import { createPasswords } from "./passwords.ts";
import { openProviderStore, type ProviderStore } from "./provider-store.ts";
import { createTokenProvider, type TokenProvider } from "./provider.ts";
import { ensureSigningKey, type SigningKey } from "./signing-key.ts";

export const DEFAULT_ISSUER = "http://dex.auth.svc.cluster.local:5556/dex";

export interface IdentityOptions {
  /** Acts as system:serviceaccount:auth:dex. */
  readonly kube: KubeClient;
  readonly log: Log;
  /** Keys and state live in `identity/` below it. */
  readonly dataDir: string;
  readonly issuer?: string;
  /** The first user's password; a random one is made when absent. Used at the first start only. */
  readonly initialPassword?: string;
  /** Variables that the Dex configuration may name, besides the data of its two Secrets. */
  readonly environment?: Environment;
}

export interface Identity extends Component {
  /** The random password of user@example.com, to be shown once: set by the `start` that made the first user. */
  readonly firstPassword: string | undefined;
  /** Resolves once logins are possible; rejects with what prevents them. */
  ready(): Promise<void>;
}

const SWEEP_MS = 5 * 60_000;

/** Creates the sign-in component. Nothing is read or written before `start`. */
export function createIdentity(options: IdentityOptions): Identity {
  const { kube, log, dataDir, issuer = DEFAULT_ISSUER, environment = {} } = options;
  const directory = join(dataDir, "identity");
  const prefix = new URL(issuer).pathname.replace(/\/$/, "");
  const passwords = createPasswords();
  const live = createLiveConfig({ kube, log, environment });
  const { promise: preparing, resolve: follow } = Promise.withResolvers<void>();
  let store: ProviderStore | undefined;
  let signingKey: Promise<SigningKey> | undefined;
  let tokenProvider: Promise<TokenProvider> | undefined;
  let firstPassword: string | undefined;
  let stopping = false;
  // Whoever waits hears of a failure; when nobody does, the log has it.
  preparing.catch(() => undefined);

  const openedStore = (): ProviderStore => {
    if (!store) throw new Error("identity has not been started");
    return store;
  };
  const getSigningKey = (): Promise<SigningKey> => (signingKey ??= ensureSigningKey(join(directory, "signing-key.pem")));
  const getTokenProvider = (): Promise<TokenProvider> =>
    (tokenProvider ??= getSigningKey().then((key) =>
      createTokenProvider({ issuer, store: openedStore(), signingKey: key, cookieKey, config: live.current, log }),
    ));
  let cookieKey: Uint8Array = new Uint8Array();
  let handler: ReturnType<typeof createDexHandler> | undefined;

  const prepare = async (password: string | undefined): Promise<void> => {
    const stored = password === undefined ? undefined : passwords.hash(password).then((hash) => createPasswordSecret(kube, hash));
    // The key is made on another core meanwhile; the configuration names the password's hash and so waits for it.
    await Promise.all([stored?.then(() => live.load()) ?? live.load(), getSigningKey()]);
  };
  const sweeper: Loop = {
    name: "identity sweep",
    run: async (signal) => {
      while (!signal.aborted) {
        await openedStore()
          .sweep()
          .catch((error: unknown) => log.warn("expired sign-in records could not be deleted", { error: messageOf(error) }));
        await delay(SWEEP_MS, signal);
      }
    },
  };

  return {
    name: "identity",
    objects: identityObjects(),
    mounts: [
      {
        prefix,
        access: "public",
        node: (request, response) => {
          if (handler) handler(request, response);
          else response.writeHead(503).end();
        },
      },
    ],
    loops: [...live.loops, sweeper],
    checks: [
      {
        name: "dex configuration",
        check: async () => {
          await preparing;
          live.current();
        },
      },
    ],
    get firstPassword() {
      return firstPassword;
    },
    ready: async () => {
      await preparing;
      live.current();
    },
    start: async () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      chmodSync(directory, 0o700);
      const key = ensureSecretFile(join(directory, "state-key"));
      cookieKey = ensureSecretFile(join(directory, "cookie-key"));
      store = await openProviderStore({
        file: join(directory, "identity.db"),
        findClient: (id) => live.current().clients.find((client) => client.id === id),
      });
      const configMap = await ensureConfiguration(kube, issuer);
      const wanted = hashVariablesOf(configMap.data?.[CONFIG_KEY] ?? "").includes(FIRST_USER_VARIABLE);
      const missing = wanted && environment[FIRST_USER_VARIABLE] === undefined;
      const needsPassword = missing && !(await kube.find<Secret>(SECRETS, PASSWORDS_SECRET, AUTH_NAMESPACE));
      if (needsPassword && options.initialPassword === undefined) firstPassword = newPassword();
      const flow = createLoginFlow({
        prefix,
        key,
        config: live.current,
        passwords,
        throttle: createLoginThrottle(),
        issueCode: async (request, user) => (await getTokenProvider()).issueCode(request, user),
        useOnce: (id, ttl) => openedStore().useOnce(id, ttl),
      });
      handler = createDexHandler({
        prefix,
        issuer,
        log,
        flow,
        publicJwk: async () => (await getSigningKey()).publicJwk,
        tokenEndpoints: async (request, response) => (await getTokenProvider()).handle(request, response),
        ready: () => preparing,
      });
      // bcrypt and RSA take hundreds of milliseconds at the first start; logins wait for them, the platform does not.
      const work = prepare(needsPassword ? (options.initialPassword ?? firstPassword) : undefined);
      work.catch((error: unknown) => {
        if (!stopping) log.error("sign-in cannot start", { error });
      });
      follow(work);
    },
    stop: async () => {
      stopping = true;
      await passwords.close();
      await store?.close();
    },
  };
}
