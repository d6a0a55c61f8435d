/** A state as icon and word; color is never the only sign. */
import { Ban, CircleCheck, CircleDashed, CirclePause, CircleSlash, CircleX, LoaderCircle, type LucideIcon } from "lucide-react";
import type { ReactElement } from "react";
import type { RuntimeState } from "../../../src/api/pipelines.ts";
import { STATE_WORDS } from "../api/run-state.ts";

const ICONS: Readonly<Record<RuntimeState, LucideIcon>> = {
  PENDING: CircleDashed,
  RUNNING: LoaderCircle,
  SUCCEEDED: CircleCheck,
  SKIPPED: CircleSlash,
  FAILED: CircleX,
  CANCELING: LoaderCircle,
  CANCELED: Ban,
  PAUSED: CirclePause,
};

export function StateIcon({ state, size = 16 }: { state: RuntimeState; size?: number }): ReactElement {
  const Icon = ICONS[state] ?? CircleDashed;
  return <Icon className="state-icon" data-state={state} size={size} strokeWidth={2.2} aria-hidden />;
}

export function StateBadge({ state }: { state: RuntimeState }): ReactElement {
  return (
    <span className="state-badge" data-state={state}>
      <StateIcon state={state} size={15} />
      {STATE_WORDS[state] ?? state}
    </span>
  );
}
