/**
 * Writes through the API server and says on standard output what it begins (BEGIN), what was acknowledged (ACK) and what a
 * watch showed (SEEN). It is killed in the middle. Usage: node workload.ts DATA-DIR ROUNDS
 */
import { writeSync } from "node:fs";
import { openCluster } from "../../../src/cluster/cluster.ts";
import { CONFIG_MAPS, type ConfigMap } from "../../../src/api/index.ts";
import { createLog } from "../../../src/lib/log.ts";
import type { Operation } from "./history.ts";

const [dataDir = "", rounds = "0"] = process.argv.slice(2);
const WRITERS = 4;
/** Large enough that a run fills the write-ahead log and checkpoints it. */
const FILLER = "x".repeat(24_000);

const say = (word: "BEGIN" | "ACK" | "SEEN", content: unknown): void => void writeSync(1, `${word} ${JSON.stringify(content)}\n`);

const cluster = await openCluster({
  dataDir,
  log: createLog({ level: "error" }),
  addresses: ["127.0.0.1"],
  podLogs: () => new ReadableStream(),
});
const kube = cluster.admin;
const stop = new AbortController();

async function follow(): Promise<void> {
  const { metadata } = await kube.list(CONFIG_MAPS, { namespace: "default" });
  for await (const { type, object } of kube.watch<ConfigMap>(CONFIG_MAPS, {
    namespace: "default",
    resourceVersion: metadata.resourceVersion,
    signal: stop.signal,
  })) {
    if (type === "BOOKMARK") continue;
    const value = type === "DELETED" ? undefined : object.data?.["value"];
    say("SEEN", { name: object.metadata.name, value, revision: Number(object.metadata.resourceVersion) });
  }
}

async function perform(operation: Operation, act: () => Promise<unknown>): Promise<void> {
  say("BEGIN", operation);
  await act();
  say("ACK", operation);
}

/** One writer owns its names, so the order of its operations is the order of its objects' states. */
async function write(writer: number): Promise<void> {
  for (let round = 0; round < Number(rounds); round++) {
    const name = `w${writer}-${round % 3}`;
    const object = (value: string, filler = ""): ConfigMap => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "default" },
      data: { value, filler },
    });
    const value = `${writer}/${round}`;
    const exists = (await kube.find(CONFIG_MAPS, name, "default")) !== undefined;
    if (!exists) await perform({ name, value }, () => kube.create(CONFIG_MAPS, object(value, FILLER)));
    else if (round % 7 === 6) await perform({ name, value: undefined }, () => kube.delete(CONFIG_MAPS, name, { namespace: "default" }));
    else if (round % 2 === 0) await perform({ name, value }, () => kube.update(CONFIG_MAPS, object(value, FILLER)));
    else await perform({ name, value }, () => kube.patch(CONFIG_MAPS, { name, namespace: "default" }, { data: { value } }));
  }
}

const following = follow();
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
stop.abort();
await following;
await cluster.close();
