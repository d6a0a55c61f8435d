/** What the handlers share: the server's parts, and one authenticated and authorized call. */
import type { Pod, UserInfo } from "../../api/index.ts";
import type { Log } from "../../lib/log.ts";
import type { Authorizer, TokenAuthority } from "../auth/index.ts";
import type { ObjectStore } from "../object-store/index.ts";
import type { Admission } from "./admission/index.ts";
import type { AuditEntry } from "./audit.ts";
import type { RequestInfo } from "./request-info.ts";
import type { ResourceRegistry, ServedResource } from "./resources.ts";
import type { WatchHub } from "./watch-hub.ts";

export interface PodLogOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly tailLines?: number;
  readonly signal: AbortSignal;
}

/** Where logs come from: the pod runtime. */
export type PodLogs = (pod: Pod, options: PodLogOptions) => ReadableStream<Uint8Array>;

export interface ApiServerParts {
  readonly store: ObjectStore;
  readonly hub: WatchHub;
  readonly registry: ResourceRegistry;
  readonly tokens: TokenAuthority;
  readonly authorizer: Authorizer;
  readonly admission: readonly Admission[];
  readonly podLogs: PodLogs;
  readonly log: Log;
  /** Told about every request once its answer begins. */
  readonly audit?: (entry: AuditEntry) => void;
}

export interface Call {
  readonly parts: ApiServerParts;
  readonly request: Request;
  readonly url: URL;
  readonly user: UserInfo;
  readonly resource: ServedResource;
  readonly target: NonNullable<RequestInfo["resource"]>;
  /** What the answer needs to know beyond the object; absent for calls that answer nobody. */
  readonly outcome?: CallOutcome;
}

export interface CallOutcome {
  /** Texts of `Warning` headers. */
  readonly warnings: string[];
  /** True when a PATCH created its object. */
  created?: boolean;
}
