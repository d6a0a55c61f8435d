import { createServer, type Server } from "node:https";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CONFIG_MAPS,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
  type ConfigMap,
  type Webhook,
  type WebhookConfiguration,
} from "../../../src/api/index.ts";
import { ensureServingCertificate } from "../../../src/cluster/pki.ts";
import { useCluster } from "./test-cluster.ts";

const cluster = useCluster();
const directory = mkdtempSync(join(tmpdir(), "skiff-webhook-"));

interface Review {
  request: {
    uid: string;
    operation: string;
    object: ConfigMap | null;
    oldObject: ConfigMap | null;
    userInfo: { username: string };
    dryRun: boolean;
  };
}

let server: Server;
let caBundle = "";
let url = "";
const seen: Review["request"][] = [];
let answer: (request: Review["request"]) => Record<string, unknown> = () => ({ allowed: true });

beforeAll(async () => {
  const certificate = await ensureServingCertificate(directory, ["127.0.0.1"]);
  caBundle = Buffer.from(certificate.ca).toString("base64");
  server = createServer({ cert: certificate.cert, key: certificate.key }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { request } = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      seen.push(request);
      const body = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: { uid: request.uid, ...answer(request) } };
      if (incoming.url?.startsWith("/hang")) return;
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

function webhook(label: string, wish: Partial<Webhook> = {}): Webhook {
  return {
    name: "hook.example.com",
    clientConfig: { url: `${url}/hook`, caBundle },
    rules: [{ operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }],
    namespaceSelector: { matchLabels: { hooked: label } },
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    timeoutSeconds: 5,
    ...wish,
  };
}

const configuration = (name: string, kind: string, one: Webhook): WebhookConfiguration => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
  metadata: { name },
  webhooks: [one],
});
const mutating = (name: string, one: Webhook): Promise<unknown> =>
  cluster().admin.create(MUTATING_WEBHOOK_CONFIGURATIONS, configuration(name, "MutatingWebhookConfiguration", one));
const validating = (name: string, one: Webhook): Promise<unknown> =>
  cluster().admin.create(VALIDATING_WEBHOOK_CONFIGURATIONS, configuration(name, "ValidatingWebhookConfiguration", one));
const configMap = (name: string, namespace: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});
const patchOf = (...operations: unknown[]): Record<string, unknown> => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

test("a mutating webhook changes what is created and what is updated, and sees both states", async () => {
  const namespace = await cluster().namespace({ hooked: "mutate" });
  await mutating("mutate", webhook("mutate"));
  answer = ({ operation }) =>
    operation === "DELETE" ? { allowed: true } : patchOf({ op: "add", path: "/data/by", value: `webhook on ${operation}` });
  const created = await cluster().admin.create(CONFIG_MAPS, configMap("a", namespace, { own: "1" }));
  expect(created.data).toEqual({ own: "1", by: "webhook on CREATE" });
  const patched = await cluster().admin.patch<ConfigMap>(CONFIG_MAPS, { name: "a", namespace }, { data: { own: "2" } });
  expect(patched.data).toEqual({ own: "2", by: "webhook on UPDATE" });
  const update = seen.findLast(({ operation, object }) => operation === "UPDATE" && object?.metadata.name === "a");
  expect(update).toMatchObject({
    userInfo: { username: "kubernetes-admin" },
    oldObject: { data: { own: "1" } },
    object: { data: { own: "2" } },
  });
  await cluster().admin.delete(CONFIG_MAPS, "a", { namespace });
  expect(seen.findLast(({ operation }) => operation === "DELETE")).toMatchObject({ object: null, oldObject: { data: { own: "2" } } });
});

test("a validating webhook refuses in its own words; another namespace is not asked", async () => {
  const [namespace, other] = [await cluster().namespace({ hooked: "judge" }), await cluster().namespace()];
  await validating(
    "judge",
    webhook("judge", { rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }] }),
  );
  answer = () => ({ allowed: false, status: { message: "not on Saturdays", code: 403 } });
  await expect(cluster().admin.create(CONFIG_MAPS, configMap("b", namespace))).rejects.toMatchObject({
    reason: "Forbidden",
    message: 'admission webhook "hook.example.com" denied the request: not on Saturdays',
  });
  await expect(cluster().admin.create(CONFIG_MAPS, configMap("b", other))).resolves.toBeDefined();
});

test("failurePolicy decides what an absent webhook means", async () => {
  const namespace = await cluster().namespace({ hooked: "hang" });
  const slow = { clientConfig: { url: `${url}/hang`, caBundle }, timeoutSeconds: 1 };
  await validating("hang", webhook("hang", { ...slow, failurePolicy: "Fail" }));
  answer = () => ({ allowed: true });
  await expect(cluster().admin.create(CONFIG_MAPS, configMap("c", namespace))).rejects.toMatchObject({
    reason: "InternalError",
    message: expect.stringContaining("context deadline exceeded") as string,
  });
  await cluster().admin.delete(VALIDATING_WEBHOOK_CONFIGURATIONS, "hang");
  await validating("hang", webhook("hang", { ...slow, failurePolicy: "Ignore" }));
  await expect(cluster().admin.create(CONFIG_MAPS, configMap("c", namespace))).resolves.toBeDefined();
});

test("a certificate of another authority is not trusted", async () => {
  const namespace = await cluster().namespace({ hooked: "trust" });
  const wrong = Buffer.from(cluster().cluster.ca).toString("base64");
  await validating("trust", webhook("trust", { clientConfig: { url: `${url}/hook`, caBundle: wrong } }));
  await expect(cluster().admin.create(CONFIG_MAPS, configMap("d", namespace))).rejects.toMatchObject({ reason: "InternalError" });
});

test("a webhook behind a Service says what is missing", async () => {
  const namespace = await cluster().namespace({ hooked: "service" });
  await validating("service", webhook("service", { clientConfig: { service: { namespace, name: "hook", path: "/x" } } }));
  await expect(cluster().admin.create(CONFIG_MAPS, configMap("e", namespace))).rejects.toMatchObject({
    message: expect.stringContaining('service "hook" not found') as string,
  });
});

test("what could not be called is not stored", async () => {
  await expect(validating("bad", webhook("bad", { clientConfig: { url: "http://a.example" } }))).rejects.toMatchObject({
    reason: "Invalid",
  });
  await expect(validating("bad", webhook("bad", { name: "short" }))).rejects.toMatchObject({ reason: "Invalid" });
});
