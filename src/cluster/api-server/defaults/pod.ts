/** Defaults of pods and pod templates. Follows kubernetes pkg/apis/core/v1/defaults.go. */
import { fill, findObject, objectIn, objectsIn, type Fields } from "./field.ts";

/** 0644 */
const FILE_MODE = 420;
const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"] as const;

/** `latest`, said or meant, is looked up each time. */
function pullPolicy(image: unknown): string {
  const reference = typeof image === "string" ? image : "";
  if (reference.includes("@")) return "IfNotPresent";
  const last = reference.slice(reference.lastIndexOf("/") + 1);
  const tag = last.includes(":") ? last.slice(last.indexOf(":") + 1) : "latest";
  return tag === "latest" ? "Always" : "IfNotPresent";
}

function fillContainer(container: Fields): void {
  fill(container, {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicy(container["image"]),
  });
  for (const port of objectsIn(container, "ports")) fill(port, { protocol: "TCP" });
  for (const variable of objectsIn(container, "env")) {
    const reference = findObject(findObject(variable, "valueFrom"), "fieldRef");
    if (reference) fill(reference, { apiVersion: "v1" });
  }
  for (const name of PROBES) {
    const probe = findObject(container, name);
    if (!probe) continue;
    fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    const get = findObject(probe, "httpGet");
    if (get) fill(get, { path: "/", scheme: "HTTP" });
  }
}

function fillVolume(volume: Fields): void {
  const sources = Object.keys(volume).filter((field) => field !== "name");
  if (sources.length === 0) volume["emptyDir"] = {};
  for (const source of ["secret", "configMap", "downwardAPI", "projected"]) {
    const found = findObject(volume, source);
    if (found) fill(found, { defaultMode: FILE_MODE });
  }
  const hostPath = findObject(volume, "hostPath");
  if (hostPath) fill(hostPath, { type: "" });
  for (const source of objectsIn(findObject(volume, "projected"), "sources")) {
    const token = findObject(source, "serviceAccountToken");
    if (token) fill(token, { expirationSeconds: 3600 });
  }
}

/** Defaults of a pod template's spec. */
export function fillPodSpec(spec: Fields): void {
  fill(spec, {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  });
  for (const list of CONTAINER_LISTS) for (const container of objectsIn(spec, list)) fillContainer(container);
  for (const volume of objectsIn(spec, "volumes")) fillVolume(volume);
  // The older spelling of the field is kept equal (conversion of k8s.io/api/core/v1).
  if (typeof spec["serviceAccountName"] === "string") spec["serviceAccount"] = spec["serviceAccountName"];
}

/** Defaults of a pod; a limit is also the request where none is given. */
export function fillPod(pod: Fields): void {
  const spec = objectIn(pod, "spec");
  if (!spec) return;
  fillPodSpec(spec);
  fill(spec, { enableServiceLinks: true });
  for (const list of CONTAINER_LISTS) {
    for (const container of objectsIn(spec, list)) {
      const resources = findObject(container, "resources");
      const limits = findObject(resources, "limits");
      if (!resources || !limits || Object.keys(limits).length === 0) continue;
      const requests = objectIn(resources, "requests");
      if (requests) fill(requests, limits);
    }
  }
}
