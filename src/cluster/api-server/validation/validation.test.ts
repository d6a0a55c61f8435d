import { describe, expect, it } from "vitest";
import { BUILT_IN_DEFINITIONS, type KubeObject } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import type { ServedResource } from "../resources.ts";
import { validateObject } from "./index.ts";

type Fields = Record<string, unknown>;

function resourceOf(kind: string): ServedResource {
  const found = BUILT_IN_DEFINITIONS.find((definition) => definition.kind === kind);
  if (!found) throw new Error(`no kind ${kind}`);
  return { ...found, custom: false };
}

/** The message of the refusal, without the object's name; undefined when the object is fine. */
function refusal(kind: string, object: Fields, before?: Fields): string | undefined {
  const whole = (fields: Fields): KubeObject => ({ apiVersion: "", kind, metadata: { name: "x" }, ...fields });
  try {
    validateObject(resourceOf(kind), whole(object), before && whole(before));
  } catch (error) {
    if (error instanceof SkiffError) return error.message.replace(/^.*? is invalid: /, "");
    throw error;
  }
  return undefined;
}

const container = { name: "c", image: "i" };
const template = (labels: Fields, spec: Fields = {}): Fields => ({ metadata: { labels }, spec: { containers: [container], ...spec } });
const workload = (more: Fields = {}): Fields => ({
  spec: { selector: { matchLabels: { a: "b" } }, template: template({ a: "b" }), ...more },
});
const job = (more: Fields = {}): Fields => ({ spec: { template: template({}, { restartPolicy: "Never" }), ...more } });

