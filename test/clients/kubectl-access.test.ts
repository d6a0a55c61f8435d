/** Who one is and what one may do: auth, tokens, impersonation, kubeconfig. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject } from "vitest";
import { eachKubectl } from "../support/kubectl.ts";

eachKubectl("auth", (test) => {
  test("can-i for oneself and for others, and --list", async (kubectl) => {
    expect(await kubectl.ok("auth", "can-i", "create", "pods")).toBe("yes\n");
    expect(await kubectl.ok("auth", "can-i", "*", "*")).toBe("yes\n");
    const asAccount = ["--as", `system:serviceaccount:${kubectl.namespace}:default`];
    expect((await kubectl.run(["auth", "can-i", "list", "secrets", ...asAccount])).stdout).toBe("no\n");
    await kubectl.ok("create", "role", "reader", "--verb=get,list", "--resource=secrets");
    await kubectl.ok("create", "rolebinding", "reader", "--role=reader", `--serviceaccount=${kubectl.namespace}:default`);
    expect(await kubectl.ok("auth", "can-i", "list", "secrets", ...asAccount)).toBe("yes\n");
    expect((await kubectl.run(["auth", "can-i", "delete", "secrets", ...asAccount])).code).toBe(1);
    const list = await kubectl.ok("auth", "can-i", "--list", ...asAccount);
    expect(list).toMatch(/^Resources +Non-Resource URLs +Resource Names +Verbs\n/);
    expect(list).toMatch(/\nsecrets +\[\] +\[\] +\[get list\]\n/);
    expect(await kubectl.ok("get", "secrets", ...asAccount, "-o", "name")).toBe("");
    expect(await kubectl.fails("get", "pods", ...asAccount)).toBe(
      `Error from server (Forbidden): pods is forbidden: User "system:serviceaccount:${kubectl.namespace}:default" ` +
        `cannot list resource "pods" in API group "" in the namespace "${kubectl.namespace}"\n`,
    );
  });

  test("whoami, also in another's name", async (kubectl) => {
    expect(await kubectl.ok("auth", "whoami")).toMatch(/^ATTRIBUTE +VALUE\nUsername +\S+\n(UID .*\n)?Groups +\[.*system:masters.*\]\n/);
    const other = await kubectl.ok("auth", "whoami", "--as", "jane", "--as-group", "people", "-o", "jsonpath={.status.userInfo}");
    expect(JSON.parse(other)).toMatchObject({ username: "jane", groups: ["people", "system:authenticated"] });
  });

  test("reconcile brings roles up to date", async (kubectl) => {
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "r", namespace: kubectl.namespace },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    };
    expect(await kubectl.feed(role, "auth", "reconcile")).toContain("reconciled");
    expect(await kubectl.ok("get", "role", "r", "-o", "jsonpath={.rules[0].verbs}")).toBe('["get"]');
  });

  test("create token: a token that works, with the audience asked for", async (kubectl) => {
    const token = (await kubectl.ok("create", "token", "default", "--duration=1h")).trim();
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { sub: string; exp: number; iat: number };
    expect(claims.sub).toBe(`system:serviceaccount:${kubectl.namespace}:default`);
    expect(claims.exp - claims.iat).toBe(3600);
    // A kubeconfig user outranks --token.
    const bare = [
      "--kubeconfig",
      "/dev/null",
      "--server",
      inject("kube"),
      "--certificate-authority",
      join(inject("dataDir"), "cluster/pki/ca.crt"),
    ];
    expect(await kubectl.ok(...bare, "--token", token, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")).toBe(claims.sub);
    expect(await kubectl.fails(...bare, "--token", "nonsense", "get", "pods")).toMatch(/Unauthorized|You must be logged in to the server/);
    const other = (await kubectl.ok("create", "token", "default", "--audience", "pipelines.kubeflow.org", "--duration=2h")).trim();
    expect(await kubectl.fails(...bare, "--token", other, "get", "pods")).toMatch(/Unauthorized|You must be logged in to the server/);
    expect(await kubectl.fails("create", "token", "absent")).toContain('serviceaccounts "absent" not found');
  });
});

eachKubectl("config", (test) => {
  test("reads and changes a kubeconfig of its own", async (kubectl) => {
    const folder = mkdtempSync(join(tmpdir(), "skiff-kubeconfig-"));
    try {
      const file = ["--kubeconfig", join(folder, "config")];
      expect(await kubectl.ok("config", "current-context")).toBe("skiff\n");
      expect(await kubectl.ok("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")).toBe(inject("kube"));
      const token = await kubectl.ok("config", "view", "--raw", "-o", "jsonpath={.users[0].user.token}");
      const authority = join(inject("dataDir"), "cluster/pki/ca.crt");
      await kubectl.ok(
        "config",
        ...file,
        "set-cluster",
        "mine",
        `--server=${inject("kube")}`,
        `--certificate-authority=${authority}`,
        "--embed-certs",
      );
      await kubectl.ok("config", ...file, "set-credentials", "me", `--token=${token}`);
      await kubectl.ok("config", ...file, "set-context", "mine", "--cluster=mine", "--user=me", `--namespace=${kubectl.namespace}`);
      await kubectl.ok("config", ...file, "use-context", "mine");
      expect(await kubectl.ok(...file, "get", "sa", "-o", "name")).toContain("serviceaccount/default");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
