/** wait, scale and rollout, on Deployments that run. */
import { expect } from "vitest";
import { eachKubectl } from "../support/kubectl.ts";
import { configMap, deployment, widget, widgetDefinition } from "./objects.ts";

/** A Deployment whose pods run on this machine. */
function runnable(name: string, replicas = 1): unknown {
  const { spec, ...rest } = deployment(name, { replicas });
  const container = { name: "main", image: "busybox", command: ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"] };
  return { ...rest, spec: { ...spec, template: { ...spec.template, spec: { containers: [container] } } } };
}

eachKubectl("wait", (test) => {
  test("for a condition, a JSONPath, a creation and a deletion", async (kubectl) => {
    await kubectl.feed([runnable("d"), configMap("c")], "create");
    const available = kubectl.follow("wait", "--for=condition=Available", "deployment/d", "--timeout=20s");
    const path = kubectl.follow("wait", "--for=jsonpath={.data.key}=later", "cm/c", "--timeout=20s");
    const gone = kubectl.follow("wait", "--for=delete", "cm/c", "--timeout=30s");
    expect(await available.exited).toBe(0);
    expect(available.output()).toBe("deployment.apps/d condition met\n");
    await kubectl.ok("patch", "cm", "c", "--type=merge", "-p", '{"data":{"key":"later"}}');
    expect(await path.exited).toBe(0);
    await kubectl.ok("delete", "cm", "c");
    expect(await gone.exited).toBe(0);
    if (kubectl.minor >= 31) {
      const created = kubectl.follow("wait", "--for=create", "cm/late", "--timeout=20s");
      await kubectl.feed(configMap("late"), "create");
      expect(await created.exited).toBe(0);
    }
    expect(await kubectl.fails("wait", "--for=condition=Nothing", "deployment/d", "--timeout=1s")).toMatch(
      /timed out waiting for the condition/,
    );
    await kubectl.ok("wait", "--for=jsonpath={.status.phase}=Active", `namespace/${kubectl.namespace}`, "--timeout=5s");
  });
});

eachKubectl("scale", (test) => {
  test("deployments, with preconditions, and custom kinds", async (kubectl) => {
    await kubectl.feed(deployment("d", { replicas: 2 }), "create");
    expect(await kubectl.ok("scale", "deployment/d", "--replicas=4")).toBe("deployment.apps/d scaled\n");
    expect(await kubectl.fails("scale", "deployment/d", "--replicas=5", "--current-replicas=3")).toMatch(
      /Expected replicas to be 3, was 4/i,
    );
    expect(await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.spec.replicas}")).toBe("4");
    const scale = JSON.parse(
      await kubectl.ok("get", "--raw", `/apis/apps/v1/namespaces/${kubectl.namespace}/deployments/d/scale`),
    ) as unknown;
    expect(scale).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 4 }, status: { selector: "app=d" } });
    const group = `scale-${kubectl.namespace}.example.com`;
    await kubectl.feed(widgetDefinition(group), "create");
    await kubectl.ok("wait", "--for=condition=established", `crd/widgets.${group}`, "--timeout=10s");
    await kubectl.feed(widget(group, "w"), "create");
    await kubectl.ok("scale", `widgets.${group}/w`, "--replicas=7");
    expect(await kubectl.ok("get", `widgets.${group}`, "w", "-o", "jsonpath={.spec.size}")).toBe("7");
    await kubectl.ok("delete", "crd", `widgets.${group}`);
  });
});

eachKubectl("rollout", (test) => {
  test("status follows a Deployment until it is rolled out", async (kubectl) => {
    await kubectl.feed(runnable("d", 2), "create");
    const status = kubectl.follow("rollout", "status", "deployment/d", "--timeout=40s");
    expect(await status.exited).toBe(0);
    expect(status.output()).toContain('deployment "d" successfully rolled out');
    expect(await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.status.availableReplicas}")).toBe("2");
  });

  test("restart, pause and resume", async (kubectl) => {
    await kubectl.feed(deployment("d"), "create");
    const generation = (): Promise<string> => kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.metadata.generation}");
    expect(await generation()).toBe("1");
    expect(await kubectl.ok("rollout", "restart", "deployment/d")).toBe("deployment.apps/d restarted\n");
    expect(await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.spec.template.metadata.annotations}")).toMatch(
      /"kubectl\.kubernetes\.io\/restartedAt":"\d{4}-/,
    );
    expect(await generation()).toBe("2");
    await kubectl.ok("rollout", "pause", "deployment/d");
    expect(await kubectl.fails("rollout", "restart", "deployment/d")).toMatch(/paused/);
    await kubectl.ok("rollout", "resume", "deployment/d");
    await kubectl.ok("annotate", "deploy", "d", "x=y");
    expect(await generation()).toBe("4");
  });

  test("history and undo", async (kubectl) => {
    const rolledOut = (): Promise<string> => kubectl.ok("rollout", "status", "deployment/d", "--timeout=40s");
    await kubectl.feed(runnable("d"), "create");
    await rolledOut();
    await kubectl.ok("set", "image", "deployment/d", "main=bash");
    await rolledOut();
    expect(await kubectl.ok("rollout", "history", "deployment/d")).toMatch(/REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n/);
    expect(await kubectl.ok("rollout", "history", "deployment/d", "--revision=1")).toContain("busybox");
    expect(await kubectl.ok("rollout", "undo", "deployment/d")).toBe("deployment.apps/d rolled back\n");
    expect(await kubectl.ok("get", "deploy", "d", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe("busybox");
    await rolledOut();
    expect(await kubectl.fails("rollout", "undo", "deployment/d", "--to-revision=9")).toMatch(
      /unable to find specified revision 9 in history/,
    );
  });
});
