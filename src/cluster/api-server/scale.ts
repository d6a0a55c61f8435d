/** The scale subresource: autoscaling/v1 Scale as a view of the object that it scales. */
import { labelSelectorText, type KubeObject, type LabelSelector, type Scale } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";
import { parseJsonPath, readJsonPath } from "../../lib/json-path.ts";
import { mediaType, readBody, readObject } from "./body.ts";
import type { Call } from "./call.ts";
import { checkIdentity } from "./object-state.ts";
import { applyPatch } from "./patch.ts";
import { getObject } from "./read.ts";
import type { ServedResource } from "./resources.ts";
import { getTypeSchema } from "./schema/index.ts";
import { change } from "./write.ts";

const BUILT_IN_PATHS = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } as const;

function read(object: KubeObject, path: string | undefined): unknown {
  const parsed = path === undefined ? undefined : parseJsonPath(path);
  return parsed && readJsonPath(object, parsed)[0];
}

function selectorText(resource: ServedResource, object: KubeObject): string | undefined {
  const found = resource.scale
    ? read(object, resource.scale.labelSelectorPath)
    : (object as { spec?: { selector?: LabelSelector } }).spec?.selector;
  if (found === undefined || typeof found === "string") return found;
  return labelSelectorText(found as LabelSelector);
}

function toScale({ resource }: Call, object: KubeObject): Scale {
  const paths = resource.scale ?? BUILT_IN_PATHS;
  const { name, namespace = "", uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = Number(read(object, paths.specReplicasPath) ?? 0);
  const selector = selectorText(resource, object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name,
      namespace,
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    // Go leaves out a zero.
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: Number(read(object, paths.statusReplicasPath) ?? 0), ...(selector === undefined ? {} : { selector }) },
  };
}

function replicasOf(call: Call, scale: Scale): number {
  const replicas = scale.spec?.replicas ?? 0;
  const fault = !Number.isInteger(replicas)
    ? `Invalid value: ${JSON.stringify(replicas)}: must be an integer`
    : replicas < 0
      ? `Invalid value: ${replicas}: must be greater than or equal to 0`
      : undefined;
  if (fault === undefined) return replicas;
  throw new SkiffError("Invalid", `Scale.autoscaling "${call.target.name}" is invalid: spec.replicas: ${fault}`, {
    details: {
      name: call.target.name,
      group: "autoscaling",
      kind: "Scale",
      causes: [{ reason: "FieldValueInvalid", message: fault, field: "spec.replicas" }],
    },
  });
}

/** The object with so many replicas; fields on the way are made. */
function withReplicas(call: Call, object: KubeObject, replicas: number): KubeObject {
  const path = parseJsonPath((call.resource.scale ?? BUILT_IN_PATHS).specReplicasPath) ?? [];
  const copy = structuredClone(object);
  let at: Record<string, unknown> = copy as unknown as Record<string, unknown>;
  for (const [index, step] of path.entries()) {
    if (step.kind !== "field" || step.name === "__proto__") break;
    if (index === path.length - 1) at[step.name] = replicas;
    else {
      const next = isObject(at[step.name]) ? (at[step.name] as Record<string, unknown>) : {};
      at[step.name] = next;
      at = next;
    }
  }
  return copy;
}

async function writeScale(call: Call, make: (current: Scale) => Scale): Promise<Scale> {
  const whole: Call = { ...call, target: { ...call.target, subresource: undefined } };
  const written = await change(whole, (current) => {
    const scale = make(toScale(call, current));
    checkIdentity(whole, current, scale);
    return withReplicas(call, current, replicasOf(call, scale));
  });
  return toScale(call, written);
}

/** GET, PUT and PATCH of `…/scale`. */
export async function answerScale(call: Call, verb: string): Promise<Scale> {
  if (verb === "get") return toScale(call, getObject(call));
  if (verb === "update") {
    const wanted = (await readObject(call.request)) as unknown as Scale;
    if (!isObject(wanted.metadata)) wanted.metadata = { name: call.target.name ?? "" };
    return writeScale(call, () => wanted);
  }
  const type = mediaType(call.request);
  const patch = await readBody(call.request);
  return writeScale(call, (current) => applyPatch(getTypeSchema("autoscaling.Scale"), type, current, patch) as Scale);
}
