import { expect, test } from "vitest";
import {
  CRON_JOBS,
  DEPLOYMENTS,
  JOBS,
  LIMIT_RANGES,
  PODS,
  SERVICES,
  type KubeObject,
  type ResourceDefinition,
} from "../../../api/index.ts";
import { applyDefaults, prepareNew } from "./index.ts";

function filled(definition: ResourceDefinition, spec: unknown): Record<string, unknown> {
  const object = { apiVersion: "v1", kind: definition.kind, metadata: { name: "x", uid: "u" }, spec } as KubeObject;
  prepareNew(definition, object);
  return object as unknown as Record<string, unknown>;
}

test.each([
  ["app", "Always"],
  ["app:latest", "Always"],
  ["localhost:5000/app", "Always"],
  ["localhost:5000/app:1", "IfNotPresent"],
  ["app@sha256:00", "IfNotPresent"],
])("the image %s is pulled %s", (image, policy) => {
  expect(filled(PODS, { containers: [{ name: "a", image }] })).toMatchObject({ spec: { containers: [{ imagePullPolicy: policy }] } });
});

test("a limit is the request where none is given", () => {
  const resources = { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } };
  expect(filled(PODS, { containers: [{ name: "a", image: "b", resources }] })).toMatchObject({
    spec: { containers: [{ resources: { requests: { cpu: "500m", memory: "1Gi" } } }], restartPolicy: "Always", dnsPolicy: "ClusterFirst" },
  });
});

test("empty strings, as Go's clients send them, count as absent", () => {
  expect(filled(DEPLOYMENTS, { strategy: { type: "" }, template: { spec: { dnsPolicy: "" } } })).toMatchObject({
    spec: {
      replicas: 1,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%" } },
      template: { spec: { dnsPolicy: "ClusterFirst" } },
    },
    status: {},
  });
});

test("a job selects its pods by its uid; one with parallelism alone is a work queue", () => {
  expect(filled(JOBS, { template: { spec: {} } })).toMatchObject({
    spec: {
      completions: 1,
      parallelism: 1,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u" } },
      template: { metadata: { labels: { "job-name": "x" } } },
    },
  });
  expect(filled(JOBS, { parallelism: 2, template: { spec: {} } })["spec"]).not.toHaveProperty("completions");
});

test("Services: target ports, and no addresses for ExternalName", () => {
  expect(filled(SERVICES, { ports: [{ port: 80 }] })).toMatchObject({
    spec: { type: "ClusterIP", ports: [{ port: 80, targetPort: 80, protocol: "TCP" }], ipFamilies: ["IPv4"] },
    status: { loadBalancer: {} },
  });
  expect(filled(SERVICES, { type: "ExternalName", externalName: "a.example" })["spec"]).not.toHaveProperty("ipFamilies");
});

test("a LimitRange's maximum is its default", () => {
  const object = {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "x" },
    spec: { limits: [{ type: "Container", max: { cpu: "1" } }] },
  };
  applyDefaults(LIMIT_RANGES, object);
  expect(object.spec.limits[0]).toMatchObject({ default: { cpu: "1" }, defaultRequest: { cpu: "1" } });
});

test.each([null, "text", [], { template: [] }, { jobTemplate: { spec: 1 } }, { containers: "no", volumes: [1] }])(
  "a spec of any shape is left to validation: %j",
  (spec) => {
    for (const definition of [PODS, DEPLOYMENTS, JOBS, CRON_JOBS, SERVICES]) expect(() => filled(definition, spec)).not.toThrow();
  },
);
