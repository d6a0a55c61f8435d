/** Failure first: which task, why, and the end of its log. */
import { Anchor, Button } from "@mantine/core";
import { ArrowRight, CircleX } from "lucide-react";
import type { ReactElement } from "react";
import type { Run } from "../../../src/api/pipelines.ts";
import { useLog } from "../api/use-log.ts";
import { findFailure, wasTerminated } from "./failure.ts";

const LAST_LINES = 14;

function LogEnd({ runId, taskId }: { runId: string; taskId: string }): ReactElement | null {
  const log = useLog(runId, taskId, false, 0);
  const lines = log.lines.filter((line, index) => line !== "" || index < log.lines.length - 1).slice(-LAST_LINES);
  if (lines.length === 0) return null;
  return (
    <pre className="log-end" tabIndex={0} role="region" aria-label="Last lines of the log">
      {lines.join("\n")}
    </pre>
  );
}

export function WhyItFailed({ run, onSelect }: { run: Run; onSelect: (taskId: string) => void }): ReactElement | null {
  const failure = findFailure(run);
  if (!failure) return null;
  const { task, reason, headline, others } = failure;
  if (wasTerminated(run)) {
    return (
      <section className="surface failure" aria-labelledby="why-title">
        <h2 id="why-title">
          <CircleX size={18} aria-hidden /> This run was terminated
        </h2>
        <p>Somebody asked it to stop before it was finished.</p>
      </section>
    );
  }
  return (
    <section className="surface failure" aria-labelledby="why-title">
      <h2 id="why-title">
        <CircleX size={18} aria-hidden /> Why did it fail?
      </h2>
      {task ? (
        <p>
          Task{" "}
          <Anchor component="button" type="button" fw={650} onClick={() => onSelect(task.task_id)}>
            {task.display_name}
          </Anchor>{" "}
          failed{others > 0 ? `, and ${others} more after it` : ""}.
        </p>
      ) : null}
      {headline === reason ? null : <p className="failure-headline">{headline}</p>}
      {headline === reason || !task?.log_url ? <p className="failure-reason">{reason}</p> : null}
      {task?.log_url ? <LogEnd runId={run.run_id} taskId={task.task_id} /> : null}
      {task ? (
        <Button variant="default" size="sm" rightSection={<ArrowRight size={15} aria-hidden />} onClick={() => onSelect(task.task_id)}>
          Open the task and its full log
        </Button>
      ) : null}
    </section>
  );
}
