/** What a handler is given. */
import type { Params } from "./routes.ts";

export interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly params: Params;
  readonly user: string;
  /** Checks the route's own resource and verb in a namespace; throws Forbidden. Every handler of a guarded route must call it. */
  readonly authorize: (namespace: string) => Promise<void>;
}

export type Handler = (call: Call) => Promise<Response> | Response;
