/** Events of the built-in controllers about any object: one that happens again raises the count of the first. */
import { createHash } from "node:crypto";
import { EVENTS, type KubeEvent, type KubeObject } from "../../api/index.ts";
import type { KubeClient } from "../../kit/index.ts";
import { isReason } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";

export interface ObjectEvents {
  /** Writes an event about `object`; failures are logged and otherwise ignored. */
  emit(object: KubeObject, type: KubeEvent["type"], reason: string, message: string): Promise<void>;
}

/** A repeated event is written at most so often. */
const REPEAT_MS = 15_000;
const REMEMBERED = 1000;

/** Events whose source is `component`. */
export function createObjectEvents(kube: KubeClient, component: string, log: Log): ObjectEvents {
  const written = new Map<string, number>();
  const write = async (object: KubeObject, type: KubeEvent["type"], reason: string, message: string): Promise<void> => {
    const { name, uid = "", namespace } = object.metadata;
    const digest = createHash("sha256")
      .update(JSON.stringify([uid, type, reason, message]))
      .digest("hex")
      .slice(0, 16);
    const last = written.get(digest);
    if (last !== undefined && Date.now() - last < REPEAT_MS) return;
    if (written.size >= REMEMBERED) written.clear();
    written.set(digest, Date.now());
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const home = namespace ?? "default";
    const metadata = { name: `${name}.${digest}`, namespace: home };
    const known = await kube.find(EVENTS, metadata.name, home);
    if (known) {
      await kube.patch(EVENTS, metadata, { count: (known.count ?? 1) + 1, lastTimestamp: now });
      return;
    }
    await kube.create(EVENTS, {
      apiVersion: "v1",
      kind: "Event",
      metadata,
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name,
        uid,
        ...(namespace === undefined ? {} : { namespace }),
        ...(object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion }),
      },
      type,
      reason,
      message,
      source: { component },
      reportingComponent: component,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    });
  };
  return {
    emit: async (object, type, reason, message) => {
      try {
        await write(object, type, reason, message);
      } catch (error) {
        // A namespace that is being deleted takes no events.
        if (!isReason(error, "Forbidden", "NotFound", "AlreadyExists")) log.warn("an event could not be written", { reason, error });
      }
    },
  };
}
