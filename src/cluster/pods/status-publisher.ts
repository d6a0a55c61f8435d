/** Writes a pod's status to the API, one patch at a time; changes that come meanwhile are written together. */
import { PODS, type Pod, type PodStatus } from "../../api/index.ts";
import type { KubeClient } from "../../kit/kube-client.ts";
import { backoffDelay, delay } from "../../lib/backoff.ts";
import { isReason } from "../../lib/errors.ts";
import { jsonEqual } from "../../lib/json.ts";
import type { Log } from "../../lib/log.ts";

export interface StatusPublisher {
  /** Asks for the current status to be written soon. */
  publish(): void;
  /** Resolves when the newest status has been written or the pod is gone. */
  settled(): Promise<void>;
  /** Gives up on what cannot be written. */
  close(): void;
}

/** `current` is called when the status is about to be written. */
export function createStatusPublisher(kube: KubeClient, pod: Pod, current: () => PodStatus, log: Log): StatusPublisher {
  const { name, namespace = "", uid } = pod.metadata;
  const closed = new AbortController();
  let dirty = false;
  let working: Promise<void> | undefined;
  let written: PodStatus | undefined;

  const work = async (): Promise<void> => {
    let failures = 0;
    while (dirty && !closed.signal.aborted) {
      dirty = false;
      const status = structuredClone(current());
      if (jsonEqual(status, written)) continue;
      try {
        // kubelet's PatchPodStatus: the uid makes the API refuse it for a successor of the same name.
        await kube.patch(PODS, { name, namespace, subresource: "status" }, { metadata: { uid }, status });
        written = status;
        failures = 0;
      } catch (error) {
        if (isReason(error, "NotFound", "Conflict")) return;
        log.warn("a pod's status could not be written, will retry", { pod: name, namespace, error });
        dirty = true;
        await delay(backoffDelay(failures++, { initialMs: 100, maxMs: 5000 }), closed.signal);
      }
    }
  };

  const settled = async (): Promise<void> => {
    if (!working) return;
    await working;
    await settled();
  };

  return {
    publish: () => {
      dirty = true;
      // One turn later, so that changes made together are one write.
      working ??= Promise.resolve()
        .then(work)
        .finally(() => {
          working = undefined;
        });
    },
    settled,
    close: () => closed.abort(),
  };
}
