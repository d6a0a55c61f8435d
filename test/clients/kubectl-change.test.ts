/** What kubectl changes: create, edit, patch, replace, label, annotate, set, delete. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { eachKubectl } from "../support/kubectl.ts";
import { configMap, deployment, IMAGE, pod, revisionOf, widget, widgetDefinition } from "./objects.ts";

const folder = mkdtempSync(join(tmpdir(), "skiff-editor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An editor that runs sed on the file it is given. */
function scriptedEditor(name: string, expression: string): Record<string, string> {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nexec sed -i -e '${expression}' "$1"\n`);
  chmodSync(path, 0o755);
  return { KUBE_EDITOR: path };
}

/** `kubectl create …` and what it reports. Newer kubectl sends these as protobuf. */
const GENERATORS: readonly (readonly [command: string, created: string])[] = [
  ["configmap c --from-literal=a=1 --from-literal=b=two", "configmap/c"],
  ["secret generic s --from-literal=password=hunter2", "secret/s"],
  ["secret docker-registry r --docker-server=x.example.com --docker-username=u --docker-password=p", "secret/r"],
  ["serviceaccount sa", "serviceaccount/sa"],
  [`deployment d --image=${IMAGE} --replicas=2 --port=8080`, "deployment.apps/d"],
  [`job j --image=${IMAGE} -- echo hello`, "job.batch/j"],
  [`cronjob cj --image=${IMAGE} --schedule=0_0_1_1_* -- date`, "cronjob.batch/cj"],
  ["role r --verb=get,list --resource=pods,deployments.apps", "role.rbac.authorization.k8s.io/r"],
  ["rolebinding rb --role=r --serviceaccount=default:sa --user=jane", "rolebinding.rbac.authorization.k8s.io/rb"],
  ["service clusterip svc --tcp=80:8080", "service/svc"],
  ["service nodeport np --tcp=80:8080", "service/np"],
  ["service externalname en --external-name=example.com", "service/en"],
  ["quota q --hard=pods=3,requests.cpu=2", "resourcequota/q"],
  ["poddisruptionbudget pdb --selector=app=d --min-available=1", "poddisruptionbudget.policy/pdb"],
  ["ingress i --rule=example.com/path=svc:80", "ingress.networking.k8s.io/i"],
];

eachKubectl("create", (test) => {
  test("makes every kind that kubectl has a generator for", async (kubectl) => {
    for (const [command, created] of GENERATORS) {
      const args = command.split(" ").map((word) => word.replaceAll("_", " "));
      expect(await kubectl.ok("create", ...args), command).toBe(`${created} created\n`);
    }
    expect(await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.data}")).toBe('{"a":"1","b":"two"}');
    expect(await kubectl.ok("get", "secret", "s", "-o", "jsonpath={.type} {.data.password}")).toBe("Opaque aHVudGVyMg==");
    expect(
      await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.spec.replicas} {.spec.template.spec.containers[0].ports[0].containerPort}"),
    ).toBe("2 8080");
    expect(
      await kubectl.ok("get", "cronjob", "cj", "-o", "jsonpath={.spec.schedule} {.spec.jobTemplate.spec.template.spec.restartPolicy}"),
    ).toBe("0 0 1 1 * OnFailure");
    expect(await kubectl.ok("get", "role", "r", "-o", "jsonpath={.rules[*].resources}")).toBe('["pods"] ["deployments"]');
    expect(await kubectl.ok("get", "rolebinding", "rb", "-o", "jsonpath={.subjects[*].name}")).toBe("jane sa");
    expect(await kubectl.ok("get", "svc", "svc", "-o", "jsonpath={.spec.ports[0].port} {.spec.ports[0].targetPort}")).toBe("80 8080");
    expect(await kubectl.ok("get", "quota", "q", "-o", "jsonpath={.spec.hard.pods}")).toBe("3");
    expect(await kubectl.ok("get", "pdb", "pdb", "-o", "jsonpath={.spec.minAvailable}")).toBe("1");
    expect(await kubectl.ok("get", "ingress", "i", "-o", "jsonpath={.spec.rules[0].http.paths[0].backend.service.port.number}")).toBe("80");
    expect(await kubectl.fails("create", "configmap", "c")).toContain('configmaps "c" already exists');
  });

  test("makes objects of the whole cluster", async (kubectl) => {
    const name = kubectl.namespace;
    await kubectl.ok("create", "clusterrole", name, "--verb=get", "--resource=nodes", "--non-resource-url=/healthz");
    await kubectl.ok("create", "clusterrolebinding", name, `--clusterrole=${name}`, "--group=people");
    await kubectl.ok("create", "priorityclass", name, "--value=7", "--description=mine");
    expect(await kubectl.ok("get", "clusterrole", name, "-o", "jsonpath={.rules[*].verbs}")).toMatch(/get/);
    await kubectl.ok("delete", "clusterrole,clusterrolebinding,priorityclass", name);
  });

  test("from files, with generated names, as dry run, and by run and expose", async (kubectl) => {
    const generated = { ...configMap("x"), metadata: { generateName: "made-" } };
    expect(await kubectl.feed(generated, "create")).toMatch(/^configmap\/made-[a-z0-9]{5} created\n$/);
    expect(await kubectl.feed(configMap("a"), "create", "--dry-run=server", "-o", "jsonpath={.metadata.uid}")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await kubectl.ok("create", "cm", "b", "--dry-run=client", "-o", "yaml")).toMatch(/^apiVersion: v1\nkind: ConfigMap\n/);
    expect(await kubectl.ok("get", "cm", "-o", "name")).not.toMatch(/configmap\/[ab]\n/);
    expect(await kubectl.ok("run", "p", `--image=${IMAGE}`, "--restart=Never", "--env=A=b")).toBe("pod/p created\n");
    await kubectl.feed(deployment("d"), "create");
    expect(await kubectl.ok("expose", "deployment", "d", "--port=80", "--target-port=8080")).toBe("service/d exposed\n");
    expect(await kubectl.ok("get", "svc", "d", "-o", "jsonpath={.spec.selector.app}")).toBe("d");
    expect(await kubectl.ok("autoscale", "deployment", "d", "--min=1", "--max=3", "--cpu-percent=80")).toMatch(/autoscaled\n$/);
    const bad = await kubectl.run(["create", "-f", "-"], { stdin: { ...configMap("a"), metadata: { name: "Not_Valid" } } });
    expect(bad.stderr).toMatch(
      /The ConfigMap "Not_Valid" is invalid: metadata\.name: Invalid value: "Not_Valid": a lowercase RFC 1123 subdomain/,
    );
  });
});

eachKubectl("edit, patch and replace", (test) => {
  test("edit runs an editor over built-in and custom kinds and their status", async (kubectl) => {
    await kubectl.feed(deployment("d", { replicas: 2 }), "create");
    const edited = await kubectl.run(["edit", "deployment", "d"], { env: scriptedEditor("replicas", "s/replicas: 2/replicas: 5/") });
    expect(edited.stdout + edited.stderr).toBe("deployment.apps/d edited\n");
    expect(await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.spec.replicas}")).toBe("5");
    const nothing = await kubectl.run(["edit", "deployment", "d"], { env: scriptedEditor("nothing", "s/none/none/") });
    expect(nothing.stderr + nothing.stdout).toContain("Edit cancelled, no changes made.");
    const group = `edit-${kubectl.namespace}.example.com`;
    await kubectl.feed(widgetDefinition(group), "create");
    await kubectl.ok("wait", "--for=condition=established", `crd/widgets.${group}`, "--timeout=10s");
    await kubectl.feed(widget(group, "w"), "create");
    await kubectl.run(["edit", `widgets.${group}`, "w"], { env: scriptedEditor("size", "s/size: 3/size: 4/") });
    expect(await kubectl.ok("get", `widgets.${group}`, "w", "-o", "jsonpath={.spec.size}")).toBe("4");
    await kubectl.ok(
      "patch",
      `widgets.${group}`,
      "w",
      "--subresource=status",
      "--type=merge",
      "-p",
      '{"status":{"size":1},"spec":{"size":9}}',
    );
    expect(await kubectl.ok("get", `widgets.${group}`, "w", "-o", "jsonpath={.spec.size}{.status.size}")).toBe("41");
    await kubectl.ok("delete", "crd", `widgets.${group}`);
  });

  test("patch: strategic, merge and JSON", async (kubectl) => {
    await kubectl.feed([deployment("d"), configMap("c", { a: "1", b: "2" })], "create");
    const container = { name: "side", image: IMAGE };
    await kubectl.ok("patch", "deploy", "d", "-p", JSON.stringify({ spec: { template: { spec: { containers: [container] } } } }));
    expect(await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.spec.template.spec.containers[*].name}")).toBe("side main");
    const remove = { spec: { template: { spec: { containers: [{ name: "side", $patch: "delete" }] } } } };
    await kubectl.ok("patch", "deploy", "d", "--type=strategic", "-p", JSON.stringify(remove));
    expect(await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.spec.template.spec.containers[*].name}")).toBe("main");
    await kubectl.ok("patch", "cm", "c", "--type=merge", "-p", '{"data":{"a":null,"c":"3"}}');
    expect(await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.data}")).toBe('{"b":"2","c":"3"}');
    const operations = [
      { op: "test", path: "/data/b", value: "2" },
      { op: "replace", path: "/data/b", value: "two" },
      { op: "move", from: "/data/c", path: "/data/d" },
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "add", path: "/metadata/annotations/example.com~1e", value: "5" },
    ];
    await kubectl.ok("patch", "cm", "c", "--type=json", "-p", JSON.stringify(operations));
    expect(await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.data}")).toBe('{"b":"two","d":"3"}');
    expect(await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.metadata.annotations}")).toBe('{"example.com/e":"5"}');
    expect(await kubectl.fails("patch", "cm", "c", "--type=json", "-p", '[{"op":"test","path":"/data/b","value":"no"}]')).toMatch(
      /the server rejected our request due to an error in our request|testing value \/data\/b failed/,
    );
    expect(await kubectl.ok("patch", "cm", "c", "--type=merge", "-p", '{"data":{"d":"3"}}')).toContain("patched (no change)");
  });

  test("patch of a custom kind refuses the strategic type as the real server does", async (kubectl) => {
    const group = `patch-${kubectl.namespace}.example.com`;
    await kubectl.feed(widgetDefinition(group), "create");
    await kubectl.ok("wait", "--for=condition=established", `crd/widgets.${group}`, "--timeout=10s");
    await kubectl.feed(widget(group, "w"), "create");
    expect(await kubectl.fails("patch", `widgets.${group}`, "w", "--type=strategic", "-p", '{"spec":{"size":4}}')).toMatch(
      /accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml/,
    );
    await kubectl.ok("delete", "crd", `widgets.${group}`);
  });

  test("replace exchanges the whole object and notices a stale one", async (kubectl) => {
    await kubectl.feed(configMap("c", { a: "1", b: "2" }), "create");
    const stale = await kubectl.json<{ metadata: { uid: string } }>("get", "cm", "c");
    expect(await kubectl.feed(configMap("c", { a: "new" }), "replace")).toBe("configmap/c replaced\n");
    expect(await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.data}")).toBe('{"a":"new"}');
    const conflict = await kubectl.run(["replace", "-f", "-"], { stdin: stale });
    expect(conflict.stderr).toMatch(
      /Error from server \(Conflict\).*the object has been modified; please apply your changes to the latest version and try again/,
    );
    expect(await kubectl.feed(configMap("c", { a: "forced" }), "replace", "--force")).toMatch(
      /configmap "c" deleted.*\nconfigmap\/c replaced\n/,
    );
    expect(await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.metadata.uid}")).not.toBe(stale.metadata.uid);
    const absent = await kubectl.run(["replace", "-f", "-"], { stdin: configMap("absent") });
    expect(absent.stderr).toContain('configmaps "absent" not found');
  });

  test("label, annotate and set", async (kubectl) => {
    await kubectl.feed([deployment("d"), configMap("c")], "create");
    expect(await kubectl.ok("label", "cm", "c", "tier=web", "env=prod")).toBe("configmap/c labeled\n");
    expect(await kubectl.fails("label", "cm", "c", "tier=db")).toContain("already has a value (web), and --overwrite is false");
    await kubectl.ok("label", "cm", "c", "tier=db", "--overwrite");
    await kubectl.ok("label", "cm", "c", "env-");
    expect(await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.metadata.labels}")).toBe('{"tier":"db"}');
    await kubectl.ok("annotate", "cm", "c", "note=a b c");
    await kubectl.ok("annotate", "cm", "--all", "every=one");
    expect(await kubectl.ok("get", "cm", "c", "-o", "jsonpath={.metadata.annotations}")).toBe('{"every":"one","note":"a b c"}');
    expect(await kubectl.fails("label", "cm", "c", "bad key=1")).toMatch(/invalid label|name part must consist of/);
    await kubectl.ok("set", "image", "deployment/d", "main=registry.example.com/idle:9");
    await kubectl.ok("set", "env", "deployment/d", "A=1", "B-");
    await kubectl.ok("set", "resources", "deployment/d", "--limits=cpu=200m,memory=64Mi");
    await kubectl.ok("set", "serviceaccount", "deployment", "d", "default");
    const spec = "{.spec.template.spec.containers[0]";
    expect(
      await kubectl.ok("get", "deploy", "d", "-o", `jsonpath=${spec}.image} ${spec}.env[0].value} ${spec}.resources.limits.cpu}`),
    ).toBe("registry.example.com/idle:9 1 200m");
  });
});

eachKubectl("delete", (test) => {
  test("waits until the object is gone; by name, by label, all", async (kubectl) => {
    await kubectl.feed([configMap("a", {}, { x: "1" }), configMap("b", {}, { x: "1" }), configMap("c"), pod("p")], "create");
    // From 1.34 on kubectl adds the namespace to this line.
    expect(await kubectl.ok("delete", "cm", "c")).toMatch(/^configmap "c" deleted/);
    expect(await kubectl.fails("delete", "cm", "c")).toContain('configmaps "c" not found');
    expect(await kubectl.ok("delete", "cm", "c", "--ignore-not-found")).toBe("");
    await kubectl.ok("delete", "cm", "-l", "x=1");
    expect(await kubectl.ok("get", "cm", "-l", "x", "-o", "name")).toBe("");
    await kubectl.ok("delete", "pod", "p", "--wait", "--timeout=20s");
    expect(await kubectl.fails("get", "pod", "p")).toContain("NotFound");
    await kubectl.feed(pod("q"), "create");
    await kubectl.ok("delete", "pod", "q", "--grace-period=0", "--force");
    await kubectl.feed(configMap("d"), "create");
    await kubectl.ok("delete", "cm", "--all");
    expect(await kubectl.ok("get", "cm", "-o", "name")).not.toContain("configmap/d");
  });

  test("a finalizer holds an object until it is taken away", async (kubectl) => {
    await kubectl.feed({ ...configMap("held"), metadata: { name: "held", finalizers: ["example.com/mine"] } }, "create");
    const deleting = kubectl.follow("delete", "cm", "held");
    await deleting.until(/deleted/);
    expect(await kubectl.ok("get", "cm", "held", "-o", "jsonpath={.metadata.deletionTimestamp}")).toMatch(/^\d{4}-/);
    expect(await kubectl.fails("delete", "cm", "held", "--timeout=1s")).toMatch(/timed out waiting for the condition/);
    await kubectl.ok("patch", "cm", "held", "--type=json", "-p", '[{"op":"remove","path":"/metadata/finalizers"}]');
    expect(await deleting.exited).toBe(0);
    expect(await kubectl.fails("get", "cm", "held")).toContain("NotFound");
  });

  test("cascade: background and foreground take the dependents along, orphan leaves them", async (kubectl) => {
    for (const policy of ["background", "foreground", "orphan"]) {
      await kubectl.feed(deployment(policy), "create");
      const uid = await kubectl.ok("get", "deploy", policy, "-o", "jsonpath={.metadata.uid}");
      await kubectl.feed(revisionOf({ name: policy, uid }, 1, IMAGE), "create");
      await kubectl.ok("delete", "deployment", policy, `--cascade=${policy}`, "--timeout=20s");
      const replicaSet = `rs/${policy}-1`;
      if (policy === "orphan") {
        expect(await kubectl.ok("get", replicaSet, "-o", "jsonpath={.metadata.ownerReferences}")).toBe("");
      } else if (policy === "foreground") {
        expect(await kubectl.fails("get", replicaSet)).toContain("NotFound");
      } else {
        await kubectl.ok("wait", "--for=delete", replicaSet, "--timeout=20s");
      }
    }
  });

  test("a namespace goes with everything in it", async (kubectl) => {
    const other = await kubectl.newNamespace();
    await kubectl.run(["-n", other, "create", "-f", "-"], { stdin: [configMap("a"), pod("p"), deployment("d")] });
    expect(await kubectl.ok("delete", "namespace", other, "--timeout=30s")).toMatch(/deleted/);
    expect(await kubectl.fails("get", "namespace", other)).toContain("NotFound");
    expect(await kubectl.ok("get", "cm,pods,deployments", "-n", other, "-o", "name")).toBe("");
  });
});
