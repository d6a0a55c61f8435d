/** A run: what it is, why it failed, its graph and tasks, live. */
import { Drawer, Progress, Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, type ReactElement, type ReactNode } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import type { Run, TaskDetail } from "../../../src/api/pipelines.ts";
import { experimentQuery } from "../api/queries.ts";
import { isFinal, STATE_WORDS } from "../api/run-state.ts";
import { useRun } from "../api/use-run.ts";
import { CopyIcon } from "../pieces/copyable.tsx";
import { KeyValues } from "../pieces/key-values.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { Problem } from "../pieces/problem.tsx";
import { StateBadge } from "../pieces/state-badge.tsx";
import { At, Duration } from "../pieces/time.tsx";
import { pipelineNameOf } from "../runs/pipeline-name.ts";
import { useNamespaceOf } from "../shell/namespace.tsx";
import { RunArtifacts } from "./run-artifacts.tsx";
import { TaskPanel } from "./task-panel.tsx";
import { taskButtonId, TaskTable } from "./task-table.tsx";
import { TerminateButton } from "./terminate-button.tsx";
import { WhyItFailed } from "./why-it-failed.tsx";

const RunGraph = lazy(async () => ({ default: (await import("../graph/run-graph.tsx")).RunGraph }));

function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ run, executors }: { run: Run; executors: readonly TaskDetail[] }): ReactElement {
  const ended = executors.filter(({ state }) => isFinal(state)).length;
  return (
    <dl className="facts surface">
      <Fact name="Pipeline">{pipelineNameOf(run) ?? "–"}</Fact>
      <Fact name="Started">
        <At at={run.created_at} />
      </Fact>
      <Fact name="Duration">
        <Duration from={run.created_at} to={run.finished_at} running={!isFinal(run.state)} />
      </Fact>
      <Fact name="Tasks finished">
        <span className="numbers">
          {ended} of {executors.length}
        </span>
        {!isFinal(run.state) && executors.length > 0 ? (
          <Progress value={(100 * ended) / executors.length} size={4} mt={6} aria-label="Tasks finished" />
        ) : null}
      </Fact>
      <Fact name="Run ID">
        <span className="run-id">
          <code>{run.run_id}</code>
          <CopyIcon value={run.run_id} label="Copy the run ID" />
        </span>
      </Fact>
    </dl>
  );
}

function Parameters({ run }: { run: Run }): ReactElement | null {
  const parameters = run.runtime_config?.parameters ?? {};
  if (Object.keys(parameters).length === 0) return null;
  return (
    <section aria-labelledby="parameters-title">
      <h2 id="parameters-title">Parameters</h2>
      <div className="surface">
        <KeyValues values={parameters} caption="Parameters of the run" />
      </div>
    </section>
  );
}

function Above({ run }: { run: Run }): ReactElement {
  const { data: experiment } = useQuery({ ...experimentQuery(run.experiment_id), enabled: run.experiment_id !== "" });
  return (
    <>
      <Link to={`/runs?ns=${encodeURIComponent(run.namespace)}`}>{run.namespace}</Link>
      <span aria-hidden> / </span>
      <Link to={`/experiments/details/${encodeURIComponent(run.experiment_id)}`}>{experiment?.display_name ?? "Experiment"}</Link>
    </>
  );
}

function RunView({ run, reconnecting }: { run: Run; reconnecting: boolean }): ReactElement {
  const [parameters, setParameters] = useSearchParams();
  const wide = useMediaQuery("(min-width: 75em)", undefined, { getInitialValueInEffect: false });
  const tasks = run.run_details?.task_details ?? [];
  useNamespaceOf(run.namespace);
  const executors = tasks.filter(({ type }) => type === "EXECUTOR");
  const selected = tasks.find(({ task_id }) => task_id === parameters.get("task"));
  const select = (taskId: string | undefined): void =>
    setParameters((previous) => {
      const next = new URLSearchParams(previous);
      if (taskId === undefined) for (const name of ["task", "tab"]) next.delete(name);
      else next.set("task", taskId);
      return next;
    });
  const close = (): void => {
    const id = selected?.task_id;
    select(undefined);
    if (id) document.getElementById(taskButtonId(id))?.focus({ preventScroll: true });
  };
  const ended = executors.filter(({ state }) => isFinal(state)).length;
  const panel = selected ? <TaskPanel run={run} task={selected} onClose={close} /> : null;
  return (
    <div className="page page-wide" data-panel={(wide && selected !== undefined) || undefined}>
      <div className="run-main">
        <PageHead
          title={run.display_name}
          above={<Above run={run} />}
          beside={<StateBadge state={run.state} />}
          actions={isFinal(run.state) ? undefined : <TerminateButton run={run} />}
        />
        <p className="visually-hidden" role="status">
          The run is {STATE_WORDS[run.state]}. {ended} of {executors.length} tasks finished.
        </p>
        {reconnecting ? (
          <p className="reconnecting" role="status">
            The connection was lost. What you see may be old; connecting again…
          </p>
        ) : null}
        <WhyItFailed run={run} onSelect={select} />
        <Facts run={run} executors={executors} />
        <section aria-labelledby="graph-title">
          <h2 id="graph-title">Graph</h2>
          <div className="surface graph">
            {tasks.length > 0 ? (
              <Suspense fallback={<Skeleton height={140} />}>
                <RunGraph tasks={tasks} selected={selected?.task_id} onSelect={select} wide={wide} />
              </Suspense>
            ) : (
              <p className="nothing">The tasks appear here as soon as the run has started.</p>
            )}
          </div>
        </section>
        <section aria-labelledby="tasks-title">
          <h2 id="tasks-title">Tasks</h2>
          <div className="surface scroll-x">
            <TaskTable tasks={tasks} selected={selected?.task_id} onSelect={select} />
          </div>
        </section>
        <RunArtifacts run={run} onSelect={select} />
        <Parameters run={run} />
      </div>
      {wide ? (
        panel ? (
          <aside className="run-aside surface">{panel}</aside>
        ) : null
      ) : (
        <Drawer.Root opened={selected !== undefined} onClose={close} position="right" size="36rem" returnFocus={false} padding="md">
          <Drawer.Overlay />
          <Drawer.Content aria-label="Task">
            <Drawer.Body pt="md">{panel}</Drawer.Body>
          </Drawer.Content>
        </Drawer.Root>
      )}
    </div>
  );
}

export function RunPage(): ReactElement {
  const { runId = "" } = useParams();
  const { run, error, reconnecting } = useRun(runId);
  if (run) return <RunView run={run} reconnecting={reconnecting} />;
  return (
    <div className="page">
      <PageHead title="Run" />
      {error ? (
        <Problem error={error} />
      ) : (
        <div role="status" aria-busy="true" aria-label="Loading the run">
          <Skeleton height={70} mb="md" />
          <Skeleton height={300} />
        </div>
      )}
    </div>
  );
}
