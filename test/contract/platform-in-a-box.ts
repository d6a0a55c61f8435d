/** Embedded cluster, identity and gateway wired as the platform wires them, on a free port and in a temporary folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { definitionOf } from "../../src/api/index.ts";
import { openCluster, type Cluster } from "../../src/cluster/index.ts";
import { createGateway, type Gateway } from "../../src/components/gateway/index.ts";
import { createIdentity, type Identity } from "../../src/components/identity/index.ts";
import type { Component, Mount } from "../../src/kit/index.ts";
import { createLog } from "../../src/lib/log.ts";

export interface Box {
  readonly cluster: Cluster;
  readonly identity: Identity;
  readonly gateway: Gateway;
  readonly port: number;
  readonly origin: string;
  readonly lines: string[];
  readonly dataDir: string;
  /** Stops everything; the folder stays when `keep`, for a second start. */
  close(keep?: boolean): Promise<void>;
}

export interface BoxOptions {
  readonly dataDir?: string;
  readonly initialPassword?: string;
  readonly mounts?: readonly Mount[];
  readonly sessionCheckMs?: number;
}

/** Starts the box. */
export async function openBox(options: BoxOptions = {}): Promise<Box> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "skiff-sign-in-"));
  const lines: string[] = [];
  const log = createLog({ level: "debug", write: (line) => lines.push(line) });
  const cluster = await openCluster({
    dataDir: join(dataDir, "cluster"),
    log,
    addresses: ["127.0.0.1"],
    podLogs: () => {
      throw new Error("there are no pods here");
    },
  });
  const stopping = new AbortController();
  const running: Promise<void>[] = [];
  const identity = createIdentity({
    kube: cluster.clientOf("auth", "dex"),
    log,
    dataDir,
    ...(options.initialPassword === undefined ? {} : { initialPassword: options.initialPassword }),
  });
  const gateway = createGateway({
    kube: cluster.clientOf("istio-system", "istio-ingressgateway-service-account"),
    mounts: [...(identity.mounts ?? []), ...(options.mounts ?? [])],
    log,
    dataDir,
    ...(options.sessionCheckMs === undefined ? {} : { sessionCheckMs: options.sessionCheckMs }),
  });
  const components: Component[] = [identity, gateway.component];
  for (const loop of cluster.loops) running.push(loop.run(stopping.signal));
  for (const component of components) {
    for (const object of component.objects ?? []) await cluster.admin.ensure(definitionOf(object), object);
    await component.start?.();
    for (const loop of component.loops ?? []) running.push(loop.run(stopping.signal));
  }
  const { port } = await gateway.listen({ host: "127.0.0.1", port: 0 });
  return {
    cluster,
    identity,
    gateway,
    port,
    origin: `http://127.0.0.1:${port}`,
    lines,
    dataDir,
    close: async (keep = false) => {
      await gateway.close(100);
      stopping.abort();
      await Promise.all(running);
      for (const component of components.toReversed()) await component.stop?.();
      await cluster.close();
      if (!keep) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
