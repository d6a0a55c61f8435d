/** Faults of pod specs. Texts follow kubernetes pkg/apis/core/validation. */
import type { KubeObject } from "../../../api/index.ts";
import { isObject, jsonEqual } from "../../../lib/json.ts";
import type { Fault } from "../schema/index.ts";
import { duplicate, forbidden, invalid, required, unsupported, type Checked } from "./invalid.ts";
import { labelFault } from "./names.ts";

type Fields = Record<string, unknown>;

/** The objects of a list; anything else was refused when the body was decoded. */
export const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isObject) : []);

export const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

/** A copy of `fields` without the named ones. */
export function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** What an update of a pod may change, besides images. */
const CHANGEABLE = [
  "activeDeadlineSeconds",
  "tolerations",
  "terminationGracePeriodSeconds",
  "nodeName",
  "schedulingGates",
  "ephemeralContainers",
];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];

export function portFault(field: string, port: unknown): Fault[] {
  if (typeof port === "number" && port >= 1 && port <= 65_535) return [];
  return [invalid(field, port ?? 0, "must be between 1 and 65535, inclusive")];
}

function namedFaults(items: readonly Fields[], field: string): Fault[] {
  const seen = new Set<unknown>();
  return items.flatMap(({ name }, i): Fault[] => {
    const at = `${field}[${i}].name`;
    if (typeof name !== "string" || name === "") return [];
    const fault = labelFault(name);
    if (fault !== undefined) return [invalid(at, name, fault)];
    if (seen.has(name)) return [duplicate(at, name)];
    seen.add(name);
    return [];
  });
}

function containerFaults(container: Fields, field: string, volumes: ReadonlySet<unknown>): Fault[] {
  const faults: Fault[] = [];
  const { image, imagePullPolicy } = container;
  if (image === undefined || image === "") faults.push(required(`${field}.image`));
  if (imagePullPolicy !== undefined && !PULL_POLICIES.includes(imagePullPolicy as string)) {
    faults.push(unsupported(`${field}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES));
  }
  for (const [i, port] of listOf(container["ports"]).entries()) {
    faults.push(...portFault(`${field}.ports[${i}].containerPort`, port["containerPort"]));
    const protocol = port["protocol"] ?? "TCP";
    if (!PROTOCOLS.includes(protocol as string)) faults.push(unsupported(`${field}.ports[${i}].protocol`, protocol, PROTOCOLS));
  }
  const paths = new Set<unknown>();
  for (const [i, mount] of listOf(container["volumeMounts"]).entries()) {
    const at = `${field}.volumeMounts[${i}]`;
    const { name, mountPath } = mount;
    if (name !== undefined && name !== "" && !volumes.has(name)) {
      faults.push({ field: `${at}.name`, reason: "FieldValueInvalid", message: `Not found: ${JSON.stringify(name)}` });
    }
    if (mountPath !== undefined && paths.has(mountPath)) faults.push(invalid(`${at}.mountPath`, mountPath, "must be unique"));
    paths.add(mountPath);
  }
  for (const [i, variable] of listOf(container["env"]).entries()) {
    const from = fieldsOf(variable["valueFrom"]);
    if (variable["valueFrom"] !== undefined && (variable["value"] ?? "") !== "") {
      faults.push(invalid(`${field}.env[${i}].valueFrom`, "", "may not be specified when `value` is not empty"));
    } else if (variable["valueFrom"] !== undefined && Object.keys(from).length === 0) {
      faults.push(
        invalid(
          `${field}.env[${i}].valueFrom`,
          "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
        ),
      );
    }
  }
  return faults;
}

/** Faults of a pod spec at `path`, of a pod or of a template. */
export function findPodSpecFaults(value: unknown, path: string): Fault[] {
  const spec = fieldsOf(value);
  const volumes = listOf(spec["volumes"]);
  const names = new Set(volumes.map(({ name }) => name));
  const containers = listOf(spec["containers"]);
  const initContainers = listOf(spec["initContainers"]);
  const faults = [...namedFaults(volumes, `${path}.volumes`), ...namedFaults(containers, `${path}.containers`)];
  faults.push(...namedFaults(initContainers, `${path}.initContainers`));
  for (const [i, init] of initContainers.entries()) {
    if (containers.some(({ name }) => name === init["name"])) faults.push(duplicate(`${path}.initContainers[${i}].name`, init["name"]));
    faults.push(...containerFaults(init, `${path}.initContainers[${i}]`, names));
  }
  for (const [i, container] of containers.entries()) faults.push(...containerFaults(container, `${path}.containers[${i}]`, names));
  const restart = spec["restartPolicy"];
  if (restart !== undefined && !RESTART_POLICIES.includes(restart as string)) {
    faults.push(unsupported(`${path}.restartPolicy`, restart, RESTART_POLICIES));
  }
  return faults;
}

/** What of a pod's spec may not change after creation. */
function fixedPart(object: KubeObject): unknown {
  const fixed = without(fieldsOf((object as { spec?: unknown }).spec), CHANGEABLE);
  const withoutImages = (list: unknown): unknown => listOf(list).map((container) => without(container, ["image"]));
  return { ...fixed, containers: withoutImages(fixed["containers"]), initContainers: withoutImages(fixed["initContainers"]) };
}

/** Faults of a Pod, with what an update may not change. */
export function findPodFaults({ object, before }: Checked): Fault[] {
  if (before && !jsonEqual(fixedPart(object), fixedPart(before))) {
    return [
      forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
      ),
    ];
  }
  return findPodSpecFaults((object as { spec?: unknown }).spec, "spec");
}
