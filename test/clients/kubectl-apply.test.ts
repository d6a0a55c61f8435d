/** apply on the client and on the server, prune, diff, and the way from one to the other. */
import { expect } from "vitest";
import { eachKubectl } from "../support/kubectl.ts";
import { configMap, deployment, widget, widgetDefinition } from "./objects.ts";

interface Applied {
  metadata: {
    resourceVersion: string;
    generation?: number;
    annotations?: Record<string, string>;
    managedFields?: { manager: string; operation: string }[];
  };
  data?: Record<string, string>;
  spec: {
    replicas: number;
    template: { spec: { containers: { name: string; image: string; env?: { name: string; value: string }[] }[] } };
  };
}

eachKubectl("apply", (test) => {
  test("creates, leaves alone, changes and removes what is no longer written", async (kubectl) => {
    expect(await kubectl.feed(configMap("a", { one: "1", two: "2" }), "apply")).toBe("configmap/a created\n");
    expect(await kubectl.feed(configMap("a", { one: "1", two: "2" }), "apply")).toBe("configmap/a unchanged\n");
    await kubectl.ok("patch", "cm", "a", "--type=merge", "-p", '{"data":{"three":"3"}}');
    expect(await kubectl.feed(configMap("a", { one: "changed" }), "apply")).toBe("configmap/a configured\n");
    const { data, metadata } = await kubectl.json<Applied>("get", "cm", "a");
    expect(data).toEqual({ one: "changed", three: "3" });
    expect(metadata.annotations?.["kubectl.kubernetes.io/last-applied-configuration"]).toContain('"one":"changed"');
    expect(await kubectl.ok("apply", "view-last-applied", "cm/a")).toContain("one: changed");
  });

  test("merges the lists of built-in kinds by their keys", async (kubectl) => {
    await kubectl.feed(deployment("d"), "apply");
    await kubectl.ok("set", "env", "deployment/d", "FROM=elsewhere");
    await kubectl.ok("scale", "deployment/d", "--replicas=4");
    const { spec, ...rest } = deployment("d", { image: "registry.example.com/idle:2" });
    const { replicas: _, ...withoutReplicas } = spec;
    await kubectl.feed({ ...rest, spec: withoutReplicas }, "apply");
    const after = await kubectl.json<Applied>("get", "deployment", "d");
    expect(after.spec.template.spec.containers).toHaveLength(1);
    expect(after.spec.template.spec.containers[0]).toMatchObject({
      image: "registry.example.com/idle:2",
      env: [{ name: "FROM", value: "elsewhere" }],
    });
    // What apply once wrote and writes no longer goes back to its default.
    expect(after.spec.replicas).toBe(1);
  });

  test("applies custom kinds, several documents of YAML", async (kubectl) => {
    const group = `apply-${kubectl.namespace}.example.com`;
    await kubectl.feed(widgetDefinition(group), "apply");
    await kubectl.ok("wait", "--for=condition=established", `crd/widgets.${group}`, "--timeout=10s");
    const both = `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: w}\nspec:\n  size: 3\n---\n# A comment.\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n`;
    expect(await kubectl.feed(both, "apply")).toMatch(/^widget\S* created\nconfigmap\/c created\n$/);
    expect(await kubectl.feed(widget(group, "w", { size: 5, color: "blue" }), "apply")).toMatch(/configured\n$/);
    expect(await kubectl.feed(widget(group, "w", { size: 5, color: "blue" }), "apply")).toMatch(/unchanged\n$/);
    const { stderr } = await kubectl.run(["apply", "-f", "-"], { stdin: widget(group, "w", { size: 99 }) });
    expect(stderr).toMatch(/is invalid: spec\.size: Invalid value: 99: spec\.size in body should be less than or equal to 9/);
    await kubectl.ok("delete", "crd", `widgets.${group}`);
  });

  test("validates on the server: unknown fields, wrong types, warnings", async (kubectl) => {
    const wrong = { ...deployment("d"), spec: { ...deployment("d").spec, replicaz: 3 } };
    const strict = await kubectl.run(["apply", "-f", "-"], { stdin: wrong });
    expect(strict.code).toBe(1);
    expect(strict.stderr).toContain('strict decoding error: unknown field "spec.replicaz"');
    const warned = await kubectl.run(["apply", "--validate=warn", "-f", "-"], { stdin: wrong });
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain('Warning: unknown field "spec.replicaz"');
    expect((await kubectl.run(["apply", "--validate=false", "-f", "-"], { stdin: wrong })).code).toBe(0);
    const typed = { ...configMap("t"), data: { key: 7 } };
    const refused = await kubectl.run(["apply", "-f", "-"], { stdin: typed });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/cannot unmarshal number into Go struct field ConfigMap\.data of type string/);
  });

  test("--dry-run=server stores nothing; diff shows what would change", async (kubectl) => {
    expect(await kubectl.feed(configMap("a"), "apply", "--dry-run=server")).toBe("configmap/a created (server dry run)\n");
    expect(await kubectl.fails("get", "cm", "a")).toContain("NotFound");
    await kubectl.feed(configMap("a", { key: "old" }), "apply");
    const changed = await kubectl.run(["diff", "-f", "-"], { stdin: configMap("a", { key: "new" }) });
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/-\s+key: old\n\+\s+key: new\n/);
    expect((await kubectl.run(["diff", "-f", "-"], { stdin: configMap("a", { key: "old" }) })).code).toBe(0);
    const onServer = await kubectl.run(["diff", "--server-side", "--force-conflicts", "-f", "-"], {
      stdin: configMap("a", { key: "new" }),
    });
    expect(onServer.code).toBe(1);
    expect(onServer.stdout).toMatch(/\+\s+key: new\n/);
    expect(await kubectl.ok("get", "cm", "a", "-o", "jsonpath={.data.key}")).toBe("old");
  });

  test("--prune removes what the files no longer hold", async (kubectl) => {
    const labels = { set: "prune" };
    await kubectl.feed([configMap("a", {}, labels), configMap("b", {}, labels)], "apply");
    await kubectl.feed(configMap("c", {}, labels), "create");
    const output = await kubectl.feed(
      [configMap("a", {}, labels)],
      "apply",
      "--prune",
      "-l",
      "set=prune",
      "--prune-allowlist=core/v1/ConfigMap",
    );
    expect(output).toContain("configmap/b pruned");
    expect(await kubectl.ok("get", "cm", "-l", "set", "-o", "name")).toBe("configmap/a\nconfigmap/c\n");
  });

  test("--prune with an ApplySet removes what left the set", async (kubectl) => {
    const args = ["apply", "--prune", "--applyset=mine", "-f", "-"];
    const env = { KUBECTL_APPLYSET: "true" };
    const first = await kubectl.run(args, { stdin: [configMap("a"), configMap("b")], env });
    expect(first.stderr + first.stdout).toContain("configmap/b");
    expect(first.code).toBe(0);
    const second = await kubectl.run(args, { stdin: [configMap("a")], env });
    expect(second.code).toBe(0);
    expect(second.stdout).toContain("configmap/b pruned");
  });
});

