/** What the workload controllers share: one informer and one cache a kind. */
import {
  CONTROLLER_REVISIONS,
  CRON_JOBS,
  DAEMON_SETS,
  DEPLOYMENTS,
  JOBS,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  REPLICA_SETS,
  SERVICES,
  STATEFUL_SETS,
  type KubeObject,
  type ResourceDefinition,
} from "../../../api/index.ts";
import { createInformer, type Informer, type KubeClient } from "../../../kit/index.ts";
import type { Log } from "../../../lib/log.ts";
import { createEventRecorder, type RecordEvent } from "../event-recorder.ts";
import { createOwnedCache, type OwnedCache } from "./owned-cache.ts";

const DEFINITIONS = {
  pods: PODS,
  replicaSets: REPLICA_SETS,
  deployments: DEPLOYMENTS,
  statefulSets: STATEFUL_SETS,
  daemonSets: DAEMON_SETS,
  revisions: CONTROLLER_REVISIONS,
  jobs: JOBS,
  cronJobs: CRON_JOBS,
  services: SERVICES,
  claims: PERSISTENT_VOLUME_CLAIMS,
} as const;

type CachesOf<D> = { readonly [Key in keyof D]: D[Key] extends ResourceDefinition<infer T> ? OwnedCache<T> : never };
export type WorkloadCaches = CachesOf<typeof DEFINITIONS>;

export interface WorkloadContext {
  readonly kube: KubeClient;
  readonly log: Log;
  readonly nodeName: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly caches: WorkloadCaches;
  readonly informers: readonly Informer<KubeObject>[];
  /** Events under the name of a component. */
  readonly recorder: (component: string) => RecordEvent;
}

export interface WorkloadOptions {
  readonly kube: KubeClient;
  readonly log: Log;
  readonly nodeName: string;
  /** Default Date.now. */
  readonly now?: () => number;
}

/** Prepares caches; they fill once their informers run. */
export function createWorkloadContext({ kube, log, nodeName, now = Date.now }: WorkloadOptions): WorkloadContext {
  const informers: Informer<KubeObject>[] = [];
  const open = <T extends KubeObject>(definition: ResourceDefinition<T>): OwnedCache<T> => {
    const informer = createInformer(kube, definition, log);
    informers.push(informer);
    return createOwnedCache(kube, definition, informer);
  };
  const caches: WorkloadCaches = {
    pods: open(DEFINITIONS.pods),
    replicaSets: open(DEFINITIONS.replicaSets),
    deployments: open(DEFINITIONS.deployments),
    statefulSets: open(DEFINITIONS.statefulSets),
    daemonSets: open(DEFINITIONS.daemonSets),
    revisions: open(DEFINITIONS.revisions),
    jobs: open(DEFINITIONS.jobs),
    cronJobs: open(DEFINITIONS.cronJobs),
    services: open(DEFINITIONS.services),
    claims: open(DEFINITIONS.claims),
  };
  return { kube, log, nodeName, now, caches, informers, recorder: (component) => createEventRecorder(kube, component, log) };
}
