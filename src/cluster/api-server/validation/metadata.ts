/** Faults of metadata that every kind shares. Follows apimachinery pkg/api/validation/objectmeta.go. */
import type { KubeObject } from "../../../api/index.ts";
import type { Fault } from "../schema/index.ts";
import type { ServedResource } from "../resources.ts";
import { invalid } from "./invalid.ts";
import { label1035Fault, labelFault, labelValueFault, pathSegmentFault, qualifiedNameFault, subdomainFault } from "./names.ts";

const MAX_ANNOTATION_BYTES = 256 * 1024;

function nameFault({ group, kind, custom }: ServedResource, name: string): string | undefined {
  if (group === "rbac.authorization.k8s.io") return pathSegmentFault(name);
  if (kind === "Namespace" && !custom) return labelFault(name);
  if (kind === "Service" && group === "") return label1035Fault(name);
  return subdomainFault(name);
}

/** Lists the faults of an object's metadata. */
export function findMetadataFaults(resource: ServedResource, { metadata }: KubeObject): Fault[] {
  const faults: Fault[] = [];
  const name = nameFault(resource, metadata.name);
  if (name !== undefined) faults.push(invalid("metadata.name", metadata.name, name));
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    const keyFault = qualifiedNameFault(key);
    if (keyFault !== undefined) faults.push(invalid("metadata.labels", key, keyFault));
    const valueFault = labelValueFault(value);
    if (valueFault !== undefined) faults.push(invalid("metadata.labels", value, valueFault));
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    const fault = qualifiedNameFault(key.toLowerCase());
    if (fault !== undefined) faults.push(invalid("metadata.annotations", key, fault));
    size += key.length + value.length;
  }
  if (size > MAX_ANNOTATION_BYTES) {
    faults.push({
      field: "metadata.annotations",
      reason: "FieldValueTooLong",
      message: `Too long: may not be more than ${MAX_ANNOTATION_BYTES} bytes`,
    });
  }
  for (const finalizer of metadata.finalizers ?? []) {
    const fault = qualifiedNameFault(finalizer);
    if (fault !== undefined) faults.push(invalid("metadata.finalizers", finalizer, fault));
  }
  for (const reference of metadata.ownerReferences ?? []) {
    for (const [field, word] of [
      ["apiVersion", "version"],
      ["kind", "kind"],
      ["name", "name"],
      ["uid", "uid"],
    ] as const) {
      if ((reference[field] ?? "") === "") faults.push(invalid(`metadata.ownerReferences.${field}`, "", `${word} must not be empty`));
    }
  }
  return faults;
}
