/** Faults of ConfigMap, Secret, Service, PersistentVolumeClaim and the RBAC kinds. */
import { jsonEqual } from "../../../lib/json.ts";
import type { Fault } from "../schema/index.ts";
import { duplicate, forbidden, invalid, invalidPrinted, required, unsupported, type Checked } from "./invalid.ts";
import { configKeyFault } from "./names.ts";
import { fieldsOf, listOf, portFault, without } from "./pods.ts";

type Fields = Record<string, unknown>;

const MAX_DATA_BYTES = 1024 * 1024;

/** ConfigMap and Secret: keys, size, and `immutable`. */
export function findDataFaults({ object, before }: Checked): Fault[] {
  const now = object as unknown as Fields;
  const old = before as unknown as Fields | undefined;
  const faults: Fault[] = [];
  let size = 0;
  for (const field of ["data", "binaryData"]) {
    for (const [key, value] of Object.entries(fieldsOf(now[field]))) {
      const fault = configKeyFault(key);
      if (fault !== undefined) faults.push(invalid(`${field}[${key}]`, key, fault));
      size += typeof value === "string" ? value.length : 0;
    }
    if (old?.["immutable"] === true && !jsonEqual(now[field], old[field])) {
      faults.push(forbidden(field, "field is immutable when `immutable` is set"));
    }
  }
  if (old?.["immutable"] === true && now["immutable"] !== true) {
    faults.push(forbidden("immutable", "field is immutable when `immutable` is set"));
  }
  if (size > MAX_DATA_BYTES * (object.kind === "Secret" ? 4 / 3 : 1)) {
    faults.push({
      field: object.kind === "Secret" ? "data" : "",
      reason: "FieldValueTooLong",
      message: `Too long: may not be more than ${MAX_DATA_BYTES} bytes`,
    });
  }
  return faults;
}

const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

export function findSecretFaults(checked: Checked): Fault[] {
  const now = checked.object as unknown as Fields;
  const old = checked.before as unknown as Fields | undefined;
  const faults = findDataFaults(checked);
  const type = (now["type"] as string | undefined) ?? "Opaque";
  if (old && (old["type"] ?? "Opaque") !== type) faults.push(invalid("type", type, "field is immutable"));
  const needed = Object.hasOwn(SECRET_KEYS, type) ? (SECRET_KEYS[type] ?? []) : [];
  const data = fieldsOf(now["data"]);
  for (const key of needed) if (!Object.hasOwn(data, key)) faults.push(required(`data[${key}]`));
  return faults;
}

const SERVICE_TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];

function servicePortFaults(ports: readonly Fields[]): Fault[] {
  const names = new Set<unknown>();
  const numbers = new Set<string>();
  return ports.flatMap(({ name, port, protocol = "TCP" }, i) => {
    const at = `spec.ports[${i}]`;
    const faults = portFault(`${at}.port`, port);
    if (ports.length > 1 && (name === undefined || name === "")) faults.push(required(`${at}.name`));
    else if (name !== undefined && names.has(name)) faults.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (!PROTOCOLS.includes(protocol as string)) faults.push(unsupported(`${at}.protocol`, protocol, PROTOCOLS));
    const id = `${String(port)}/${String(protocol)}`;
    if (numbers.has(id))
      faults.push({ field: at, reason: "FieldValueDuplicate", message: `Duplicate value: ${JSON.stringify({ port, protocol })}` });
    numbers.add(id);
    return faults;
  });
}

export function findServiceFaults({ object, before }: Checked): Fault[] {
  const spec = fieldsOf((object as { spec?: unknown }).spec);
  const faults: Fault[] = [];
  const type = (spec["type"] as string | undefined) ?? "ClusterIP";
  if (!SERVICE_TYPES.includes(type)) faults.push(unsupported("spec.type", type, SERVICE_TYPES));
  const ports = listOf(spec["ports"]);
  if (ports.length === 0 && type !== "ExternalName" && spec["clusterIP"] !== "None") faults.push(required("spec.ports"));
  if (type === "ExternalName" && (spec["externalName"] ?? "") === "") faults.push(required("spec.externalName"));
  faults.push(...servicePortFaults(ports));
  const old = fieldsOf((before as { spec?: unknown } | undefined)?.spec);
  const kept = old["clusterIP"];
  if (typeof kept === "string" && kept !== "" && type !== "ExternalName" && spec["clusterIP"] !== undefined && spec["clusterIP"] !== kept) {
    faults.push(invalidPrinted("spec.clusterIPs[0]", `[]string{${JSON.stringify(spec["clusterIP"])}}`, "may not change once set"));
  }
  return faults;
}

const ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

export function findClaimFaults({ object, before }: Checked): Fault[] {
  const spec = fieldsOf((object as { spec?: unknown }).spec);
  const faults: Fault[] = [];
  const modes = Array.isArray(spec["accessModes"]) ? spec["accessModes"] : [];
  if (modes.length === 0) faults.push(required("spec.accessModes", "at least 1 access mode is required"));
  for (const mode of modes) if (!ACCESS_MODES.includes(mode as string)) faults.push(unsupported("spec.accessModes", mode, ACCESS_MODES));
  const requests = fieldsOf(fieldsOf(spec["resources"])["requests"]);
  if (requests["storage"] === undefined) faults.push(required("spec.resources[storage]"));
  if (!before) return faults;
  const old = fieldsOf((before as { spec?: unknown }).spec);
  const changeable = [
    "resources",
    "volumeAttributesClassName",
    // The binding controller fills these in once.
    ...(old["volumeName"] === undefined ? ["volumeName"] : []),
    ...(old["storageClassName"] === undefined ? ["storageClassName"] : []),
  ];
  if (!jsonEqual(without(spec, changeable), without(old, changeable))) {
    faults.push(
      forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"),
    );
  }
  return faults;
}

export function findRoleFaults({ object }: Checked): Fault[] {
  return listOf((object as { rules?: unknown }).rules).flatMap((rule, i) => {
    const at = `rules[${i}]`;
    const size = (name: string): number => (Array.isArray(rule[name]) ? rule[name].length : 0);
    const faults: Fault[] = [];
    if (size("verbs") === 0) faults.push(required(`${at}.verbs`, "verbs must contain at least one value"));
    if (size("nonResourceURLs") > 0) {
      if (object.kind === "Role") {
        faults.push(invalid(`${at}.nonResourceURLs`, rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs"));
      }
      if (size("apiGroups") + size("resources") + size("resourceNames") > 0) {
        faults.push(
          invalid(`${at}.nonResourceURLs`, rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs"),
        );
      }
      return faults;
    }
    if (size("apiGroups") === 0) faults.push(required(`${at}.apiGroups`, "resource rules must supply at least one api group"));
    if (size("resources") === 0) faults.push(required(`${at}.resources`, "resource rules must supply at least one resource"));
    return faults;
  });
}

const SUBJECT_KINDS = ["ServiceAccount", "User", "Group"];

export function findBindingFaults({ object, before }: Checked): Fault[] {
  const { roleRef, subjects } = object as { roleRef?: unknown; subjects?: unknown };
  const reference = fieldsOf(roleRef);
  const kinds = object.kind === "RoleBinding" ? ["Role", "ClusterRole"] : ["ClusterRole"];
  const faults: Fault[] = [];
  if (!kinds.includes(reference["kind"] as string)) faults.push(unsupported("roleRef.kind", reference["kind"] ?? "", kinds));
  if ((reference["name"] ?? "") === "") faults.push(required("roleRef.name"));
  for (const [i, subject] of listOf(subjects).entries()) {
    if (subject["kind"] !== undefined && !SUBJECT_KINDS.includes(subject["kind"] as string)) {
      faults.push(unsupported(`subjects[${i}].kind`, subject["kind"], SUBJECT_KINDS));
    }
    if (subject["kind"] === "ServiceAccount" && object.kind === "ClusterRoleBinding" && (subject["namespace"] ?? "") === "") {
      faults.push(required(`subjects[${i}].namespace`));
    }
  }
  const old = (before as { roleRef?: unknown } | undefined)?.roleRef;
  if (old !== undefined && !jsonEqual(old, roleRef)) {
    const text = (name: string): string => JSON.stringify(reference[name] ?? "");
    const printed = `rbac.RoleRef{APIGroup:${text("apiGroup")}, Kind:${text("kind")}, Name:${text("name")}}`;
    faults.push(invalidPrinted("roleRef", printed, "cannot change roleRef"));
  }
  return faults;
}
