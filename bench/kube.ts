/**
 * The embedded Kubernetes, through its whole HTTPS API, beside etcd alone over plain HTTP (its JSON gateway): durable writes
 * of 1 KiB by 1 and 32 clients in alternating rounds, medians and ratios. Then what etcd has no like of: a watch fanned out
 * to 1,000 watchers, a list of 10,000, a start with 10,000 objects, idle memory. Prints; never fails on a figure.
 * Usage: node bench/kube.ts [ROUNDS]. The load comes from this process, so both servers share the machine with it.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createServer, type AddressInfo } from "node:net";
import { startKubeServer, type KubeServer } from "../test/support/kube-server-process.ts";
import { removeFolder, temporaryFolder, until } from "../test/support/skiff.ts";
import { openConnection, type Address, type Connection } from "./http-connection.ts";

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = 2;
const CLIENTS = [1, 32] as const;
const WATCHERS = 1000;
const WATCHED_WRITES = 50;
const OBJECTS = 10_000;
const PAYLOAD = "x".repeat(1024);
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

const root = temporaryFolder("skiff-bench-kube-");
const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;
const median = (values: readonly number[]): number => quantile(values, 0.5);
const spread = (values: readonly number[], digits = 0): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let counter = 0;
const nextName = (): string => `cm-${String(counter++).padStart(8, "0")}`;
const configMap = (name: string): Buffer =>
  Buffer.from(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":{"payload":"${PAYLOAD}"}}`);

/** A server under load: where it is, and one durable write of the payload. */
interface Peer {
  readonly name: string;
  readonly address: Address;
  write(connection: Connection): Promise<number>;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function startEtcd(): Promise<{ peer: Peer; process: ChildProcess; version: string } | undefined> {
  let version: string;
  try {
    version = execFileSync("etcd", ["--version"], { encoding: "utf8" }).split("\n")[0] ?? "";
  } catch {
    console.log("no etcd here, so no ratios (on Debian: apt-get install etcd-server)");
    return undefined;
  }
  const [port, peerPort] = [await freePort(), await freePort()];
  const urls = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`] as const;
  const args = ["--data-dir", join(root, "etcd"), "--listen-client-urls", urls[0], "--advertise-client-urls", urls[0]];
  args.push("--listen-peer-urls", urls[1], "--initial-advertise-peer-urls", urls[1], "--initial-cluster", `default=${urls[1]}`);
  const child = spawn("etcd", [...args, "--logger", "zap", "--log-level", "error"], { stdio: "ignore" });
  const headers = "content-type: application/json\r\n";
  const value = Buffer.from(PAYLOAD).toString("base64");
  const peer: Peer = {
    name: "etcd",
    address: { port, tls: false },
    write: async (connection) => {
      const key = Buffer.from(`/registry/configmaps/default/${nextName()}`).toString("base64");
      return (await connection.send("POST", "/v3/kv/put", headers, Buffer.from(`{"key":"${key}","value":"${value}"}`))).status;
    },
  };
  await until("etcd", 15_000, async () => {
    try {
      const connection = await openConnection(peer.address);
      const status = await peer.write(connection);
      connection.close();
      return status === 200 ? true : undefined;
    } catch {
      return undefined;
    }
  });
  return { peer, process: child, version };
}

const authorization = (server: KubeServer): string => `authorization: Bearer ${server.token}\r\ncontent-type: application/json\r\n`;

function toPeer(server: KubeServer): Peer {
  const headers = authorization(server);
  return {
    name: "skiff",
    address: { port: server.port, tls: true },
    write: async (connection) => (await connection.send("POST", CONFIG_MAPS, headers, configMap(nextName()))).status,
  };
}

interface Round {
  readonly perSecond: number;
  readonly latencies: readonly number[];
}

async function round(peer: Peer, clients: number): Promise<Round> {
  const connections = await Promise.all(Array.from({ length: clients }, () => openConnection(peer.address)));
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + SECONDS * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < end) {
        const before = performance.now();
        const status = await peer.write(connection);
        if (status >= 300) throw new Error(`${peer.name} answered ${status}`);
        latencies.push(performance.now() - before);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  for (const connection of connections) connection.close();
  return { perSecond: latencies.length / seconds, latencies };
}

/** Writes beside etcd; returns nothing, prints everything. */
async function compareWrites(peers: readonly Peer[]): Promise<void> {
  for (const clients of CLIENTS) {
    const results = new Map(peers.map(({ name }) => [name, [] as Round[]]));
    for (const peer of peers) await round(peer, clients);
    for (let i = 0; i < ROUNDS; i++) {
      for (const peer of i % 2 === 0 ? peers : peers.toReversed()) results.get(peer.name)?.push(await round(peer, clients));
    }
    for (const [name, rounds] of results) {
      const latencies = rounds.flatMap((one) => one.latencies);
      console.log(
        `${name}, ${clients} client(s)`.padEnd(28) +
          `${spread(rounds.map((one) => one.perSecond))} writes/s, p50 ${median(latencies).toFixed(2)} ms, p99 ${quantile(latencies, 0.99).toFixed(2)} ms`,
      );
    }
    const rate = (name: string): number => median((results.get(name) ?? []).map((one) => one.perSecond));
    if (results.has("etcd")) console.log(`  ratio skiff / etcd        ${(rate("skiff") / rate("etcd")).toFixed(2)}`);
  }
}

/** From sending a write to the moment each of the watchers has its event. */
async function measureFanOut(server: KubeServer): Promise<void> {
  const headers = authorization(server);
  const address = { port: server.port, tls: true };
  const arrivals = new Map<string, number[]>();
  const watchers: Connection[] = [];
  while (watchers.length < WATCHERS) {
    watchers.push(...(await Promise.all(Array.from({ length: 100 }, () => openConnection(address)))));
  }
  const writer = await openConnection(address);
  const newest = JSON.parse((await writer.send("GET", `${CONFIG_MAPS}?limit=1`, headers)).body.toString()) as {
    metadata: { resourceVersion: string };
  };
  for (const watcher of watchers) {
    watcher.stream(`${CONFIG_MAPS}?watch=true&resourceVersion=${newest.metadata.resourceVersion}`, headers, (piece) => {
      const at = piece.indexOf("cm-");
      if (at >= 0) arrivals.get(piece.toString("latin1", at, at + 11))?.push(performance.now());
    });
  }
  await pause(3000);
  const delays: number[] = [];
  const acknowledged: number[] = [];
  for (let i = 0; i < WATCHED_WRITES; i++) {
    const name = nextName();
    const seen: number[] = [];
    arrivals.set(name, seen);
    const sent = performance.now();
    await writer.send("POST", CONFIG_MAPS, headers, configMap(name));
    acknowledged.push(performance.now() - sent);
    await until(`events of ${name}`, 30_000, () => (seen.length === WATCHERS ? true : undefined));
    for (const arrived of seen) delays.push(arrived - sent);
  }
  for (const connection of [...watchers, writer]) connection.close();
  console.log(
    `watch, ${WATCHERS} watchers        write → event p50 ${median(delays).toFixed(1)} ms, p99 ${quantile(delays, 0.99).toFixed(1)} ms (${WATCHED_WRITES} writes; the write itself p50 ${median(acknowledged).toFixed(1)} ms)`,
  );
}

async function measureLists(server: KubeServer): Promise<void> {
  const connection = await openConnection({ port: server.port, tls: true });
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i <= ROUNDS; i++) {
    const started = performance.now();
    const { body } = await connection.send("GET", `${CONFIG_MAPS}?limit=${OBJECTS}`, authorization(server));
    if (i > 0) times.push(performance.now() - started);
    bytes = body.length;
  }
  connection.close();
  console.log(`list of ${OBJECTS}, ms          ${spread(times)} for ${(bytes / 1e6).toFixed(1)} MB`);
}

async function fill(server: KubeServer, count: number): Promise<void> {
  const connections = await Promise.all(Array.from({ length: 32 }, () => openConnection({ port: server.port, tls: true })));
  let left = count;
  await Promise.all(
    connections.map(async (connection) => {
      while (left-- > 0) await connection.send("POST", CONFIG_MAPS, authorization(server), configMap(nextName()));
    }),
  );
  for (const connection of connections) connection.close();
}

async function measureStart(dataDir: string): Promise<void> {
  const opened: number[] = [];
  const started: number[] = [];
  let idle = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const server = await startKubeServer(dataDir);
    opened.push(server.openMs);
    started.push(server.sinceStartMs);
    if (i === ROUNDS - 1) {
      await pause(5000);
      idle = server.memory();
    }
    await server.stop();
  }
  console.log(
    `start, ${OBJECTS} objects, ms   ${spread(started)} from the start of the process, ${spread(opened)} from opening the store (from source)`,
  );
  console.log(`idle memory, MB             ${idle.toFixed(0)} (from source: type stripping included)`);
}

let etcd: Awaited<ReturnType<typeof startEtcd>>;
let server: KubeServer | undefined;
try {
  etcd = await startEtcd();
  server = await startKubeServer(join(root, "writes"));
  console.log(
    `${ROUNDS} rounds of ${SECONDS} s, ${cpus().length} cores, load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}, node ${process.versions.node}, SQLite ${process.versions["sqlite"] ?? "?"}, ${etcd?.version ?? "no etcd"}`,
  );
  console.log(
    "skiff: HTTPS, bearer token, RBAC, admission, WAL, synchronous=FULL; etcd: plain HTTP gateway, default fsync, no authorization",
  );
  await compareWrites([toPeer(server), ...(etcd ? [etcd.peer] : [])]);
  await server.stop();
  etcd?.process.kill();

  const dataDir = join(root, "objects");
  server = await startKubeServer(dataDir);
  await fill(server, OBJECTS);
  await measureLists(server);
  await measureFanOut(server);
  await server.stop();
  server = undefined;
  await measureStart(dataDir);
  console.log(
    `load average at the end     ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}`,
  );
} finally {
  etcd?.process.kill();
  await server?.stop();
  removeFolder(root);
}