eachKubectl("apply --server-side", (test) => {
  test("tracks who owns which field and refuses to take others' without force", async (kubectl) => {
    expect(await kubectl.feed(deployment("d", { replicas: 2 }), "apply", "--server-side")).toBe("deployment.apps/d serverside-applied\n");
    const args = ["apply", "--server-side", "--field-manager=other", "-f", "-"];
    const conflict = await kubectl.run(args, { stdin: deployment("d", { replicas: 3 }) });
    expect(conflict.code).toBe(1);
    expect(conflict.stderr).toMatch(/Apply failed with 1 conflict: conflict with "kubectl"( using apps\/v1)?: \.spec\.replicas/);
    const forced = await kubectl.run([...args, "--force-conflicts"], { stdin: deployment("d", { replicas: 3 }) });
    expect(forced.code).toBe(0);
    expect(await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.spec.replicas}")).toBe("3");
    const { metadata } = JSON.parse(await kubectl.ok("get", "deploy", "d", "-o", "json", "--show-managed-fields")) as Applied;
    expect(
      metadata.managedFields
        ?.filter(({ operation }) => operation === "Apply")
        .map(({ manager }) => manager)
        .toSorted(),
    ).toEqual(["kubectl", "other"]);
  });

  test("removes fields that a manager no longer applies and nobody else owns", async (kubectl) => {
    await kubectl.feed(configMap("a", { mine: "1", shared: "2" }), "apply", "--server-side");
    await kubectl.feed(configMap("a", { shared: "2", theirs: "3" }), "apply", "--server-side", "--field-manager=other");
    await kubectl.feed(configMap("a", { late: "4" }), "apply", "--server-side");
    expect((await kubectl.json<Applied>("get", "cm", "a")).data).toEqual({ late: "4", shared: "2", theirs: "3" });
  });

  test("does not write when nothing changes", async (kubectl) => {
    await kubectl.feed(deployment("d"), "apply", "--server-side");
    const before = await kubectl.json<Applied>("get", "deploy", "d");
    await kubectl.feed(deployment("d"), "apply", "--server-side");
    expect((await kubectl.json<Applied>("get", "deploy", "d")).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test("takes over what client-side apply owned", async (kubectl) => {
    await kubectl.feed(configMap("a", { one: "1", two: "2" }), "apply");
    expect(await kubectl.feed(configMap("a", { one: "1" }), "apply", "--server-side")).toBe("configmap/a serverside-applied\n");
    const { data, metadata } = JSON.parse(await kubectl.ok("get", "cm", "a", "-o", "json", "--show-managed-fields")) as Applied;
    expect(data).toEqual({ one: "1" });
    // The annotation of the client's side stays, under a manager of its own.
    expect(metadata.managedFields?.map(({ manager }) => manager).toSorted()).toEqual(["kubectl", "kubectl-last-applied"]);
  });

  test("applies custom kinds, validated and defaulted", async (kubectl) => {
    const group = `ssa-${kubectl.namespace}.example.com`;
    await kubectl.feed(widgetDefinition(group), "create");
    await kubectl.ok("wait", "--for=condition=established", `crd/widgets.${group}`, "--timeout=10s");
    await kubectl.feed(widget(group, "w"), "apply", "--server-side");
    expect(await kubectl.ok("get", `widgets.${group}`, "w", "-o", "jsonpath={.spec.size}{.spec.color}")).toBe("3red");
    const refused = await kubectl.run(["apply", "--server-side", "-f", "-"], { stdin: widget(group, "w", { size: 3, color: "green" }) });
    expect(refused.stderr).toMatch(/spec\.color: Unsupported value: "green": supported values: "red", "blue"/);
    await kubectl.ok("delete", "crd", `widgets.${group}`);
  });
});
