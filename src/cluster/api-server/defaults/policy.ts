/** Defaults of kinds that only say what may be: roles, webhooks, limits, network policies, priorities. */
import { fill, findObject, objectIn, objectsIn, type Fields } from "./field.ts";

const RBAC = "rbac.authorization.k8s.io";

export function fillBinding(binding: Fields): void {
  const roleRef = findObject(binding, "roleRef");
  if (roleRef) roleRef["apiGroup"] ||= RBAC;
  for (const subject of objectsIn(binding, "subjects")) {
    if (subject["kind"] === "User" || subject["kind"] === "Group") subject["apiGroup"] ||= RBAC;
  }
}

export function fillWebhooks(configuration: Fields): void {
  for (const webhook of objectsIn(configuration, "webhooks")) {
    fill(webhook, { failurePolicy: "Fail", matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10 });
    if (configuration["kind"] === "MutatingWebhookConfiguration") fill(webhook, { reinvocationPolicy: "Never" });
    for (const rule of objectsIn(webhook, "rules")) fill(rule, { scope: "*" });
    const service = findObject(findObject(webhook, "clientConfig"), "service");
    if (service) fill(service, { port: 443 });
  }
}

/** A maximum is also the default, a default also the request (SetDefaults_LimitRangeItem). */
export function fillLimitRange(limitRange: Fields): void {
  for (const item of objectsIn(findObject(limitRange, "spec"), "limits")) {
    if (item["type"] !== "Container") continue;
    const limits = objectIn(item, "default");
    const requests = objectIn(item, "defaultRequest");
    if (!limits || !requests) continue;
    fill(limits, findObject(item, "max") ?? {});
    fill(requests, limits);
    fill(requests, findObject(item, "min") ?? {});
    for (const field of ["default", "defaultRequest"]) if (Object.keys(findObject(item, field) ?? {}).length === 0) delete item[field];
  }
}

export function fillNetworkPolicy(policy: Fields): void {
  const spec = objectIn(policy, "spec");
  if (!spec) return;
  fill(spec, { policyTypes: objectsIn(spec, "egress").length > 0 ? ["Ingress", "Egress"] : ["Ingress"] });
  for (const rule of [...objectsIn(spec, "ingress"), ...objectsIn(spec, "egress")]) {
    for (const port of objectsIn(rule, "ports")) fill(port, { protocol: "TCP" });
  }
}

export function fillPriorityClass(priorityClass: Fields): void {
  fill(priorityClass, { preemptionPolicy: "PreemptLowerPriority" });
}
