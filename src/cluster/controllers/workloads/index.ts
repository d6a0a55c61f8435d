/**
 * The workload controllers: Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs become pods; Services
 * find their pods; the machine is a Node. They work through the Kubernetes API and look only at what is stored, so they
 * may stop anywhere. Running the pods is the pod runtime's; collecting what lost its owner the garbage collector's.
 */
import type { Loop } from "../../../kit/index.ts";
import { delay } from "../../../lib/backoff.ts";
import { createWorkloadContext, type WorkloadOptions } from "./context.ts";
import { createCronJobController } from "./cron-job.ts";
import { createDaemonSetController } from "./daemon-set.ts";
import { createDeploymentController } from "./deployment.ts";
import { createEndpointsController } from "./endpoints.ts";
import { createJobController } from "./job.ts";
import { createNodeReporter } from "./node.ts";
import { createReplicaSetController } from "./replica-set.ts";
import { createStatefulSetController } from "./stateful-set.ts";

export type { WorkloadOptions } from "./context.ts";

/** The first answers of the API come before the first looks of its controllers. */
const START_AFTER_MS = 100;

function deferred(loop: Loop): Loop {
  return {
    name: loop.name,
    run: async (signal) => {
      await delay(START_AFTER_MS, signal);
      if (!signal.aborted) await loop.run(signal);
    },
  };
}

/** Creates the loops; `kube` must be allowed everything that the controllers of a real cluster may. */
export function createWorkloadControllers(options: WorkloadOptions): Loop[] {
  const context = createWorkloadContext(options);
  return [
    ...context.informers,
    createReplicaSetController(context),
    createDeploymentController(context),
    createStatefulSetController(context),
    createDaemonSetController(context),
    createJobController(context),
    createCronJobController(context),
    createEndpointsController(context),
    createNodeReporter(options),
  ].map(deferred);
}
