import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import {
  CLUSTER_ROLES,
  CONFIG_MAPS,
  ROLE_BINDINGS,
  ROLES,
  type ClusterRole,
  type PolicyRule,
  type Role,
  type RoleBinding,
} from "../../../src/api/index.ts";
import { useCluster } from "./test-cluster.ts";

const cluster = useCluster();
const SOON = { timeout: 5000, interval: 20 };
const RBAC = "rbac.authorization.k8s.io";

const role = (name: string, namespace: string, ...rules: PolicyRule[]): Role => ({
  apiVersion: `${RBAC}/v1`,
  kind: "Role",
  metadata: { name, namespace },
  rules,
});
const binding = (name: string, namespace: string, clusterRole: string, user: string): RoleBinding => ({
  apiVersion: `${RBAC}/v1`,
  kind: "RoleBinding",
  metadata: { name, namespace },
  roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: clusterRole },
  subjects: [{ kind: "User", name: user, apiGroup: RBAC }],
});

test("aggregated roles hold the rules of those that join them, also of new ones", async () => {
  const view = (): Promise<ClusterRole> => cluster().admin.get<ClusterRole>(CLUSTER_ROLES, "view");
  await vi.waitFor(async () => expect((await view()).rules?.length).toBeGreaterThan(3), SOON);
  await cluster().admin.create<ClusterRole>(CLUSTER_ROLES, {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { name: "boats-view", labels: { [`${RBAC}/aggregate-to-view`]: "true" } },
    rules: [{ verbs: ["get"], apiGroups: ["example.com"], resources: ["boats"] }],
  });
  for (const name of ["view", "edit", "admin"]) {
    await vi.waitFor(async () => {
      const { rules = [] } = await cluster().admin.get<ClusterRole>(CLUSTER_ROLES, name);
      expect(rules.some(({ resources }) => resources?.includes("boats"))).toBe(true);
    }, SOON);
  }
});

test("nobody grants what he does not hold", async () => {
  const namespace = await cluster().namespace();
  await cluster().admin.create(ROLE_BINDINGS, binding("ann", namespace, "admin", "ann"));
  const ann = cluster().as("ann", "sailors");
  await vi.waitFor(() => ann.create(ROLES, role("own", namespace, { verbs: ["get"], apiGroups: [""], resources: ["secrets"] })), SOON);
  const nodes: PolicyRule = { verbs: ["get", "list"], apiGroups: [""], resources: ["nodes"] };
  await expect(ann.create(ROLES, role("more", namespace, nodes))).rejects.toMatchObject({
    reason: "Forbidden",
    message: `roles.${RBAC} "more" is forbidden: user "ann" (groups=["sailors" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}`,
  });
  await expect(ann.create(ROLE_BINDINGS, binding("more", namespace, "cluster-admin", "ann"))).rejects.toMatchObject({
    reason: "Forbidden",
  });
  // An update may not widen either; one that changes nothing of the rules may pass.
  await expect(ann.patch(ROLES, { name: "own", namespace }, { rules: [nodes] })).rejects.toMatchObject({ reason: "Forbidden" });
  await expect(ann.patch(ROLES, { name: "own", namespace }, { metadata: { labels: { a: "b" } } })).resolves.toBeDefined();
});

test("reviews answer what somebody may do", async () => {
  const namespace = await cluster().namespace();
  await cluster().admin.create(ROLES, role("reader", namespace, { verbs: ["get"], apiGroups: [""], resources: ["configmaps"] }));
  const own = { ...binding("eve", namespace, "reader", "eve"), roleRef: { apiGroup: RBAC, kind: "Role", name: "reader" } as const };
  await cluster().admin.create(ROLE_BINDINGS, own);
  const post = async (user: string, path: string, spec: unknown): Promise<Record<string, unknown>> => {
    const url = new URL(path, "https://kubernetes.default.svc.cluster.local");
    const headers = { "content-type": "application/json" };
    const response = await cluster()
      .as(user)
      .fetch(new Request(url, { method: "POST", headers, body: JSON.stringify({ spec }) }));
    return (await response.json()) as Record<string, unknown>;
  };
  const rules = await post("eve", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { namespace });
  expect(rules["status"]).toMatchObject({
    incomplete: false,
    resourceRules: expect.arrayContaining([{ verbs: ["get"], apiGroups: [""], resources: ["configmaps"] }]) as unknown,
  });
  const local = `/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`;
  const refused = await post("eve", local, { user: "eve", resourceAttributes: { namespace, verb: "get", resource: "configmaps" } });
  expect(refused["reason"]).toBe("Forbidden");
  const url = new URL(local, "https://kubernetes.default.svc.cluster.local");
  const body = JSON.stringify({ spec: { user: "eve", resourceAttributes: { namespace, verb: "get", resource: "configmaps" } } });
  const answer = await cluster().admin.fetch(new Request(url, { method: "POST", headers: { "content-type": "application/json" }, body }));
  expect(await answer.json()).toMatchObject({ kind: "LocalSubjectAccessReview", status: { allowed: true } });
});

