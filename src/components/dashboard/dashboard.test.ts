import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKubeClient, type Component, type KubeFetch } from "../../kit/index.ts";
import { createLog } from "../../lib/log.ts";
import { createDashboard } from "./index.ts";

const log = createLog({ write: () => undefined });
const PAGE = "<!doctype html><title>Skiff</title>";
const SCRIPT = "console.log('skiff');\n".repeat(200);

const profile = (name: string, owner: string): unknown => ({
  apiVersion: "kubeflow.org/v1",
  kind: "Profile",
  metadata: { name, resourceVersion: "1" },
  spec: { owner: { kind: "User", name: owner } },
});
const binding = (namespace: string, user: string, role: string): unknown => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: `user-${role}`, namespace, resourceVersion: "1", annotations: { user, role } },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `kubeflow-${role}` },
});

/** The seam to Kubernetes, answering with fixed lists and watches that stay open. */
const kubeFetch: KubeFetch = async (request) => {
  const { pathname, searchParams } = new URL(request.url);
  const list = (items: unknown[]): Response => Response.json({ kind: "List", metadata: { resourceVersion: "1" }, items });
  if (searchParams.get("watch") === "true") {
    const { signal } = request;
    return new Response(
      new ReadableStream({ start: (controller) => signal.addEventListener("abort", () => controller.error(signal.reason)) }),
    );
  }
  if (pathname.endsWith("/profiles")) return list([profile("ann", "ann@example.com"), profile("bob", "bob@example.com")]);
  if (pathname.endsWith("/rolebindings")) {
    return list([
      binding("ann", "ann@example.com", "admin"),
      binding("bob", "ann@example.com", "view"),
      binding("bob", "ann@example.com", "edit"),
      binding("team", "ann@example.com", "view"),
      binding("team", "eve@example.com", "unknown"),
    ]);
  }
  if (pathname.endsWith("/namespaces")) return list(["ann", "bob", "kube-system"].map((name) => ({ metadata: { name } })));
  if (pathname.endsWith("/subjectaccessreviews")) {
    const review = (await request.json()) as { spec: { user: string } };
    return Response.json({ ...review, status: { allowed: review.spec.user === "root@example.com" } });
  }
  return Response.json({ reason: "NotFound", message: pathname }, { status: 404 });
};

let webRoot: string;
let stop: AbortController;
let component: Component;

beforeEach(async () => {
  webRoot = await mkdtemp(join(tmpdir(), "skiff-dashboard-"));
  stop = new AbortController();
  component = createDashboard({ kube: createKubeClient(kubeFetch), webRoot, log });
  for (const loop of component.loops ?? []) void loop.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await rm(webRoot, { recursive: true });
});

