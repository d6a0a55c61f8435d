/** The embedded Kubernetes as one thing with a life: store, API server, controllers. */
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CUSTOM_RESOURCE_DEFINITIONS, type CustomResourceDefinition, type UserInfo } from "../api/index.ts";
import {
  createInFlightLimit,
  createKubeClient,
  openListener,
  toNodeListener,
  type KubeClient,
  type KubeFetch,
  type Loop,
} from "../kit/index.ts";
import { SkiffError } from "../lib/errors.ts";
import { newSecret } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import {
  ADMISSION_CHAIN,
  createAccountReader,
  createApiServer,
  createResourceRegistry,
  createWatchHub,
  fromStored,
  openAuditLog,
  storageKey,
  toStatus,
  type PodLogs,
} from "./api-server/index.ts";
import {
  ADMIN,
  authenticate,
  createRbacAuthorizer,
  hashCredential,
  openTokenAuthority,
  SERVICE_ACCOUNT_ISSUER,
  userOfCertificate,
} from "./auth/index.ts";
import {
  bootstrapCluster,
  createClusterRoleAggregation,
  createExpiry,
  createGarbageCollector,
  createNamespaceController,
  createResourceQuotaController,
  createVolumeController,
  createWorkloadControllers,
} from "./controllers/index.ts";
import { openObjectStore } from "./object-store/index.ts";
import { ensureServingCertificate } from "./pki.ts";

/** As the pod runtime's default. */
const NODE_NAME = "skiff";

export interface ClusterOptions {
  /** Folder of the cluster's state; made when absent. */
  readonly dataDir: string;
  readonly log: Log;
  /** IP addresses the API server will listen on, for its certificate. */
  readonly addresses: readonly string[];
  /** Where pod logs come from. */
  readonly podLogs: PodLogs;
}

export interface TokenWish {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences?: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: { readonly name: string; readonly uid: string };
}

export interface Cluster {
  /** The API as a function on behalf of `user`: the in-process side of the seam. */
  fetchAs(user: UserInfo): KubeFetch;
  /** A client on behalf of a ServiceAccount (which need not exist yet). */
  clientOf(namespace: string, serviceAccount: string): KubeClient;
  /** A client that may do everything. */
  readonly admin: KubeClient;
  readonly loops: readonly Loop[];
  /** Token of the admin credential, for the kubeconfig file. */
  readonly adminToken: string;
  /** PEM of the authority, and its file. */
  readonly ca: string;
  readonly caFile: string;
  issueToken(wish: TokenWish): Promise<string>;
  /** Opens the HTTPS port; port 0 is any free one. Throws Conflict when it is taken. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  /** Ends open watches, then the listener; then closes the store. */
  close(): Promise<void>;
}

