/**
 * A cluster for hostile and mistaken requests over its socket: they get the Status object that Kubernetes gives, never a
 * 500, never a stack trace or SQL in a body, and the server goes on working.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { openCluster, type Cluster } from "../../../src/cluster/index.ts";
import { createLog } from "../../../src/lib/log.ts";
import { createKubeApi, type Answer, type KubeApi, type SendOptions } from "../../support/kube-api.ts";

interface StatusBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly code: number;
}

export const MAPS = "/api/v1/namespaces/default/configmaps";
export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";
export const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
export const APPLY_PATCH = "application/apply-patch+yaml";

export const map = (name: string, more: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: {}, ...more });

/** What no answer may say. */
const SECRETS =
  /\n\s+at |node:internal|node_modules|\.(?:ts|js):\d+|SQLITE|constraint failed|\b(?:select|insert|update|delete)\b.+\b(?:from|into|set)\b.+\bobjects?\b|\[object Object\]|is not a function|Cannot read propert|\bundefined\b/i;

function check(answer: Answer, codes: readonly number[]): StatusBody {
  const body = answer.body as StatusBody;
  const seen = `${answer.request}\n→ ${answer.status}: ${answer.text.slice(0, 300)}`;
  expect.soft(body, seen).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", code: answer.status });
  expect.soft(answer.status, seen).toBeGreaterThanOrEqual(400);
  expect.soft(answer.status, seen).toBeLessThan(500);
  if (codes.length > 0) expect.soft(codes, seen).toContain(answer.status);
  expect.soft(body?.message, seen).not.toMatch(SECRETS);
  expect.soft(body?.message?.length, seen).toBeGreaterThan(0);
  expect.soft(body?.reason, seen).toMatch(/^[A-Z][A-Za-z]+$/);
  return body;
}

/** A refusal as Kubernetes words one; `codes` are the allowed HTTP codes, any of 4xx without. */
export function expectRefusal(answer: Answer, ...codes: number[]): StatusBody {
  return check(answer, codes);
}

/** For input that may be valid by luck: whatever comes back is no failure of the server. Throws, so that generators can shrink. */
export function expectNoFault(answer: Answer): void {
  if (answer.status < 400) return;
  const seen = `${answer.request}\n→ ${answer.status}: ${answer.text.slice(0, 300)}`;
  expect(answer.body, seen).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", code: answer.status });
  expect(answer.status, seen).toBeLessThan(500);
  expect((answer.body as StatusBody).message, seen).not.toMatch(SECRETS);
}

export interface Target {
  readonly cluster: Cluster;
  readonly api: KubeApi;
  post(path: string, body: string | Uint8Array, options?: SendOptions): Promise<Answer>;
  /** To the ConfigMap `target`, unless a path is given. */
  patch(contentType: string, body: string, path?: string): Promise<Answer>;
}

/** Registers a cluster for the tests of a file, with a ConfigMap `target`; after each test both are still well. */
export function openTarget(): () => Target {
  const folder = mkdtempSync(join(tmpdir(), "skiff-bad-input-"));
  let target: Target;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const cluster = await openCluster({
      dataDir: join(folder, "cluster"),
      log: createLog({ write: () => undefined }),
      addresses: ["127.0.0.1"],
      podLogs: () => new ReadableStream(),
    });
    const stopping = new AbortController();
    const loops = cluster.loops.map((loop) => loop.run(stopping.signal));
    const { port } = await cluster.listen({ host: "127.0.0.1", port: 0 });
    const api = createKubeApi(folder, `https://127.0.0.1:${port}`);
    target = {
      cluster,
      api,
      post: (path, body, options = {}) => api.send("POST", path, { body, ...options }),
      patch: (contentType, body, path = `${MAPS}/target`) => api.send("PATCH", path, { body, contentType }),
    };
    stop = async () => {
      stopping.abort();
      await Promise.all(loops);
      await cluster.close();
    };
    await api.create(MAPS, map("target"));
  });
  afterEach(async () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((await target.api.send("GET", `${MAPS}/target`)).status).toBe(200);
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return () => target;
}
