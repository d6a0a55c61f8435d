/** What every part of a running pod runtime needs. */
import type { Builtin } from "../../kit/component.ts";
import type { KubeClient } from "../../kit/kube-client.ts";
import type { Log } from "../../lib/log.ts";
import type { PythonEnvironment } from "./python/base-environment.ts";
import type { LogLimit } from "./log-limit.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Slots } from "./slots.ts";

export interface PodTokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences?: readonly string[];
  readonly expirationSeconds: number;
  readonly pod: { readonly name: string; readonly uid: string };
}

export interface RuntimeServices {
  readonly kube: KubeClient;
  readonly log: Log;
  readonly builtins: Readonly<Record<string, Builtin>>;
  readonly node: { readonly name: string; readonly ip: string };
  readonly podsDir: string;
  readonly pythonDir: string;
  readonly caFile: string;
  readonly apiServer: () => { host: string; port: number };
  readonly issueToken: (request: PodTokenRequest) => Promise<string>;
  /** Variables for all pods. */
  readonly env: Readonly<Record<string, string>>;
  /** Files of the machine that those variables name. */
  readonly envFiles: readonly string[];
  readonly sandbox: Sandbox;
  readonly logLimit: LogLimit;
  /** Pods with processes at the same time. */
  readonly podSlots: Slots;
  /** Containers that are starting at the same time. */
  readonly startSlots: Slots;
  /** Resolves once python pods can run; rejects with a remedy when they cannot. */
  readonly python: Promise<PythonEnvironment>;
  /** The environment, once it is there. */
  readonly pythonReady: () => PythonEnvironment | undefined;
}
