/** What the server says about itself: kinds, versions, schemas. */
import { expect } from "vitest";
import { eachKubectl } from "../support/kubectl.ts";
import { widgetDefinition } from "./objects.ts";

/** `kubectl api-resources` of a cluster: name, short names, version, namespaced, kind. */
const KINDS: readonly string[] = [
  "bindings v1 true Binding",
  "configmaps cm v1 true ConfigMap",
  "endpoints ep v1 true Endpoints",
  "events ev v1 true Event",
  "limitranges limits v1 true LimitRange",
  "namespaces ns v1 false Namespace",
  "nodes no v1 false Node",
  "persistentvolumeclaims pvc v1 true PersistentVolumeClaim",
  "persistentvolumes pv v1 false PersistentVolume",
  "pods po v1 true Pod",
  "resourcequotas quota v1 true ResourceQuota",
  "secrets v1 true Secret",
  "serviceaccounts sa v1 true ServiceAccount",
  "services svc v1 true Service",
  "mutatingwebhookconfigurations admissionregistration.k8s.io/v1 false MutatingWebhookConfiguration",
  "validatingwebhookconfigurations admissionregistration.k8s.io/v1 false ValidatingWebhookConfiguration",
  "customresourcedefinitions crd,crds apiextensions.k8s.io/v1 false CustomResourceDefinition",
  "daemonsets ds apps/v1 true DaemonSet",
  "deployments deploy apps/v1 true Deployment",
  "replicasets rs apps/v1 true ReplicaSet",
  "statefulsets sts apps/v1 true StatefulSet",
  "selfsubjectreviews authentication.k8s.io/v1 false SelfSubjectReview",
  "tokenreviews authentication.k8s.io/v1 false TokenReview",
  "localsubjectaccessreviews authorization.k8s.io/v1 true LocalSubjectAccessReview",
  "selfsubjectaccessreviews authorization.k8s.io/v1 false SelfSubjectAccessReview",
  "selfsubjectrulesreviews authorization.k8s.io/v1 false SelfSubjectRulesReview",
  "subjectaccessreviews authorization.k8s.io/v1 false SubjectAccessReview",
  "horizontalpodautoscalers hpa autoscaling/v2 true HorizontalPodAutoscaler",
  "cronjobs cj batch/v1 true CronJob",
  "jobs batch/v1 true Job",
  "leases coordination.k8s.io/v1 true Lease",
  "endpointslices discovery.k8s.io/v1 true EndpointSlice",
  "ingresses ing networking.k8s.io/v1 true Ingress",
  "networkpolicies netpol networking.k8s.io/v1 true NetworkPolicy",
  "poddisruptionbudgets pdb policy/v1 true PodDisruptionBudget",
  "clusterrolebindings rbac.authorization.k8s.io/v1 false ClusterRoleBinding",
  "clusterroles rbac.authorization.k8s.io/v1 false ClusterRole",
  "rolebindings rbac.authorization.k8s.io/v1 true RoleBinding",
  "roles rbac.authorization.k8s.io/v1 true Role",
  "priorityclasses pc scheduling.k8s.io/v1 false PriorityClass",
  "storageclasses sc storage.k8s.io/v1 false StorageClass",
];

eachKubectl("discovery", (test) => {
  test("api-resources and api-versions are those of a cluster", async (kubectl) => {
    const lines = (await kubectl.ok("api-resources", "--no-headers")).split("\n").map((line) => line.trim().replace(/ +/g, " "));
    const missing = KINDS.filter((kind) => !lines.includes(kind));
    expect(missing).toEqual([]);
    expect(await kubectl.ok("api-resources", "--namespaced=false", "--verbs=list", "-o", "name")).toMatch(/^namespaces$/m);
    const versions = (await kubectl.ok("api-versions")).trim().split("\n");
    expect(versions).toEqual(expect.arrayContaining(["apps/v1", "batch/v1", "rbac.authorization.k8s.io/v1", "v1"]));
  });

  test("explain shows fields to every depth", async (kubectl) => {
    const pods = await kubectl.ok("explain", "pods");
    expect(pods).toMatch(/^KIND: +Pod\nVERSION: +v1\n/);
    expect(pods).toMatch(/ {2}spec\t<PodSpec>/);
    expect(await kubectl.ok("explain", "pod.spec.containers")).toMatch(/FIELD: containers <\[\]Container>/);
    const probe = await kubectl.ok("explain", "deployment.spec.template.spec.containers.livenessProbe.httpGet");
    expect(probe).toMatch(/FIELD: httpGet <HTTPGetAction>/);
    expect(probe).toMatch(/ {2}port\t<IntOrString> -required-/);
    expect(await kubectl.ok("explain", "cronjob.spec.jobTemplate.spec.template.spec", "--recursive")).toMatch(
      / {2}containers\t<\[\]Container>/,
    );
    expect(await kubectl.ok("explain", "cm.data")).toMatch(/FIELD: data <map\[string\]string>/);
    expect(await kubectl.fails("explain", "pod.spec.nothing")).toBe('error: field "nothing" does not exist\n');
    const group = `explain-${kubectl.namespace}.example.com`;
    await kubectl.feed(widgetDefinition(group), "create");
    await kubectl.ok("wait", "--for=condition=established", `crd/widgets.${group}`, "--timeout=10s");
    const size = await kubectl.ok("explain", "widget.spec.size", `--api-version=${group}/v1`);
    expect(size).toMatch(/FIELD: size <integer>/);
    expect(size).toContain("How large it is.");
    await kubectl.ok("delete", "crd", `widgets.${group}`);
  });

  test("top says that there are no metrics", async (kubectl) => {
    expect(await kubectl.fails("top", "pods")).toBe("error: Metrics API not available\n");
    expect(await kubectl.fails("top", "nodes")).toBe("error: Metrics API not available\n");
  });
});
