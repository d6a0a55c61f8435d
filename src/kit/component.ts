/** A component is data: everything it adds to the platform, inspectable before anything runs. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { KubeObject, ResourceDefinition } from "../api/index.ts";

/** Who may enter a mount. `public`: anyone, the component decides. `identity`: the gateway has established who calls. */
export type Access = "public" | "identity";

/** A route below a mount's prefix and what a caller must be allowed to do there. */
export interface RouteRule {
  readonly method: string;
  /** Path pattern relative to the prefix; `:name` is one segment, a trailing `*` the rest. */
  readonly path: string;
  /** `undefined` resource: the route needs no authorization beyond the mount's `access`. */
  readonly resource?: string;
  readonly verb?: string;
}

/** An HTTP surface that the gateway serves. */
export interface Mount {
  /** Path prefix without a trailing slash; "" is the root. The longest prefix wins. */
  readonly prefix: string;
  readonly access: Access;
  /** Paths below the prefix (exact) that are open even where `access` is "identity". */
  readonly open?: readonly string[];
  /** Rendered in documentation and checked by the component's own edge. */
  readonly routes?: readonly RouteRule[];
  /** Paths of an API: anonymous callers get 401 instead of the redirect to the login form. */
  readonly api?: boolean;
  /** The 401 of this mount where the protocol has a shape of its own; default `{}`. */
  readonly unauthenticated?: (request: Request) => Response;
  /**
   * Answers a request. Its URL keeps the prefix. Identity headers are the gateway's own:
   * `kubeflow-userid`, `kubeflow-groups` are present exactly when the caller is known.
   */
  readonly fetch?: (request: Request) => Promise<Response> | Response;
  /** For libraries that want Node's own objects (oidc-provider). One of `fetch` and `node` is given. */
  readonly node?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A long-running activity: runs until `signal` aborts, then settles. A rejection stops the platform. */
export interface Loop {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

export interface HealthCheck {
  readonly name: string;
  /** Resolves when healthy; rejects with a message that says what is wrong. */
  check(): Promise<void>;
}

/** What a builtin container sees. Paths are host paths. */
export interface BuiltinContext {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly podName: string;
  /** The host path behind a path inside the container; throws when no volume is mounted there. */
  hostPath(containerPath: string): string;
  /** Resolves with the exit code once the named container of the same pod has ended. */
  containerExit(name: string): Promise<number>;
  log(line: string): void;
  readonly signal: AbortSignal;
}

/** The program behind an image of the *builtin* runner; resolves with its exit code. Must be repeatable: it runs again after a crash. */
export type Builtin = (context: BuiltinContext) => Promise<number>;

export interface Component {
  readonly name: string;
  /** Kinds that must be served before the component starts; rendered as CRDs. */
  readonly kinds?: readonly ResourceDefinition[];
  /** Objects that must exist (namespaces, roles, default ConfigMaps). Created when absent, never overwritten. */
  readonly objects?: readonly KubeObject[];
  readonly mounts?: readonly Mount[];
  /** Programs for images of the *builtin* runner, by image name. */
  readonly builtins?: Readonly<Record<string, Builtin>>;
  readonly loops?: readonly Loop[];
  readonly checks?: readonly HealthCheck[];
  start?(): Promise<void>;
  stop?(): Promise<void>;
}