const ask = async (prefix: string, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> => {
  const mount = component.mounts?.find((candidate) => candidate.prefix === prefix);
  if (!mount?.fetch) throw new Error(`no mount ${prefix}`);
  return await mount.fetch(new Request(`http://skiff.test${path}`, { method, headers }));
};
const as = (user: string): Record<string, string> => ({ "kubeflow-userid": user });
const build = async (): Promise<void> => {
  await mkdir(join(webRoot, "assets"));
  await writeFile(join(webRoot, "index.html"), PAGE);
  await writeFile(join(webRoot, "assets", "index-abc.js"), SCRIPT);
};

describe("the page", () => {
  it("is the same at the root and below /pipeline", async () => {
    await build();
    for (const [prefix, path] of [
      ["", "/"],
      ["", "/index.html"],
      ["/pipeline", "/pipeline/"],
    ] as const) {
      const response = await ask(prefix, path);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(response.headers.get("cache-control")).toBe("no-cache");
      expect(response.headers.get("content-security-policy")).toContain("script-src 'self';");
      expect(await response.text()).toBe(PAGE);
    }
    const bare = await ask("/pipeline", "/pipeline?x=1");
    expect([bare.status, bare.headers.get("location")]).toEqual([302, "/pipeline/?x=1"]);
  });

  it("serves hashed assets for good, compressed on request, revalidated by tag", async () => {
    await build();
    const plain = await ask("/pipeline", "/pipeline/assets/index-abc.js");
    expect(plain.headers.get("cache-control")).toContain("immutable");
    expect(plain.headers.get("content-type")).toContain("text/javascript");
    expect(await plain.text()).toBe(SCRIPT);
    const zipped = await ask("", "/assets/index-abc.js", { "accept-encoding": "br, gzip" });
    expect(zipped.headers.get("content-encoding")).toBe("gzip");
    expect(gunzipSync(await zipped.bytes()).toString()).toBe(SCRIPT);
    expect(zipped.headers.get("etag")).not.toBe(plain.headers.get("etag"));
    const again = await ask("", "/assets/index-abc.js", { "if-none-match": plain.headers.get("etag") ?? "" });
    expect(again.status).toBe(304);
  });

  it("answers HEAD without a body, and refuses other methods", async () => {
    await build();
    const head = await ask("", "/", {}, "HEAD");
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, String(PAGE.length), ""]);
    const post = await ask("", "/", {}, "POST");
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("never leaves its folder", async () => {
    await build();
    await writeFile(join(webRoot, ".secret"), "secret");
    await symlink("/etc/passwd", join(webRoot, "assets", "link"));
    const paths = [
      "/..%2f..%2fetc/passwd",
      "/assets/..%2f.secret",
      "/.secret",
      "/assets/%2e%2e/.secret",
      "/assets/..%5c.secret",
      "/%00",
      "/%ff",
      "/assets/link",
      "/assets",
      "/runs/details/1",
    ];
    for (const path of paths) expect([path, (await ask("", path)).status]).toEqual([path, 404]);
  });

  it("says so when it was not built", async () => {
    const response = await ask("", "/");
    expect(response.status).toBe(503);
    expect(await response.text()).toContain("npm run build:web");
    await expect(component.checks?.[0]?.check()).rejects.toThrow("the dashboard was not built");
  });
});

describe("the API", () => {
  it("tells a caller their namespaces, each once with the strongest role", async () => {
    const response = await ask("/api", "/api/workgroup/env-info", as("ann@example.com"));
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      user: "ann@example.com",
      platform: { provider: "other", providerName: "other", kubeflowVersion: "unknown", logoutUrl: "/oauth2/sign_out" },
      namespaces: [
        { namespace: "ann", role: "owner", user: "ann@example.com" },
        { namespace: "bob", role: "contributor", user: "ann@example.com" },
        { namespace: "team", role: "viewer", user: "ann@example.com" },
      ],
      isClusterAdmin: false,
    });
  });

  it("knows cluster admins and strangers", async () => {
    const admin = await (await ask("/api", "/api/workgroup/env-info", as("root@example.com"))).json();
    expect(admin).toMatchObject({ isClusterAdmin: true, namespaces: [] });
    const stranger = await (await ask("/api", "/api/workgroup/exists", as("eve@example.com"))).json();
    expect(stranger).toEqual({ hasAuth: true, user: "eve", hasWorkgroup: false, registrationFlowAllowed: false });
  });

  it("lists only the caller's namespaces", async () => {
    const names = async (user: string): Promise<string[]> => {
      const items = (await (await ask("/api", "/api/namespaces", as(user))).json()) as { metadata: { name: string } }[];
      return items.map(({ metadata }) => metadata.name);
    };
    expect(await names("ann@example.com")).toEqual(["ann", "bob"]);
    expect(await names("root@example.com")).toEqual(["ann", "bob", "kube-system"]);
    expect(await names("eve@example.com")).toEqual([]);
  });

  it("refuses callers without identity and unknown routes", async () => {
    expect((await ask("/api", "/api/workgroup/env-info")).status).toBe(401);
    const unknown = await ask("/api", "/api/nope", as("ann@example.com"));
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toEqual({ error: "Could not find the route you're looking for" });
    expect((await ask("/api", "/api/workgroup/env-info", as("ann@example.com"), "POST")).status).toBe(404);
  });
});
