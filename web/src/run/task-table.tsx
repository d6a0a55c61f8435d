/** The tasks as a table: the same content as the graph, for everybody. */
import { Table } from "@mantine/core";
import { useMemo, type ReactElement } from "react";
import type { TaskDetail } from "../../../src/api/pipelines.ts";
import { isFinal } from "../api/run-state.ts";
import { StateBadge } from "../pieces/state-badge.tsx";
import { Duration } from "../pieces/time.tsx";
import { flatten, toTaskTree, type TaskNode } from "./task-tree.ts";

/** The element that gets the focus back when a task's panel closes. */
export const taskButtonId = (taskId: string): string => `task-${taskId}`;

export interface TaskTableProps {
  readonly tasks: readonly TaskDetail[];
  readonly selected: string | undefined;
  readonly onSelect: (taskId: string) => void;
}

interface TaskRowProps {
  readonly node: TaskNode;
  readonly isSelected: boolean;
  readonly onSelect: (taskId: string) => void;
}

function TaskRow({ node: { task, depth, upstream }, isSelected, onSelect }: TaskRowProps): ReactElement {
  return (
    <Table.Tr data-selected={isSelected || undefined} onClick={() => onSelect(task.task_id)}>
      <Table.Td className="cell-name" style={{ paddingInlineStart: `${12 + depth * 20}px` }}>
        <button
          id={taskButtonId(task.task_id)}
          className="link-button"
          type="button"
          aria-pressed={isSelected}
          onClick={(event) => {
            event.stopPropagation();
            onSelect(task.task_id);
          }}
        >
          {task.display_name}
        </button>
      </Table.Td>
      <Table.Td>
        <StateBadge state={task.state} />
      </Table.Td>
      <Table.Td>
        <Duration from={task.start_time} to={task.end_time} running={!isFinal(task.state)} />
      </Table.Td>
      <Table.Td className="muted">{upstream.map((other) => other.display_name).join(", ") || "–"}</Table.Td>
    </Table.Tr>
  );
}

export function TaskTable({ tasks, selected, onSelect }: TaskTableProps): ReactElement {
  const rows = useMemo(() => flatten(toTaskTree(tasks)), [tasks]);
  return (
    <Table className="task-table" aria-label="Tasks" verticalSpacing={9} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Task</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th>Duration</Table.Th>
          <Table.Th>After</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((node) => (
          <TaskRow key={node.task.task_id} node={node} isSelected={node.task.task_id === selected} onSelect={onSelect} />
        ))}
      </Table.Tbody>
    </Table>
  );
}
