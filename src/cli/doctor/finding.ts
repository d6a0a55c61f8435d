/** What a check of the doctor is. */
import type { PlatformSettings } from "../settings.ts";

export type State = "ok" | "warn" | "fail";

export interface Finding {
  readonly check: string;
  readonly state: State;
  /** One sentence on what was found. */
  readonly message: string;
  /** One sentence on what to do; given exactly when the state is not "ok". */
  readonly remedy?: string;
}

/** Looks at one thing of the machine. Changes nothing that lasts. */
export interface Check {
  readonly name: string;
  run(settings: PlatformSettings): Promise<readonly Omit<Finding, "check">[]>;
}
