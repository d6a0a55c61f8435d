/** What kubectl reads: get in all its forms, describe, events, raw paths. */
import { expect } from "vitest";
import { eachKubectl } from "../support/kubectl.ts";
import { configMap, deployment, pod, widget, widgetDefinition } from "./objects.ts";

interface Listed {
  items: { metadata: { name: string; namespace: string } }[];
}

eachKubectl("get", (test) => {
  test("prints the columns of a kind, and more with -o wide", async (kubectl) => {
    await kubectl.feed([pod("a"), deployment("d", { replicas: 2 })], "create");
    expect(await kubectl.ok("get", "pods")).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\na +0\/1 +\S+ +0 +\d+s\n/);
    expect(await kubectl.ok("get", "pods", "-o", "wide")).toMatch(/ AGE +IP +NODE +NOMINATED NODE +READINESS GATES\n/);
    expect(await kubectl.ok("get", "deployments")).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nd +0\/2 +\d+ +\d+ +\S+\n$/);
    expect(await kubectl.ok("get", "deploy", "d", "-o", "wide")).toMatch(/ CONTAINERS +IMAGES +SELECTOR\n.* main +\S+ +app=d\n/);
    expect(await kubectl.ok("get", "pods", "--show-labels")).toMatch(/LABELS\na .*app=a/);
    expect(await kubectl.ok("get", "pods", "--no-headers")).toMatch(/^a /);
    expect(await kubectl.ok("get", "pods", "-L", "app")).toMatch(/ APP\na .* a\n/);
  });

  test("prints YAML, JSON, names, JSONPath, custom columns and templates", async (kubectl) => {
    await kubectl.feed([configMap("a", { key: "one" }), configMap("b", { key: "two" })], "create");
    expect(await kubectl.ok("get", "cm", "a", "-o", "yaml")).toMatch(
      /^apiVersion: v1\ndata:\n {2}key: one\nkind: ConfigMap\nmetadata:\n {2}creationTimestamp: "/,
    );
    const list = await kubectl.json<Listed & { kind: string }>("get", "cm", "a", "b");
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
    expect(await kubectl.ok("get", "cm", "a", "b", "-o", "name")).toBe("configmap/a\nconfigmap/b\n");
    expect(await kubectl.ok("get", "cm", "a", "b", "-o", "jsonpath={.items[*].data.key}")).toBe("one two");
    expect(await kubectl.ok("get", "cm", "a", "b", "--sort-by={.data.key}", "-o", "custom-columns=N:.metadata.name,K:.data.key")).toMatch(
      /^N +K\na +one\nb +two\n$/,
    );
    expect(await kubectl.ok("get", "cm", "a", "-o", "go-template={{.data.key}}")).toBe("one");
  });

  test("shows managed fields on demand only", async (kubectl) => {
    await kubectl.feed(configMap("a"), "create");
    expect(await kubectl.ok("get", "cm", "a", "-o", "yaml")).not.toContain("managedFields");
    expect(await kubectl.ok("get", "cm", "a", "-o", "yaml", "--show-managed-fields")).toMatch(
      /manager: kubectl-create\n {4}operation: Update/,
    );
  });

  test("selects by label and by field, in one namespace and in all", async (kubectl) => {
    const labels: Record<string, string>[] = [{ tier: "web", env: "prod" }, { tier: "db", env: "prod" }, { tier: "db" }];
    await kubectl.feed(
      labels.map((one, index) => configMap(`c${index}`, {}, one)),
      "create",
    );
    const names = async (...args: string[]): Promise<string> =>
      (await kubectl.ok("get", "cm", ...args, "-o", "jsonpath={.items[*].metadata.name}")).trim();
    expect(await names("-l", "tier=db")).toBe("c1 c2");
    expect(await names("-l", "tier in (web,db),env")).toBe("c0 c1");
    expect(await names("-l", "tier,tier notin (web)")).toBe("c1 c2");
    expect(await names("-l", "tier,!env")).toBe("c2");
    expect(await names("-l", "tier==web")).toBe("c0");
    expect(await names("-l", "tier!=db,env")).toBe("c0");
    expect(await names("--field-selector", "metadata.name=c1")).toBe("c1");
    expect(await kubectl.fails("get", "cm", "-l", "a in b")).toMatch(/unable to parse requirement/);
    await kubectl.feed(pod("p"), "create");
    expect(
      await kubectl.ok("get", "pods", "-A", "--field-selector", `metadata.namespace=${kubectl.namespace},status.phase!=Failed`),
    ).toMatch(new RegExp(`^NAMESPACE +NAME .*\n${kubectl.namespace} +p `));
    expect(await kubectl.fails("get", "pods", "--field-selector", "spec.nonsense=1")).toMatch(/field label not supported: spec\.nonsense/);
  });

  test("reads in pages, and says so when nothing is there", async (kubectl) => {
    await kubectl.feed(
      Array.from({ length: 7 }, (_, index) => configMap(`c${index}`, {}, { page: "yes" })),
      "create",
    );
    expect((await kubectl.ok("get", "cm", "-l", "page", "--chunk-size", "2", "-o", "name")).trim().split("\n")).toHaveLength(7);
    expect((await kubectl.run(["get", "secrets"])).stderr).toBe(`No resources found in ${kubectl.namespace} namespace.\n`);
    expect(await kubectl.fails("get", "cm", "absent")).toBe('Error from server (NotFound): configmaps "absent" not found\n');
    expect(await kubectl.ok("get", "cm", "absent", "--ignore-not-found")).toBe("");
    expect(await kubectl.fails("get", "unicorns")).toBe('error: the server doesn\'t have a resource type "unicorns"\n');
  });

  test("watches: -w prints what changes, --watch-only nothing else", async (kubectl) => {
    await kubectl.feed(configMap("a"), "create");
    const watching = kubectl.follow("get", "cm", "-w", "-l", "!none", "--output-watch-events");
    await watching.until(/ADDED +a /);
    await kubectl.feed(configMap("b"), "create");
    await watching.until(/ADDED +b /);
    await kubectl.ok("label", "cm", "b", "x=y");
    await watching.until(/MODIFIED +b /);
    await kubectl.ok("delete", "cm", "b");
    await watching.until(/DELETED +b /);
    const one = kubectl.follow("get", "cm", "a", "--watch-only", "-o", "jsonpath={.data.key} ");
    const waiting = kubectl.follow("get", "cm", "a", "-w", "-o", "jsonpath={.data.key} ");
    await waiting.until(/^value /);
    await kubectl.ok("patch", "cm", "a", "--type", "merge", "-p", '{"data":{"key":"changed"}}');
    await waiting.until(/^value changed /);
    if (one.output() !== "") expect(one.output()).toBe("changed ");
  });

  test("prints the columns of a custom kind and finds it by its short name", async (kubectl) => {
    const group = `get-${kubectl.namespace}.example.com`;
    await kubectl.feed(widgetDefinition(group), "create");
    await kubectl.ok("wait", "--for=condition=established", `crd/widgets.${group}`, "--timeout=10s");
    await kubectl.feed(widget(group, "w"), "create");
    expect(await kubectl.ok("get", `widgets.${group}`)).toMatch(/^NAME +SIZE\nw +3\n$/);
    expect(await kubectl.ok("get", `widget.v1.${group}`, "-o", "wide")).toMatch(/^NAME +SIZE +COLOR\nw +3 +red\n$/);
    expect(await kubectl.ok("get", "crd", `widgets.${group}`)).toMatch(/^NAME +CREATED AT\n\S+ +\d{4}-\d\d-\d\dT[\d:]+Z\n$/);
    expect(await kubectl.ok("api-resources", "--api-group", group, "--no-headers")).toMatch(/^widgets +wd +\S+ +true +Widget\n$/);
    await kubectl.ok("delete", "crd", `widgets.${group}`);
    expect(await kubectl.fails("get", `widgets.${group}`)).toMatch(
      /the server doesn't have a resource type|could not find the requested resource/,
    );
  });

  test("get all lists the workloads; several kinds in one command", async (kubectl) => {
    await kubectl.feed([deployment("d"), pod("p")], "create");
    await kubectl.ok("create", "service", "clusterip", "s", "--tcp=80:8080");
    const all = await kubectl.ok("get", "all");
    for (const name of ["pod/p", "service/s", "deployment.apps/d"]) expect(all).toContain(name);
    expect(await kubectl.ok("get", "deploy/d", "svc/s", "-o", "name")).toBe("deployment.apps/d\nservice/s\n");
    expect(await kubectl.ok("get", "service", "s")).toMatch(
      /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\ns +ClusterIP +\d+\.\d+\.\d+\.\d+ +<none> +80\/TCP +\S+\n$/,
    );
  });
});

