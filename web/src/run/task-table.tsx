/** The tasks as a table: the same content as the graph, for everybody. */
import { Anchor, Table } from "@mantine/core";
import type { ReactElement } from "react";
import type { TaskDetail } from "../../../src/api/pipelines.ts";
import { isFinal } from "../api/run-state.ts";
import { StateBadge } from "../pieces/state-badge.tsx";
import { Duration } from "../pieces/time.tsx";
import { flatten, toTaskTree, upstreamOf } from "./task-tree.ts";

/** The element that gets the focus back when a task's panel closes. */
export const taskButtonId = (taskId: string): string => `task-${taskId}`;

export interface TaskTableProps {
  readonly tasks: readonly TaskDetail[];
  readonly selected: string | undefined;
  readonly onSelect: (taskId: string) => void;
}

export function TaskTable({ tasks, selected, onSelect }: TaskTableProps): ReactElement {
  const rows = flatten(toTaskTree(tasks));
  const siblingsOf = (task: TaskDetail): TaskDetail[] => tasks.filter((other) => other.parent_task_id === task.parent_task_id);
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
        {rows.map(({ task, depth }) => (
          <Table.Tr key={task.task_id} data-selected={task.task_id === selected || undefined} onClick={() => onSelect(task.task_id)}>
            <Table.Td className="cell-name" style={{ paddingInlineStart: `${12 + depth * 20}px` }}>
              <Anchor
                id={taskButtonId(task.task_id)}
                component="button"
                type="button"
                aria-pressed={task.task_id === selected}
                onClick={(event) => {
                  event.stopPropagation();
                  onSelect(task.task_id);
                }}
              >
                {task.display_name}
              </Anchor>
            </Table.Td>
            <Table.Td>
              <StateBadge state={task.state} />
            </Table.Td>
            <Table.Td>
              <Duration from={task.start_time} to={task.end_time} running={!isFinal(task.state)} />
            </Table.Td>
            <Table.Td className="muted">
              {upstreamOf(task, siblingsOf(task))
                .map((other) => other.display_name)
                .join(", ") || "–"}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
