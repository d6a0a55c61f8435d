/** Everything about one task: why, log, inputs and outputs, history. */
import { Alert, CloseButton, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { CircleX, Info } from "lucide-react";
import { useEffect, useRef, type ReactElement } from "react";
import { useSearchParams } from "react-router";
import type { Artifact, ArtifactList, Run, TaskDetail } from "../../../src/api/pipelines.ts";
import { artifactsQuery } from "../api/queries.ts";
import { isFinal } from "../api/run-state.ts";
import { KeyValues } from "../pieces/key-values.tsx";
import { Problem } from "../pieces/problem.tsx";
import { StateBadge } from "../pieces/state-badge.tsx";
import { At, Duration } from "../pieces/time.tsx";
import { ArtifactCard } from "./artifact-card.tsx";
import { LogView } from "./log-view.tsx";

const TABS = ["log", "data", "history"] as const;

interface Named {
  readonly name: string;
  readonly artifact: Artifact;
}

function pick(lists: Record<string, ArtifactList> | undefined, artifacts: readonly Artifact[]): readonly Named[] {
  return Object.entries(lists ?? {}).flatMap(([name, list]) =>
    artifacts.filter((artifact) => list.artifact_ids?.includes(artifact.artifact_id)).map((artifact) => ({ name, artifact })),
  );
}

function Side(props: { title: string; parameters: Record<string, unknown> | undefined; artifacts: readonly Named[] }): ReactElement {
  const { title, parameters = {}, artifacts } = props;
  const nothing = Object.keys(parameters).length === 0 && artifacts.length === 0;
  return (
    <section className="side">
      <h3>{title}</h3>
      {Object.keys(parameters).length > 0 ? <KeyValues values={parameters} caption={`${title}: parameters`} /> : null}
      {artifacts.map(({ name, artifact }) => (
        <ArtifactCard key={`${name}/${artifact.artifact_id}`} artifact={{ ...artifact, name }} heading="h4" />
      ))}
      {nothing ? <p className="muted">None.</p> : null}
    </section>
  );
}

function InputsAndOutputs({ run, task }: { run: Run; task: TaskDetail }): ReactElement {
  const ended = run.run_details?.task_details.filter(({ state }) => isFinal(state)).length ?? 0;
  const { data: artifacts = [], error, refetch } = useQuery(artifactsQuery(run.run_id, String(ended)));
  const listed = pick(task.outputs, artifacts);
  // Outputs of a task that has not listed them yet are known by the task that made them.
  const made = artifacts.filter((artifact) => artifact.task_id === task.task_id).map((artifact) => ({ name: artifact.name, artifact }));
  return (
    <>
      {error ? <Problem error={error} retry={() => void refetch()} /> : null}
      <Side title="Outputs" parameters={task.output_parameters} artifacts={listed.length > 0 ? listed : made} />
      <Side title="Inputs" parameters={task.input_parameters} artifacts={pick(task.inputs, artifacts)} />
    </>
  );
}

function History({ task }: { task: TaskDetail }): ReactElement {
  return (
    <>
      <ol className="history">
        {(task.state_history ?? []).map((entry) => (
          <li key={`${entry.update_time}/${entry.state}`}>
            <StateBadge state={entry.state} />
            <span className="muted">
              <At at={entry.update_time} />
            </span>
            {entry.error?.message ? <p>{entry.error.message}</p> : null}
          </li>
        ))}
      </ol>
      <KeyValues
        caption="Details"
        values={{
          "Task ID": task.task_id,
          ...(task.pod_name ? { Pod: task.pod_name } : {}),
          Type: task.type === "DAG" ? "Group of tasks" : "Task",
        }}
      />
    </>
  );
}

function Reason({ task }: { task: TaskDetail }): ReactElement | null {
  const text = task.reason || task.error?.message;
  if (!text) return null;
  const failed = task.state === "FAILED";
  return (
    <Alert
      className="reason"
      color={failed ? "red" : "gray"}
      variant="outline"
      icon={failed ? <CircleX size={18} aria-hidden /> : <Info size={18} aria-hidden />}
    >
      {text}
    </Alert>
  );
}

export interface TaskPanelProps {
  readonly run: Run;
  readonly task: TaskDetail;
  readonly onClose: () => void;
}

export function TaskPanel({ run, task, onClose }: TaskPanelProps): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [task.task_id]);
  const [parameters, setParameters] = useSearchParams();
  const hasLog = task.log_url !== undefined;
  const asked = TABS.find((name) => name === parameters.get("tab"));
  const tab = asked === undefined || (asked === "log" && task.type !== "EXECUTOR") ? (hasLog ? "log" : "data") : asked;
  const setTab = (name: string | null): void =>
    setParameters(
      (previous) => {
        const next = new URLSearchParams(previous);
        next.set("tab", name ?? "data");
        return next;
      },
      { replace: true },
    );
  return (
    <section className="task-panel" aria-labelledby="task-title">
      <header className="task-panel-head">
        <div>
          <h2 id="task-title" ref={heading} tabIndex={-1}>
            {task.display_name}
          </h2>
          <p className="task-panel-line">
            <StateBadge state={task.state} />
            <Duration from={task.start_time} to={task.end_time} running={!isFinal(task.state)} />
          </p>
        </div>
        <CloseButton aria-label="Close the task" onClick={onClose} />
      </header>
      <Reason task={task} />
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List aria-label="About the task">
          {task.type === "EXECUTOR" ? <Tabs.Tab value="log">Log</Tabs.Tab> : null}
          <Tabs.Tab value="data">Inputs and outputs</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="log" pt="sm">
          {hasLog ? (
            <LogView key={task.task_id} runId={run.run_id} task={task} />
          ) : (
            <p className="nothing">There is no log: this task has not started{isFinal(task.state) ? "" : " yet"}.</p>
          )}
        </Tabs.Panel>
        <Tabs.Panel value="data" pt="sm">
          <InputsAndOutputs run={run} task={task} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="sm">
          <History task={task} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}
