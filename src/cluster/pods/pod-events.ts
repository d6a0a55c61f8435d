/** Events about pods, as kubelet writes them: a repeated event raises the count of the first. */
import { EVENTS, type KubeEvent, type Pod } from "../../api/index.ts";
import { newSecret } from "../../lib/ids.ts";
import { isReason } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { KubeClient } from "../../kit/kube-client.ts";
import { toTime } from "../../lib/time.ts";

export interface PodEvents {
  /** Writes an event; failures are logged and otherwise ignored. `container` narrows the subject. */
  emit(type: KubeEvent["type"], reason: string, message: string, container?: string): void;
  /** Resolves when everything emitted so far has been written. */
  settled(): Promise<void>;
}

/** Events about one pod. */
export function createPodEvents(kube: KubeClient, pod: Pod, nodeName: string, log: Log): PodEvents {
  const { name, namespace = "", uid = "" } = pod.metadata;
  const written = new Map<string, { name: string; count: number }>();
  let queue = Promise.resolve();

  const write = async (type: KubeEvent["type"], reason: string, message: string, container: string | undefined): Promise<void> => {
    const now = toTime();
    const key = JSON.stringify([reason, message, container]);
    const earlier = written.get(key);
    if (earlier) {
      earlier.count++;
      await kube.patch(EVENTS, { name: earlier.name, namespace }, { count: earlier.count, lastTimestamp: now });
      return;
    }
    const event: KubeEvent = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name}.${Buffer.from(newSecret(8), "base64url").toString("hex")}`, namespace },
      involvedObject: {
        apiVersion: "v1",
        kind: "Pod",
        namespace,
        name,
        uid,
        ...(container === undefined ? {} : { fieldPath: container }),
      },
      type,
      reason,
      message,
      source: { component: "kubelet", host: nodeName },
      reportingComponent: "kubelet",
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    await kube.create(EVENTS, event);
    written.set(key, { name: event.metadata.name, count: 1 });
  };

  return {
    emit: (type, reason, message, container) => {
      queue = queue
        .then(() => write(type, reason, message, container))
        .catch((error: unknown) => {
          // A namespace that is being deleted takes no events.
          if (!isReason(error, "Forbidden", "NotFound")) log.warn("an event could not be written", { pod: name, namespace, reason, error });
        });
    },
    settled: () => queue,
  };
}