describe("metadata", () => {
  it.each([
    ["ConfigMap", { name: "UPPER" }, 'metadata.name: Invalid value: "UPPER": a lowercase RFC 1123 subdomain must consist of'],
    ["Namespace", { name: "a.b" }, 'metadata.name: Invalid value: "a.b": a lowercase RFC 1123 label must consist of'],
    ["Role", { name: "a%b" }, `metadata.name: Invalid value: "a%b": may not contain '%'`],
    ["ConfigMap", { name: "x", labels: { a: "b c" } }, 'metadata.labels: Invalid value: "b c": a valid label must be'],
    ["ConfigMap", { name: "x", labels: { "-a": "b" } }, 'metadata.labels: Invalid value: "-a": name part must consist of'],
    ["ConfigMap", { name: "x", annotations: { "a b": "c" } }, 'metadata.annotations: Invalid value: "a b": name part must consist of'],
    [
      "ConfigMap",
      { name: "x", annotations: { a: "x".repeat(300_000) } },
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    ],
    [
      "ConfigMap",
      { name: "x", ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p" }] },
      "metadata.ownerReferences.uid: Invalid value",
    ],
  ])("of %s %j", (kind, metadata, message) => expect(refusal(kind, { metadata })).toContain(message));

  it("accepts what Kubernetes accepts", () => {
    expect(refusal("ClusterRole", { metadata: { name: "system:x" } })).toBeUndefined();
    expect(refusal("ConfigMap", { metadata: { name: "a.b-c", labels: { "example.com/a": "", b: "X_1" } } })).toBeUndefined();
  });
});

describe("workloads", () => {
  it.each([
    ["Deployment", { spec: { template: template({ a: "b" }) } }, "spec.selector: Required value"],
    [
      "Deployment",
      workload({ template: template({ a: "c" }) }),
      'spec.template.metadata.labels: Invalid value: map[string]string{"a":"c"}: `selector` does not match template `labels`',
    ],
    ["Deployment", workload({ selector: {} }), "empty selector is invalid for deployment"],
    ["Deployment", workload({ replicas: -1 }), "spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
    ["Deployment", workload({ template: template({ a: "b" }, { containers: [] }) }), "spec.template.spec.containers: Required value"],
    [
      "Deployment",
      workload({ template: template({ a: "b" }, { restartPolicy: "Never" }) }),
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    ["Job", { spec: { template: template({}) } }, 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    [
      "CronJob",
      { spec: { schedule: "* *", jobTemplate: job() } },
      'spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]',
    ],
  ])("%s %#", (kind, object, message) => expect(refusal(kind, object)).toContain(message));

  it("keep what may not change", () => {
    const other = workload({ selector: { matchLabels: { z: "1" } }, template: template({ z: "1" }) });
    expect(refusal("Deployment", other, workload())).toBe(
      'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"z":"1"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable',
    );
    expect(refusal("Deployment", workload({ replicas: 3 }), workload())).toBeUndefined();
    expect(refusal("Job", job({ completions: 2 }), job())).toContain("spec.completions: Invalid value: 2: field is immutable");
    expect(refusal("Job", job({ suspend: true }), job())).toBeUndefined();
    expect(refusal("StatefulSet", workload({ serviceName: "y" }), workload({ serviceName: "x" }))).toContain(
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas'",
    );
  });
});

describe("pods", () => {
  const pod = (more: Fields): Fields => ({ spec: { containers: [container], ...more } });
  it.each([
    [{ containers: [{ name: "A", image: "i" }] }, 'spec.containers[0].name: Invalid value: "A": a lowercase RFC 1123 label'],
    [{ containers: [container, container] }, 'spec.containers[1].name: Duplicate value: "c"'],
    [{ containers: [{ name: "c" }] }, "spec.containers[0].image: Required value"],
    [{ containers: [{ image: "i" }] }, "spec.containers[0].name: Required value"],
    [{ containers: [{ ...container, ports: [{ containerPort: 70_000 }] }] }, "must be between 1 and 65535, inclusive"],
    [
      { containers: [{ ...container, volumeMounts: [{ name: "v", mountPath: "/v" }] }] },
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [{ containers: [{ ...container, env: [{ value: "x" }] }] }, "spec.containers[0].env[0].name: Required value"],
    [
      { restartPolicy: "Sometimes" },
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
  ])("%j", (spec, message) => expect(refusal("Pod", pod(spec))).toContain(message));

  it("may change their image and little else", () => {
    expect(refusal("Pod", pod({ containers: [{ name: "c", image: "j" }] }), pod({}))).toBeUndefined();
    expect(refusal("Pod", pod({ nodeName: "n" }), pod({}))).toBeUndefined();
    expect(refusal("Pod", pod({ hostNetwork: true }), pod({}))).toContain("spec: Forbidden: pod updates may not change fields other than");
  });
});

describe("core and RBAC kinds", () => {
  const service = (more: Fields): Fields => ({ spec: { ports: [{ port: 80 }], ...more } });
  const role = (rule: Fields): Fields => ({ rules: [rule] });
  const binding = (name: string): Fields => ({ roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name } });
  const claim = (more: Fields): Fields => ({
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...more },
  });

  it.each([
    ["ConfigMap", { data: { "a b": "" } }, undefined, 'data[a b]: Invalid value: "a b": a valid config key must consist of'],
    [
      "ConfigMap",
      { data: { a: "2" }, immutable: true },
      { data: { a: "1" }, immutable: true },
      "data: Forbidden: field is immutable when `immutable` is set",
    ],
    ["Secret", { type: "kubernetes.io/tls", data: {} }, undefined, "data[tls.crt]: Required value"],
    ["Secret", { type: "b" }, { type: "a" }, 'type: Invalid value: "b": field is immutable'],
    ["Service", service({ ports: [] }), undefined, "spec.ports: Required value"],
    ["Service", service({ type: "Nope" }), undefined, 'spec.type: Unsupported value: "Nope"'],
    ["Service", service({ ports: [{ port: 1 }, { port: 2 }] }), undefined, "spec.ports[0].name: Required value"],
    [
      "Service",
      service({ clusterIP: "1.1.1.1" }),
      service({ clusterIP: "2.2.2.2" }),
      'spec.clusterIPs[0]: Invalid value: []string{"1.1.1.1"}: may not change once set',
    ],
    [
      "PersistentVolumeClaim",
      claim({ accessModes: [] }),
      undefined,
      "spec.accessModes: Required value: at least 1 access mode is required",
    ],
    [
      "PersistentVolumeClaim",
      claim({ storageClassName: "b" }),
      claim({ storageClassName: "a" }),
      "spec: Forbidden: spec is immutable after creation",
    ],
    ["Role", role({ verbs: [], apiGroups: [""], resources: ["pods"] }), undefined, "rules[0].verbs: Required value"],
    [
      "Role",
      role({ verbs: ["get"], apiGroups: [""] }),
      undefined,
      "rules[0].resources: Required value: resource rules must supply at least one resource",
    ],
    [
      "RoleBinding",
      { roleRef: { kind: "Nope", name: "x" } },
      undefined,
      'roleRef.kind: Unsupported value: "Nope": supported values: "Role", "ClusterRole"',
    ],
    [
      "RoleBinding",
      binding("y"),
      binding("x"),
      'roleRef: Invalid value: rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"Role", Name:"y"}: cannot change roleRef',
    ],
  ])("%s %#", (kind, object, before, message) => expect(refusal(kind, object, before)).toContain(message));

  it("lets the binding controller fill in a claim once", () => {
    expect(refusal("PersistentVolumeClaim", claim({ volumeName: "v", storageClassName: "a" }), claim({}))).toBeUndefined();
  });
});