function readAdminToken(file: string): string {
  if (!existsSync(file)) writeFileSync(file, newSecret(32), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

/** kube-apiserver works on 200 writes and 400 reads at once; here the waiting ones hold no more than their headers. */
const IN_FLIGHT = { running: 200, waiting: 5000 };

const CONTROLLER_MANAGER: UserInfo = {
  username: "system:kube-controller-manager",
  groups: ["system:masters", "system:authenticated"],
};

/** Opens the store and prepares the API; nothing listens and no controller runs yet. */
export async function openCluster({ dataDir, log, addresses, podLogs }: ClusterOptions): Promise<Cluster> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const store = openObjectStore(join(dataDir, "objects.db"), { log });
  const registry = createResourceRegistry();
  const definitions = storageKey(CUSTOM_RESOURCE_DEFINITIONS);
  for (const { value, revision } of store.list(definitions).items) {
    registry.addCustom(fromStored<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS, value, revision));
  }
  store.subscribe((events) => {
    for (const { type, key, value, revision } of events) {
      if (!key.startsWith(definitions)) continue;
      const definition = fromStored<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS, value, revision);
      if (type === "delete") registry.removeCustom(definition.metadata.name);
      else registry.addCustom(definition);
    }
  });
  const pki = join(dataDir, "pki");
  const certificate = await ensureServingCertificate(pki, addresses);
  const accounts = createAccountReader(store);
  const tokens = openTokenAuthority(pki, accounts);
  const authorizer = createRbacAuthorizer(store);
  const audit = openAuditLog(join(dataDir, "audit.log"), log);
  const server = createApiServer({
    store,
    audit: (entry) => audit.write(entry),
    hub: createWatchHub(store),
    registry,
    tokens,
    authorizer,
    admission: ADMISSION_CHAIN,
    podLogs,
    log,
  });
  const adminToken = readAdminToken(join(pki, "admin.token"));
  const adminHash = hashCredential(adminToken);

  const fetchAs =
    (user: UserInfo): KubeFetch =>
    (request) =>
      server.handle(request, user);
  const admin = createKubeClient(fetchAs(ADMIN));
  await bootstrapCluster(admin);
  // What the built-in controllers do is not the administrator's doing.
  const system = createKubeClient(fetchAs(CONTROLLER_MANAGER));

  let listener: Server | undefined;
  const inFlight = createInFlightLimit(IN_FLIGHT);
  const overHttps = async (request: Request, socket: Socket): Promise<Response> => {
    try {
      const user = userOfCertificate(socket, request.headers.has("authorization")) ?? (await authenticate(request, tokens, adminHash));
      return await inFlight.run(() => server.handle(request, user, "network"));
    } catch (error) {
      const status = toStatus(error);
      const headers = status.code === 429 ? { "retry-after": "1" } : {};
      return Response.json(status, { status: status.code, headers });
    }
  };

  return {
    fetchAs,
    clientOf: (namespace, name) =>
      createKubeClient(
        fetchAs({
          username: `system:serviceaccount:${namespace}:${name}`,
          groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
        }),
      ),
    admin,
    adminToken,
    ca: certificate.ca,
    caFile: join(pki, "ca.crt"),
    loops: [
      ...createNamespaceController({ kube: system, registry, log, ca: certificate.ca }),
      ...createClusterRoleAggregation(system, log),
      ...createResourceQuotaController(store, registry, system, log),
      ...createVolumeController({ kube: system, log, directory: join(dataDir, "volumes") }),
      ...createWorkloadControllers({ kube: system, log, nodeName: NODE_NAME }),
      createGarbageCollector(store, registry, system, log),
      createExpiry(store, system, log),
    ],
    issueToken: async ({ namespace, serviceAccount, audiences = [], expirationSeconds, pod }) => {
      const uid = accounts.uidOf("ServiceAccount", namespace, serviceAccount);
      if (uid === undefined) throw new SkiffError("NotFound", `serviceaccounts "${serviceAccount}" not found`);
      const wanted = audiences.length > 0 ? audiences : [SERVICE_ACCOUNT_ISSUER];
      const { token } = await tokens.issue({ namespace, name: serviceAccount, uid, ...(pod ? { pod } : {}) }, wanted, expirationSeconds);
      return token;
    },
    listen: (address) => {
      const https = createServer(
        {
          key: certificate.key,
          cert: certificate.cert,
          minVersion: "TLSv1.2",
          // Certificates are asked for, not demanded: most clients have a token.
          ca: certificate.ca,
          requestCert: true,
          rejectUnauthorized: false,
        },
        (incoming, response) => toNodeListener((request) => overHttps(request, incoming.socket), "https")(incoming, response),
      );
      listener = https;
      // Answers may take as long as a watch lives; what has a deadline is the request, and so the slow sender.
      https.requestTimeout = 60_000;
      // Longer than client-go keeps an idle connection (90 s): the one that closes first must be the client.
      https.keepAliveTimeout = 120_000;
      https.headersTimeout = 30_000;
      return openListener(https, address, "the Kubernetes API", "--kube-port");
    },
    close: async () => {
      if (listener?.listening) {
        const closed = new Promise<void>((resolve) => listener?.close(() => resolve()));
        listener.closeAllConnections();
        await closed;
      }
      await audit.close();
      store.close();
    },
  };
}
