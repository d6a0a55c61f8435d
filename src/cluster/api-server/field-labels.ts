/** The fields that field selectors may name, by kind; upstream registers them as "field label conversions". */
import { groupResourceOf } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { parseFieldSelector } from "../../lib/selectors.ts";
import type { ServedResource } from "./resources.ts";

const EVERY_KIND = new Set(["metadata.name", "metadata.namespace"]);

const INVOLVED = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

const MORE: Readonly<Record<string, readonly string[]>> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
  ],
  events: ["reason", "reportingComponent", "source", "type", ...INVOLVED.map((name) => `involvedObject.${name}`)],
  "events.events.k8s.io": ["reason", "reportingController", "type", ...INVOLVED.map((name) => `regarding.${name}`)],
  namespaces: ["status.phase", "name"],
  nodes: ["spec.unschedulable"],
  secrets: ["type"],
  services: ["spec.clusterIP", "spec.type"],
  "replicasets.apps": ["status.replicas"],
  "jobs.batch": ["status.successful"],
};

/** Checks the field selector of a request. Throws BadRequest, also for fields that the kind is not selected by. */
export function checkFieldSelector(resource: ServedResource, text: string | null): void {
  for (const { path } of parseFieldSelector(text)) {
    if (EVERY_KIND.has(path) || MORE[groupResourceOf(resource)]?.includes(path) === true) continue;
    throw new SkiffError("BadRequest", `field label not supported: ${path}`);
  }
}