interface Reply {
  status: number;
  body: Record<string, unknown>;
}

function whoAmI(port: number, options: { cert?: string; key?: string; headers?: Record<string, string | string[]> }): Promise<Reply> {
  const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" });
  const { headers = {}, ...tls } = options;
  return new Promise((resolve, reject) => {
    request(
      {
        host: "127.0.0.1",
        port,
        path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        method: "POST",
        ca: cluster().cluster.ca,
        headers: { "content-type": "application/json", ...headers },
        ...tls,
      },
      (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> }));
      },
    )
      .on("error", reject)
      .end(body);
  });
}

/** A client certificate signed with the authority in `directory`, or by itself. */
async function clientCertificate(directory: string | undefined, name: string): Promise<{ cert: string; key: string }> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  x509.cryptoProvider.set(webcrypto as never);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  let signingKey = keys.privateKey;
  if (directory !== undefined) {
    const der = Buffer.from(readFileSync(join(directory, "ca.key"), "utf8").replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
    signingKey = await webcrypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
  }
  const certificate = await x509.X509CertificateGenerator.create({
    subject: name,
    issuer: directory === undefined ? name : "CN=skiff-ca",
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { cert: certificate.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n` };
}

test("over HTTPS: client certificates, impersonation, anonymous callers, and a line for each", async () => {
  const { port } = await cluster().cluster.listen({ host: "127.0.0.1", port: 0 });
  const mate = await clientCertificate(join(cluster().dataDir, "pki"), "CN=mate,O=crew,O=system:masters");
  const first = await whoAmI(port, mate);
  expect(first.status).toBe(201);
  expect(first.body["status"]).toEqual({ userInfo: { username: "mate", groups: ["crew", "system:masters", "system:authenticated"] } });

  const stranger = await clientCertificate(undefined, "CN=mate,O=system:masters");
  expect((await whoAmI(port, stranger)).status).toBe(401);

  const extra = { "impersonate-extra-scopes": "a", "impersonate-uid": "17" };
  const headers = { "impersonate-user": "jane", "impersonate-group": ["devs", "ops"], ...extra };
  const jane = await whoAmI(port, { ...mate, headers });
  expect(jane.body["status"]).toEqual({
    userInfo: { username: "jane", uid: "17", groups: ["devs", "ops", "system:authenticated"], extra: { scopes: ["a"] } },
  });

  const nobody = await whoAmI(port, {});
  expect(nobody.status).toBe(403);
  expect(nobody.body["message"]).toContain('User "system:anonymous" cannot create resource "selfsubjectreviews"');

  await vi.waitFor(() => {
    const lines = readFileSync(join(cluster().dataDir, "audit.log"), "utf8").trim().split("\n");
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries).toContainEqual(
      expect.objectContaining({ user: "jane", impersonatedBy: "mate", verb: "create", resource: "selfsubjectreviews", code: 201 }),
    );
    expect(entries).toContainEqual(expect.objectContaining({ user: "system:anonymous", code: 403 }));
  }, SOON);
});

test("impersonation is refused to those who may not", async () => {
  const url = new URL("/api/v1/namespaces/default/configmaps", "https://kubernetes.default.svc.cluster.local");
  const answer = await cluster()
    .as("eve")
    .fetch(new Request(url, { headers: { "impersonate-user": "jane" } }));
  expect(await answer.json()).toMatchObject({
    code: 403,
    message: 'users "jane" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope',
  });
  await expect(cluster().as("eve").list(CONFIG_MAPS, { namespace: "default" })).rejects.toMatchObject({ reason: "Forbidden" });
});
