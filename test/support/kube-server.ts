/**
 * The embedded Kubernetes alone, in a process of its own: what durability tests kill and benchmarks measure.
 * Usage: node kube-server.ts DATA-DIR. Prints one line of JSON, then serves until its input ends.
 */
import { openCluster } from "../../src/cluster/cluster.ts";
import { createLog } from "../../src/lib/log.ts";

const [dataDir = ""] = process.argv.slice(2);
const started = performance.now();
const cluster = await openCluster({
  dataDir,
  log: createLog({ level: "warn" }),
  addresses: ["127.0.0.1"],
  podLogs: () => new ReadableStream(),
});
const stop = new AbortController();
const loops = cluster.loops.map((loop) => loop.run(stop.signal));
const { port } = await cluster.listen({ host: "127.0.0.1", port: 0 });
const ready = {
  pid: process.pid,
  port,
  token: cluster.adminToken,
  openMs: performance.now() - started,
  sinceStartMs: process.uptime() * 1000,
};
console.log(JSON.stringify(ready));
process.stdin.resume();
process.stdin.once("end", () => {
  stop.abort();
  void Promise.all(loops).then(() => cluster.close());
});
