/**
 * The one HTTP entrance: finds out who calls (session cookie, service account token or Dex token), keeps foreign identity
 * headers out, and hands each request to the mount with the longest prefix. Owns browser sessions. Knows no component:
 * mounts come as data, and what a known caller may do is decided behind them.
 */
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { SECRETS, type Secret } from "../../api/index.ts";
import { openListener, type Component, type KubeClient, type Loop, type Mount } from "../../kit/index.ts";
import { delay } from "../../lib/backoff.ts";
import { ensureSecretFile } from "../../lib/key-file.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { createBearers } from "./bearer.ts";
import { createEndpoints } from "./endpoints.ts";
import { createFront } from "./front.ts";
import { CLIENT_SECRET, gatewayObjects } from "./objects.ts";
import { openSessions, type Sessions } from "./sessions.ts";
import { createSignIn } from "./sign-in.ts";

export interface GatewayOptions {
  /** Acts as system:serviceaccount:istio-system:istio-ingressgateway-service-account. */
  readonly kube: KubeClient;
  readonly mounts: readonly Mount[];
  readonly log: Log;
  /** Sessions live in `gateway.db` below it. */
  readonly dataDir: string;
  readonly issuer?: string;
  readonly clientId?: string;
  /** How often (milliseconds) the session behind a long answer is looked at; 15 seconds by default. */
  readonly sessionCheckMs?: number;
  /** Default: key OIDC_CLIENT_SECRET of Secret auth/dex-oidc-client, read when needed. */
  readonly clientSecret?: () => Promise<string>;
}

export interface Gateway {
  /** Sessions' store and sweep, and the objects the gateway needs; start it before `listen`. */
  readonly component: Component;
  /** Opens the listener; resolves with the port in use (`port` 0 takes a free one). */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  /** Stops accepting and waits up to `graceMs` milliseconds for open requests before cutting them off. */
  close(graceMs: number): Promise<void>;
}

const DEFAULT_ISSUER = "http://dex.auth.svc.cluster.local:5556/dex";
const DEFAULT_CLIENT_ID = "kubeflow-oidc-authservice";
const SWEEP_MS = 10 * 60_000;

/** The address under which a listener on `host` reaches itself. */
function loopbackOf(host: string, port: number): string {
  if (host === "" || host === "0.0.0.0" || host === "localhost") return `http://127.0.0.1:${port}`;
  if (host === "::") return `http://[::1]:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Creates the gateway. Nothing is opened before the component's `start`. */
export function createGateway(options: GatewayOptions): Gateway {
  const { kube, mounts, log, dataDir, issuer = DEFAULT_ISSUER, clientId = DEFAULT_CLIENT_ID } = options;
  const issuerPath = new URL(issuer).pathname.replace(/\/$/, "");
  let sessions: Sessions | undefined;
  let server: Server | undefined;
  let origin = "";

  const opened = (): Sessions => {
    if (!sessions) throw new Error("the gateway has not been started");
    return sessions;
  };
  const readClientSecret = async (): Promise<string> => {
    const secret = await kube.get<Secret>(SECRETS, CLIENT_SECRET.name, CLIENT_SECRET.namespace);
    return Buffer.from(secret.data?.[CLIENT_SECRET.key] ?? "", "base64").toString();
  };
  const sweeper: Loop = {
    name: "gateway session sweep",
    run: async (signal) => {
      while (!signal.aborted) {
        // What a full disk keeps from being deleted now goes next time; sessions end by their dates, not by the sweep.
        await opened()
          .sweep()
          .catch((error: unknown) => log.warn("expired sessions could not be deleted", { error: messageOf(error) }));
        await delay(SWEEP_MS, signal);
      }
    },
  };
  const createListener = (): Server => {
    const key = ensureSecretFile(join(dataDir, "gateway", "state-key"));
    const atIssuer = (path: string): URL => new URL(`${issuerPath}${path}`, origin);
    const signIn = createSignIn({
      issuer,
      clientId,
      clientSecret: options.clientSecret ?? readClientSecret,
      tokenEndpoint: () => atIssuer("/token"),
      sessions: opened(),
      key,
      log,
    });
    const bearers = createBearers({ kube, issuer, clientId, jwksUri: () => atIssuer("/keys") });
    const endpoints = createEndpoints({ sessions: opened(), signIn });
    const front = createFront({
      mounts,
      endpoints,
      sessions: opened(),
      bearers,
      signIn,
      log,
      ...(options.sessionCheckMs === undefined ? {} : { sessionCheckMs: options.sessionCheckMs }),
    });
    return createServer(
      // requestTimeout 0: artifacts upload for as long as they need. Headers must come promptly.
      { maxHeaderSize: 32 * 1024, headersTimeout: 15_000, requestTimeout: 0, keepAliveTimeout: 65_000, connectionsCheckingInterval: 5_000 },
      front,
    );
  };

  return {
    component: {
      name: "gateway",
      objects: gatewayObjects(),
      loops: [sweeper],
      start: async () => {
        sessions = await openSessions(join(dataDir, "gateway.db"));
      },
      stop: async () => {
        await sessions?.close();
      },
    },
    listen: async (address) => {
      server = createListener();
      const { port } = await openListener(server, address, "the gateway", "--port");
      origin = loopbackOf(address.host, port);
      return { port };
    },
    close: async (graceMs) => {
      const listener = server;
      if (!listener) return;
      server = undefined;
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      listener.closeIdleConnections();
      const cut = setTimeout(() => listener.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
