/** The environment variables of a container: what the pod says, what Kubernetes adds, and the few that pass through from the machine. */
import type { ConfigMap, Container, EnvVar, Pod, Secret } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { expandReferences } from "./expansion.ts";

/** Reads the objects that env entries refer to; undefined when absent. */
export interface ObjectLookup {
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
}

/** What pods may inherit: language, proxies, certificates and the package index. Everything else of Skiff's own environment stays out. */
const PASSED_THROUGH = new Set([
  "LANG",
  "LC_ALL",
  "TZ",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  // What leads to the package index; where pip keeps and puts its files is the pod's own affair.
  ...[
    "CERT",
    "CLIENT_CERT",
    "CONFIG_FILE",
    "CONSTRAINT",
    "DEFAULT_TIMEOUT",
    "DISABLE_PIP_VERSION_CHECK",
    "EXTRA_INDEX_URL",
    "FIND_LINKS",
    "INDEX_URL",
    "NO_INDEX",
    "ONLY_BINARY",
    "PREFER_BINARY",
    "PROXY",
    "RETRIES",
    "TIMEOUT",
    "TRUSTED_HOST",
  ].map((name) => `PIP_${name}`),
  ...["http_proxy", "https_proxy", "no_proxy", "all_proxy"].flatMap((name) => [name, name.toUpperCase()]),
]);

/** The part of `machine` (normally process.env) that every pod gets. */
export function passThroughEnvironment(machine: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(machine)) {
    if (value !== undefined && PASSED_THROUGH.has(name)) out[name] = value;
  }
  return out;
}

function subscript(path: string, field: string): string | undefined {
  const prefix = `metadata.${field}['`;
  return path.startsWith(prefix) && path.endsWith("']") ? path.slice(prefix.length, -2) : undefined;
}

/** The value of a downward API field. Throws Invalid for a path Kubernetes does not know. */
export function fieldValueOf(pod: Pod, path: string, node: { name: string; ip: string }): string {
  const label = subscript(path, "labels");
  if (label !== undefined) return pod.metadata.labels?.[label] ?? "";
  const annotation = subscript(path, "annotations");
  if (annotation !== undefined) return pod.metadata.annotations?.[annotation] ?? "";
  const lines = (map: Record<string, string> | undefined): string =>
    Object.entries(map ?? {})
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .sort()
      .join("\n");
  const values: Record<string, string> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace ?? "",
    "metadata.uid": pod.metadata.uid ?? "",
    "metadata.labels": lines(pod.metadata.labels),
    "metadata.annotations": lines(pod.metadata.annotations),
    "spec.nodeName": node.name,
    "spec.serviceAccountName": pod.spec.serviceAccountName ?? "default",
    "status.hostIP": node.ip,
    "status.podIP": node.ip,
    "status.podIPs": node.ip,
  };
  const value = Object.hasOwn(values, path) ? values[path] : undefined;
  if (value === undefined) throw new SkiffError("Invalid", `unsupported fieldPath: ${path}`);
  return value;
}

async function referencedValue(
  pod: Pod,
  { valueFrom }: EnvVar,
  lookup: ObjectLookup,
  node: { name: string; ip: string },
): Promise<string | undefined> {
  const namespace = pod.metadata.namespace ?? "";
  if (valueFrom?.fieldRef) return fieldValueOf(pod, valueFrom.fieldRef.fieldPath, node);
  if (valueFrom?.configMapKeyRef) {
    const { name, key, optional } = valueFrom.configMapKeyRef;
    const value = (await lookup.configMap(name))?.data;
    if (value && Object.hasOwn(value, key)) return value[key];
    if (optional) return undefined;
    // The two texts of kubelet's makeEnvironmentVariables.
    throw new SkiffError(
      "NotFound",
      value ? `couldn't find key ${key} in ConfigMap ${namespace}/${name}` : `configmap "${name}" not found`,
    );
  }
  if (valueFrom?.secretKeyRef) {
    const { name, key, optional } = valueFrom.secretKeyRef;
    const secret = await lookup.secret(name);
    const value = secret?.data;
    if (value && Object.hasOwn(value, key)) return Buffer.from(value[key] ?? "", "base64").toString("utf8");
    if (optional) return undefined;
    throw new SkiffError("NotFound", secret ? `couldn't find key ${key} in Secret ${namespace}/${name}` : `secret "${name}" not found`);
  }
  throw new SkiffError("Invalid", "this source of an environment variable is not supported");
}

/**
 * Resolves a container's environment on top of `base`, in order, with references to earlier variables expanded.
 * Throws NotFound with kubelet's text when a ConfigMap, Secret or key is missing.
 */
export async function resolveEnvironment(
  pod: Pod,
  container: Container,
  base: Readonly<Record<string, string>>,
  lookup: ObjectLookup,
  node: { name: string; ip: string },
): Promise<Record<string, string>> {
  const env: Record<string, string> = { ...base };
  for (const entry of container.env ?? []) {
    const value = entry.valueFrom ? await referencedValue(pod, entry, lookup, node) : expandReferences(entry.value ?? "", env);
    if (value !== undefined) env[entry.name] = value;
  }
  return env;
}
