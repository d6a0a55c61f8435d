/** A StatefulSet's pod and its claims: names and labels that stay the same when it comes back. Follows stateful_set_utils.go. */
import { controllerReference, type PersistentVolumeClaim, type Pod, type PodTemplateSpec, type StatefulSet } from "../../../api/index.ts";
import { toPod } from "./pod-control.ts";
import { REVISION_LABEL } from "./revisions.ts";

const claimName = (template: PersistentVolumeClaim, podName: string): string => `${template.metadata.name}-${podName}`;
export const podNameOf = ({ metadata }: StatefulSet, ordinal: number): string => `${metadata.name}-${ordinal}`;

export function toStatefulPod(set: StatefulSet, template: PodTemplateSpec, ordinal: number, revision: string): Pod {
  const name = podNameOf(set, ordinal);
  const claims = set.spec.volumeClaimTemplates ?? [];
  const names = new Set(claims.map(({ metadata }) => metadata.name));
  const spec = {
    ...template.spec,
    hostname: name,
    subdomain: set.spec.serviceName ?? "",
    ...(claims.length === 0
      ? {}
      : {
          volumes: [
            ...(template.spec.volumes ?? []).filter((volume) => !names.has(volume.name)),
            ...claims.map((claim) => ({ name: claim.metadata.name, persistentVolumeClaim: { claimName: claimName(claim, name) } })),
          ],
        }),
  };
  const labels = {
    ...template.metadata?.labels,
    [REVISION_LABEL]: revision,
    "statefulset.kubernetes.io/pod-name": name,
    "apps.kubernetes.io/pod-index": String(ordinal),
  };
  return toPod(set, { metadata: { ...template.metadata, labels }, spec }, { name });
}

/** The claims of one ordinal. They outlive the set unless its retention policy says otherwise. */
export function toClaims(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  const isDeletedWithSet = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete";
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { status: _, ...claim } = template;
    return {
      ...claim,
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name: claimName(template, podNameOf(set, ordinal)),
        namespace: set.metadata.namespace ?? "",
        labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
        ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
        ...(isDeletedWithSet ? { ownerReferences: [{ ...controllerReference(set), controller: false, blockOwnerDeletion: false }] } : {}),
      },
    };
  });
}
