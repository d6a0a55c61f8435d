/** What every workload of apps/v1 and batch/v1 shares: a selector and a pod template. */
import type { LabelSelector } from "./label-selector.ts";
import type { Condition, ObjectMeta } from "./meta.ts";
import type { PodSpec } from "./pod.ts";

export interface PodTemplateSpec {
  metadata?: Partial<ObjectMeta>;
  spec: PodSpec;
}

export interface ReplicatedSpec {
  replicas?: number;
  selector: LabelSelector;
  template: PodTemplateSpec;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
}

export interface ReplicatedStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  collisionCount?: number;
  conditions?: Condition[];
}
