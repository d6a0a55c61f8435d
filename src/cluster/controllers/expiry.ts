/** What grows without end is kept bounded: events older than an hour, revisions nobody resumes from. */
import { EVENTS, type KubeEvent } from "../../api/index.ts";
import type { KubeClient, Loop } from "../../kit/index.ts";
import { delay } from "../../lib/backoff.ts";
import type { Log } from "../../lib/log.ts";
import type { ObjectStore } from "../object-store/index.ts";

/** kube-apiserver --event-ttl */
const EVENT_TTL_MS = 3_600_000;
const SWEEP_INTERVAL_MS = 300_000;

/** Creates the loop. */
export function createExpiry(store: ObjectStore, kube: KubeClient, log: Log): Loop {
  const sweep = async (): Promise<void> => {
    const { items } = await kube.list<KubeEvent>(EVENTS);
    for (const { metadata, lastTimestamp } of items) {
      const last = Date.parse(lastTimestamp ?? metadata.creationTimestamp ?? "");
      if (Date.now() - last > EVENT_TTL_MS) await kube.delete(EVENTS, metadata.name, { namespace: metadata.namespace ?? "" });
    }
    store.compact();
  };
  return {
    name: "expiry",
    run: async (signal) => {
      for (;;) {
        await delay(SWEEP_INTERVAL_MS, signal);
        if (signal.aborted) return;
        await sweep().catch((error: unknown) => log.warn("sweep failed, will retry", { error }));
      }
    },
  };
}
