/** Which ReplicaSet is a Deployment's present and which are its past; the annotations that `kubectl rollout` reads. Follows deployment_util.go. */
import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../../api/index.ts";
import { boundsOf } from "./rollout-math.ts";
import { jsonEqual } from "../../../lib/json.ts";

export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM = "deployment.kubernetes.io/max-replicas";
export const HASH_LABEL = "pod-template-hash";
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED,
  MAXIMUM,
  "deprecated.deployment.rollback.to",
]);

type Annotations = Record<string, string>;

export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const difference = Date.parse(a.metadata.creationTimestamp ?? "") - Date.parse(b.metadata.creationTimestamp ?? "");
  return difference || (a.metadata.name < b.metadata.name ? -1 : 1);
}

function withoutHash({ metadata = {}, spec }: PodTemplateSpec): unknown {
  const { [HASH_LABEL]: _, ...labels } = metadata.labels ?? {};
  const { creationTimestamp: __, ...rest } = metadata as Record<string, unknown>;
  return { metadata: { ...rest, labels }, spec };
}

/** True when both make the same pods. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return jsonEqual(withoutHash(a), withoutHash(b));
}

export const revisionOf = ({ metadata }: ReplicaSet): number => Number(metadata.annotations?.[REVISION] ?? 0) || 0;
export const desiredOf = ({ metadata }: ReplicaSet): number | undefined => {
  const text = metadata.annotations?.[DESIRED];
  return text === undefined ? undefined : Number(text);
};
export const maximumOf = ({ metadata, status }: ReplicaSet, fallback: number): number =>
  Number(metadata.annotations?.[MAXIMUM] ?? 0) || status?.replicas || fallback;

export interface History {
  /** The set of the present template. */
  readonly current: ReplicaSet | undefined;
  /** All others, the oldest first. */
  readonly olds: readonly ReplicaSet[];
}

export function toHistory(deployment: Deployment, sets: readonly ReplicaSet[]): History {
  const sorted = sets.toSorted(byAge);
  const current = sorted.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { current, olds: sorted.filter((set) => set !== current) };
}

/** What every active set says about its Deployment's size: by it a change of `replicas` is told from a rollout. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const replicas = deployment.spec.replicas ?? 1;
  return { [DESIRED]: String(replicas), [MAXIMUM]: String(replicas + boundsOf(deployment).maxSurge) };
}

/** The annotations of the current set: the Deployment's own, the revision, and the revisions it was before. */
export function currentAnnotations(deployment: Deployment, set: ReplicaSet | undefined, olds: readonly ReplicaSet[]): Annotations {
  const own: Annotations = { ...set?.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!NOT_COPIED.has(key)) own[key] = value;
  const next = Math.max(0, ...olds.map(revisionOf)) + 1;
  const before = set ? revisionOf(set) : 0;
  if (before < next) {
    own[REVISION] = String(next);
    if (before > 0) own[REVISION_HISTORY] = [own[REVISION_HISTORY], String(before)].filter(Boolean).join(",");
  }
  return own;
}

/** Old sets that the history has no room for. */
export function forgettable(deployment: Deployment, olds: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const surplus = olds.length - limit;
  if (surplus <= 0) return [];
  const isIdle = ({ spec, status, metadata }: ReplicaSet): boolean =>
    spec.replicas === 0 && (status?.replicas ?? 0) === 0 && (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0);
  return olds
    .toSorted((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b))
    .slice(0, surplus)
    .filter((set) => isIdle(set) && set.metadata.deletionTimestamp === undefined);
}
