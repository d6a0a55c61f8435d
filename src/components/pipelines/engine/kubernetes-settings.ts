/** What kfp-kubernetes adds to a task's pod (kubernetes_platform/proto/kubernetes_executor_config.proto). */
import type { EnvVar, Volume, VolumeMount } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { isObject, own, type Json } from "../../../lib/json.ts";
import { toText } from "../spec/values.ts";
import type { RunState, TaskNode } from "./run-state.ts";
import { taskIdOf } from "./task-ids.ts";

export interface KubernetesSettings {
  readonly env: EnvVar[];
  readonly volumes: Volume[];
  readonly volumeMounts: VolumeMount[];
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly activeDeadlineSeconds: number | undefined;
  /** Settings that are accepted and not applied: scheduling has no meaning on one node. */
  readonly ignored: string[];
}

const APPLIED = [
  "secretAsEnv",
  "configMapAsEnv",
  "fieldPathAsEnv",
  "secretAsVolume",
  "configMapAsVolume",
  "emptyDirMounts",
  "podMetadata",
  "activeDeadlineSeconds",
];
const REFUSED = ["pvcMount", "genericEphemeralVolume", "initContainers"];

type Fields = Record<string, unknown>;

function executorConfigs(platform: Json): Record<string, unknown> {
  const read = (value: unknown, key: string): unknown => (isObject(value) ? own(value, key) : undefined);
  const kubernetes = read(read(platform, "platforms"), "kubernetes");
  const executors = read(read(kubernetes, "deploymentSpec"), "executors");
  return isObject(executors) ? executors : {};
}

/** Refuses a platform spec that asks for volumes we cannot give yet. Throws NotImplemented. */
export function checkPlatformSpec(platform: Json): void {
  for (const [label, config] of Object.entries(executorConfigs(platform))) {
    const asked = REFUSED.find((key) => isObject(config) && Array.isArray(config[key]) && config[key].length > 0);
    if (asked !== undefined) {
      throw new SkiffError("NotImplemented", `${label} asks for ${asked}, which this version of Skiff does not run`, {
        remedy: "Hand files from task to task as artifacts instead of through volumes.",
      });
    }
  }
}

const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** The settings of one task's pod, with names that come from inputs resolved. */
export function kubernetesSettings(run: RunState, node: TaskNode, label: string): KubernetesSettings {
  const found = own(executorConfigs(run.platform), label);
  const config = isObject(found) ? found : {};
  const parent = dagOf(run, node);
  const fromInput = (input: unknown): string | undefined => {
    if (!isObject(input)) return undefined;
    const { runtimeValue, componentInputParameter, taskOutputParameter } = input;
    let value: Json | undefined;
    if (isObject(runtimeValue)) value = runtimeValue["constant"] as Json | undefined;
    else if (typeof componentInputParameter === "string") value = own(parent?.inputs.parameters, componentInputParameter);
    else if (isObject(taskOutputParameter) && parent) {
      const producer = run.tasks.get(taskIdOf(run.info.runId, parent.taskId, String(taskOutputParameter["producerTask"])));
      value = own(producer?.outputs.parameters, String(taskOutputParameter["outputParameterKey"]));
    }
    return value === undefined || value === null || value === "" ? undefined : toText(value);
  };
  // A name that resolves to nothing belongs to an optional input: the setting is left out, as upstream does.
  const nameOf = (entry: Fields, kind: string): string | undefined =>
    fromInput(entry[`${kind}NameParameter`]) ?? text(entry[`${kind}Name`]);

  const env: EnvVar[] = [];
  const volumes: Volume[] = [];
  const volumeMounts: VolumeMount[] = [];
  for (const entry of list(config["secretAsEnv"])) {
    const name = nameOf(entry, "secret");
    if (name === undefined) continue;
    for (const { secretKey, envVar } of list(entry["keyToEnv"])) {
      env.push({
        name: String(envVar),
        valueFrom: { secretKeyRef: { name, key: String(secretKey), optional: entry["optional"] === true } },
      });
    }
  }
  for (const entry of list(config["configMapAsEnv"])) {
    const name = nameOf(entry, "configMap");
    if (name === undefined) continue;
    for (const { configMapKey, envVar } of list(entry["keyToEnv"])) {
      env.push({
        name: String(envVar),
        valueFrom: { configMapKeyRef: { name, key: String(configMapKey), optional: entry["optional"] === true } },
      });
    }
  }
  for (const { name, fieldPath } of list(config["fieldPathAsEnv"]))
    env.push({ name: String(name), valueFrom: { fieldRef: { fieldPath: String(fieldPath) } } });
  const mount = (volume: Omit<Volume, "name">, mountPath: unknown): void => {
    const name = `setting-${volumes.length}`;
    volumes.push({ name, ...volume });
    volumeMounts.push({ name, mountPath: String(mountPath) });
  };
  for (const entry of list(config["secretAsVolume"])) {
    const secretName = nameOf(entry, "secret");
    if (secretName !== undefined) mount({ secret: { secretName, optional: entry["optional"] === true } }, entry["mountPath"]);
  }
  for (const entry of list(config["configMapAsVolume"])) {
    const name = nameOf(entry, "configMap");
    if (name !== undefined) mount({ configMap: { name, optional: entry["optional"] === true } }, entry["mountPath"]);
  }
  for (const entry of list(config["emptyDirMounts"])) mount({ emptyDir: {} }, entry["mountPath"]);
  const metadata = isObject(config["podMetadata"]) ? config["podMetadata"] : {};
  const seconds = Number(config["activeDeadlineSeconds"] ?? 0);
  return {
    env,
    volumes,
    volumeMounts,
    labels: texts(metadata["labels"]),
    annotations: texts(metadata["annotations"]),
    activeDeadlineSeconds: Number.isInteger(seconds) && seconds > 0 ? seconds : undefined,
    ignored: Object.keys(config).filter((key) => !APPLIED.includes(key)),
  };
}

function texts(value: unknown): Record<string, string> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)])) : {};
}

function dagOf(run: RunState, node: TaskNode): TaskNode | undefined {
  const parent = node.parentId === undefined ? undefined : run.tasks.get(node.parentId);
  return parent?.kind === "LOOP" ? dagOf(run, parent) : parent;
}
