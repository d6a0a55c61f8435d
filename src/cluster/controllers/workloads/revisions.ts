/** The history of StatefulSets and DaemonSets in ControllerRevisions. Follows kubernetes pkg/controller/history. */
import {
  controllerReference,
  CONTROLLER_REVISIONS,
  type ControllerRevision,
  type KubeObject,
  type PodTemplateSpec,
} from "../../../api/index.ts";
import { isReason } from "../../../lib/errors.ts";
import { jsonEqual } from "../../../lib/json.ts";
import type { OwnedCache } from "./owned-cache.ts";
import { hashTemplate } from "./template-hash.ts";

/** The label of pods with the revision they were made from. */
export const REVISION_LABEL = "controller-revision-hash";
const HASH_LABEL = "controller.kubernetes.io/hash";
const LONGEST_PREFIX = 223;

/** What `kubectl rollout undo` sends back as a strategic merge patch. */
function dataOf(template: PodTemplateSpec): unknown {
  return { spec: { template: { ...template, $patch: "replace" } } };
}

/** The pod template that a revision holds; undefined when it holds none. */
export function templateOf(revision: ControllerRevision | undefined): PodTemplateSpec | undefined {
  const data = revision?.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined;
  if (!data?.spec?.template) return undefined;
  const { $patch: _, ...template } = data.spec.template;
  return template;
}

/** The revisions of `owner`, the oldest first. */
export function listRevisions(cache: OwnedCache<ControllerRevision>, owner: KubeObject): ControllerRevision[] {
  return cache.controlledBy(owner.metadata.uid ?? "").toSorted((a, b) => a.revision - b.revision);
}

/** The revision of the present template, with the highest number; made when it is new. `hash` names it in labels of pods. */
export async function ensureRevision(
  cache: OwnedCache<ControllerRevision>,
  owner: KubeObject,
  template: PodTemplateSpec,
): Promise<ControllerRevision> {
  const known = listRevisions(cache, owner);
  const data = dataOf(template);
  const next = (known.at(-1)?.revision ?? 0) + 1;
  const same = known.findLast((revision) => jsonEqual(revision.data, data));
  if (same) return same === known.at(-1) ? same : cache.update({ ...same, revision: next });
  for (let collisions = 0; ; collisions++) {
    const hash = hashTemplate(template, collisions);
    const wanted: ControllerRevision = {
      apiVersion: "apps/v1",
      kind: CONTROLLER_REVISIONS.kind,
      metadata: {
        name: `${owner.metadata.name.slice(0, LONGEST_PREFIX)}-${hash}`,
        namespace: owner.metadata.namespace ?? "",
        labels: { ...template.metadata?.labels, [HASH_LABEL]: hash },
        ownerReferences: [controllerReference(owner)],
      },
      data,
      revision: next,
    };
    try {
      return await cache.create(wanted);
    } catch (error) {
      if (!isReason(error, "AlreadyExists") || collisions > 5) throw error;
    }
  }
}

/** Deletes what is beyond the limit; `live` names are in use. */
export async function trimRevisions(
  cache: OwnedCache<ControllerRevision>,
  owner: KubeObject,
  limit: number,
  live: ReadonlySet<string>,
): Promise<void> {
  const unused = listRevisions(cache, owner).filter(({ metadata }) => !live.has(metadata.name));
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) await cache.remove(revision);
}
