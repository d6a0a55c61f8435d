import { expect, test } from "vitest";
import { convertStored } from "./conversion.ts";

const scaleTargetRef = { kind: "Deployment", name: "web" };
const cpu = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } };
const memory = { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } };
const autoscaler = (version: string, spec: object, annotations = {}): never =>
  ({
    apiVersion: `autoscaling/${version}`,
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "a", annotations },
    spec: { scaleTargetRef, maxReplicas: 3, ...spec },
  }) as never;

test("an autoscaler of v1 reads as v2", () => {
  const converted = convertStored(autoscaler("v1", { targetCPUUtilizationPercentage: 70 }), "autoscaling/v2");
  expect(converted).toMatchObject({ spec: { scaleTargetRef, maxReplicas: 3, metrics: [cpu] } });
  expect(converted).not.toHaveProperty("spec.targetCPUUtilizationPercentage");
});

test("what v1 cannot say survives the way there and back", () => {
  const old = convertStored(autoscaler("v2", { metrics: [memory, cpu] }), "autoscaling/v1") as object;
  expect(old).toMatchObject({ spec: { targetCPUUtilizationPercentage: 70 } });
  const back = convertStored({ ...old, apiVersion: "autoscaling/v1" } as never, "autoscaling/v2");
  expect(back).toMatchObject({ metadata: { annotations: {} }, spec: { metrics: [memory, cpu] } });
});
