/** Defaults of Services and of what lists addresses. Follows kubernetes pkg/apis/core/v1 and pkg/apis/discovery/v1. */
import { fill, objectIn, objectsIn, type Fields } from "./field.ts";

export function fillService(service: Fields): void {
  const spec = objectIn(service, "spec");
  if (!spec) return;
  fill(spec, { type: "ClusterIP", sessionAffinity: "None" });
  for (const port of objectsIn(spec, "ports")) fill(port, { protocol: "TCP", targetPort: port["port"] });
  if (spec["type"] === "ExternalName") return;
  fill(spec, { internalTrafficPolicy: "Cluster", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
  if (spec["type"] === "NodePort" || spec["type"] === "LoadBalancer") fill(spec, { externalTrafficPolicy: "Cluster" });
  if (spec["type"] === "LoadBalancer") fill(spec, { allocateLoadBalancerNodePorts: true });
}

export function fillEndpoints(endpoints: Fields): void {
  for (const subset of objectsIn(endpoints, "subsets")) for (const port of objectsIn(subset, "ports")) fill(port, { protocol: "TCP" });
}

export function fillEndpointSlice(slice: Fields): void {
  for (const port of objectsIn(slice, "ports")) fill(port, { name: "", protocol: "TCP" });
}