eachKubectl("describe and events", (test) => {
  test("describes objects with their events", async (kubectl) => {
    await kubectl.feed([pod("p"), configMap("c", { "a.txt": "hello" }), deployment("d")], "create");
    await kubectl.ok(
      "wait",
      "pod/p",
      "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ErrImageNeverPull",
      "--timeout=20s",
    );
    const text = await kubectl.ok("describe", "pod", "p");
    expect(text).toMatch(/^Name: +p\nNamespace: +t\d/);
    expect(text).toMatch(/Image: +registry\.example\.com\/idle:1/);
    expect(text).toMatch(/Events:\n +Type +Reason +Age +From +Message\n(.*\n)* +Warning +ErrImageNeverPull /);
    expect(await kubectl.ok("describe", "cm", "c")).toMatch(/Data\n====\na\.txt:\n----\nhello/);
    expect(await kubectl.ok("describe", "deployment", "d")).toMatch(/Replicas: +1 desired .*\n/);
    expect(await kubectl.ok("describe", "namespace", kubectl.namespace)).toMatch(/Status: +Active\n/);
    expect(await kubectl.ok("describe", "sa", "default")).toMatch(/^Name: +default\n/);
    await kubectl.feed(widgetDefinition(`describe-${kubectl.namespace}.example.com`), "create");
    expect(await kubectl.ok("describe", "crd", `widgets.describe-${kubectl.namespace}.example.com`)).toMatch(
      /Kind: +CustomResourceDefinition/,
    );
    await kubectl.ok("delete", "crd", `widgets.describe-${kubectl.namespace}.example.com`);
  });

  test("lists events, of one object too", async (kubectl) => {
    await kubectl.feed([pod("p"), pod("q")], "create");
    await kubectl.ok(
      "wait",
      "pod/p",
      "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ErrImageNeverPull",
      "--timeout=20s",
    );
    expect(await kubectl.ok("events", "--for", "pod/p")).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n(\S+ .* Pod\/p .*\n)+$/);
    expect(await kubectl.ok("events", "--types=Warning")).toMatch(/ErrImageNeverPull/);
    expect(await kubectl.ok("get", "events", "--field-selector", "involvedObject.name=p,type=Warning")).toMatch(
      /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n(?:\S+ +Warning .*\n)*\S+ +Warning +ErrImageNeverPull +pod\/p /,
    );
    expect(await kubectl.ok("get", "ev", "--sort-by=.metadata.creationTimestamp", "-o", "name")).toMatch(/^event\//);
  });

  test("get --raw reads any path", async (kubectl) => {
    expect(JSON.parse(await kubectl.ok("get", "--raw", "/version"))).toMatchObject({ major: "1", platform: expect.any(String) as string });
    const list = JSON.parse(await kubectl.ok("get", "--raw", `/api/v1/namespaces/${kubectl.namespace}/configmaps`)) as Listed & {
      kind: string;
    };
    expect(list.kind).toBe("ConfigMapList");
    expect(await kubectl.ok("get", "--raw", "/readyz")).toBe("ok");
    expect(await kubectl.ok("get", "--raw", "/livez")).toBe("ok");
    expect(JSON.parse(await kubectl.ok("get", "--raw", "/openid/v1/jwks"))).toHaveProperty("keys");
    expect(await kubectl.fails("get", "--raw", "/nowhere")).toMatch(/Error from server \((NotFound|Forbidden)\)/);
    expect(await kubectl.ok("version")).toMatch(/Server Version: v1\.\d+/);
    expect(await kubectl.ok("cluster-info")).toMatch(/is running at .*https:\/\/127\.0\.0\.1:/);
  });
});
