/** Events of the built-in controllers; a repeated one raises the count of the first, at most every 15 seconds. */
import { EVENTS, type KubeEvent, type KubeObject } from "../../api/index.ts";
import type { KubeClient } from "../../kit/index.ts";
import { isReason } from "../../lib/errors.ts";
import { randomSuffix } from "../../lib/ids.ts";
import type { Log } from "../../lib/log.ts";
import { toTime } from "../../lib/time.ts";

export type RecordEvent = (object: KubeObject, type: KubeEvent["type"], reason: string, message: string) => void;

/** So many different events are remembered for counting. */
const REMEMBERED = 1000;
/** Level-based controllers meet the same trouble at every look; their events need not be written that often. */
const REPEAT_MS = 15_000;

/** Writes in the background, one after the other; failures are logged. */
export function createEventRecorder(kube: KubeClient, component: string, log: Log): RecordEvent {
  const written = new Map<string, { name: string; count: number; at: number }>();
  let queue = Promise.resolve();
  const write = async (
    { apiVersion, kind, metadata }: KubeObject,
    type: KubeEvent["type"],
    reason: string,
    message: string,
  ): Promise<void> => {
    const { name, namespace = "default", uid = "" } = metadata;
    const now = toTime();
    const key = JSON.stringify([uid, reason, message]);
    const earlier = written.get(key);
    if (earlier) {
      earlier.count++;
      if (Date.now() - earlier.at < REPEAT_MS) return;
      earlier.at = Date.now();
      try {
        await kube.patch(EVENTS, { name: earlier.name, namespace }, { count: earlier.count, lastTimestamp: now });
        return;
      } catch (error) {
        // Expired: begin anew.
        if (!isReason(error, "NotFound")) throw error;
        written.delete(key);
      }
    }
    const event: KubeEvent = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name}.${randomSuffix(16)}`, namespace },
      involvedObject: { apiVersion, kind, name, uid, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) },
      type,
      reason,
      message,
      source: { component },
      reportingComponent: component,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    await kube.create(EVENTS, event);
    written.set(key, { name: event.metadata.name, count: 1, at: Date.now() });
    const [oldest] = written.keys();
    if (written.size > REMEMBERED && oldest !== undefined) written.delete(oldest);
  };
  return (object, type, reason, message) => {
    queue = queue
      .then(() => write(object, type, reason, message))
      .catch((error: unknown) => {
        // A namespace that is being deleted takes no events.
        if (!isReason(error, "Forbidden", "NotFound")) log.warn("an event could not be written", { component, reason, error });
      });
  };
}
