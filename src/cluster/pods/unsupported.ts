/** Names the fields of a pod that this runtime does not honor, for an event: nothing is dropped silently. */
import type { Pod } from "../../api/index.ts";

const POD_FIELDS = [
  "affinity",
  "dnsConfig",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "nodeSelector",
  "runtimeClassName",
  "securityContext",
  "shareProcessNamespace",
  "topologySpreadConstraints",
];
const CONTAINER_FIELDS = [
  "envFrom",
  "lifecycle",
  "livenessProbe",
  "readinessProbe",
  "securityContext",
  "startupProbe",
  "stdin",
  "tty",
  "volumeDevices",
];
const VOLUME_SOURCES = new Set(["configMap", "emptyDir", "projected", "secret"]);

/** True when the field asks for something: `{}`, `[]`, `false` and absence do not. */
function asksFor(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** Paths of fields that are set and not honored, such as `spec.containers[main].livenessProbe`. */
export function listUnsupportedFields(pod: Pod): string[] {
  const spec = pod.spec as unknown as Record<string, unknown>;
  const found = POD_FIELDS.filter((field) => asksFor(spec[field])).map((field) => `spec.${field}`);
  for (const list of ["initContainers", "containers"] as const) {
    for (const container of pod.spec[list] ?? []) {
      const path = `spec.${list}[${container.name}]`;
      const loose = container as unknown as Record<string, unknown>;
      found.push(...CONTAINER_FIELDS.filter((field) => asksFor(loose[field])).map((field) => `${path}.${field}`));
      if (asksFor(container.resources?.limits)) found.push(`${path}.resources.limits`);
      if (list === "initContainers" && loose["restartPolicy"] === "Always") found.push(`${path}.restartPolicy`);
    }
  }
  for (const volume of pod.spec.volumes ?? []) {
    for (const source of Object.keys(volume)) {
      if (source !== "name" && !VOLUME_SOURCES.has(source)) found.push(`spec.volumes[${volume.name}].${source}`);
    }
  }
  return found;
}
