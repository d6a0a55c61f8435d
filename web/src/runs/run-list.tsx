/** A list of runs as a table that turns into cards on narrow screens. */
import { Button, SegmentedControl, Skeleton, Table, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useState, type ReactElement, type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import type { Run } from "../../../src/api/pipelines.ts";
import { runsQuery } from "../api/queries.ts";
import { isFinal } from "../api/run-state.ts";
import { Problem } from "../pieces/problem.tsx";
import { StateBadge } from "../pieces/state-badge.tsx";
import { Ago, Duration } from "../pieces/time.tsx";
import { pipelineNameOf } from "./pipeline-name.ts";
import { isInGroup, isMatch } from "./run-filter.ts";

const GROUPS = [
  { value: "all", label: "All" },
  { value: "active", label: "Active" },
  { value: "failed", label: "Failed" },
  { value: "succeeded", label: "Succeeded" },
] as const;

function RunRow({ run }: { run: Run }): ReactElement {
  return (
    <Table.Tr>
      <Table.Td className="cell-name" data-label="Run">
        <Link to={`/runs/details/${encodeURIComponent(run.run_id)}`}>{run.display_name}</Link>
      </Table.Td>
      <Table.Td data-label="State">
        <StateBadge state={run.state} />
      </Table.Td>
      <Table.Td data-label="Pipeline">{pipelineNameOf(run) ?? "–"}</Table.Td>
      <Table.Td data-label="Duration">
        <Duration from={run.created_at} to={run.finished_at} running={!isFinal(run.state)} />
      </Table.Td>
      <Table.Td data-label="Created">
        <Ago at={run.created_at} />
      </Table.Td>
    </Table.Tr>
  );
}

export interface RunListProps {
  readonly of: { readonly namespace?: string; readonly experimentId?: string };
  readonly empty: ReactNode;
}

export function RunList({ of, empty }: RunListProps): ReactElement {
  const [parameters, setParameters] = useSearchParams();
  const [tokens, setTokens] = useState<readonly string[]>([""]);
  const token = tokens.at(-1) ?? "";
  const { data, error, isPending, refetch } = useQuery({ ...runsQuery(of, token), placeholderData: keepPreviousData });
  const typed = parameters.get("q") ?? "";
  const group = parameters.get("state") ?? "all";
  const set = (key: string, value: string, standard: string): void =>
    setParameters(
      (previous) => {
        const next = new URLSearchParams(previous);
        if (value === standard) next.delete(key);
        else next.set(key, value);
        return next;
      },
      { replace: true },
    );

  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (isPending) {
    return (
      <div aria-busy="true" aria-label="Loading runs" role="status">
        {[0, 1, 2, 3].map((row) => (
          <Skeleton key={row} height={46} mb={8} />
        ))}
      </div>
    );
  }
  const runs = data?.runs ?? [];
  if (runs.length === 0 && tokens.length === 1) return <>{empty}</>;
  const shown = runs.filter((run) => isInGroup(run, group) && isMatch(run, typed));
  return (
    <>
      <div className="filters">
        <TextInput
          aria-label="Filter by name, pipeline or state"
          placeholder="Filter by name, pipeline or state"
          type="search"
          leftSection={<Search size={16} aria-hidden />}
          value={typed}
          onChange={(event) => set("q", event.currentTarget.value, "")}
        />
        <SegmentedControl aria-label="State" data={[...GROUPS]} value={group} onChange={(value) => set("state", value, "all")} />
      </div>
      <p className="visually-hidden" role="status">
        {shown.length} of {runs.length} runs shown
      </p>
      {shown.length === 0 ? (
        <p className="nothing">No run on this page matches the filter.</p>
      ) : (
        <div className="surface">
          <Table className="run-table" verticalSpacing="sm" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Run</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Pipeline</Table.Th>
                <Table.Th>Duration</Table.Th>
                <Table.Th>Created</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((run) => (
                <RunRow key={run.run_id} run={run} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {tokens.length > 1 || data?.next_page_token ? (
        <nav className="pager" aria-label="Pages of runs">
          <Button variant="default" disabled={tokens.length === 1} onClick={() => setTokens(tokens.slice(0, -1))}>
            Newer
          </Button>
          <Button variant="default" disabled={!data?.next_page_token} onClick={() => setTokens([...tokens, data?.next_page_token ?? ""])}>
            Older
          </Button>
        </nav>
      ) : null}
    </>
  );
}
