/** The run as a graph that changes with its states. Loaded when a run is opened. */
import {
  Controls,
  Handle,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
  ReactFlowProvider,
  type Edge,
  type FitViewOptions,
  type Node,
  type NodeProps,
} from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMantineColorScheme } from "@mantine/core";
import { createContext, use, useEffect, useMemo, type ReactElement } from "react";
import type { TaskDetail } from "../../../src/api/pipelines.ts";
import { isFinal, STATE_WORDS } from "../api/run-state.ts";
import { StateIcon } from "../pieces/state-badge.tsx";
import { Duration } from "../pieces/time.tsx";
import { layoutTasks, type Direction, type Layout } from "./layout.ts";

type TaskFlowNode = Node<{ task: TaskDetail; chosen: boolean; direction: Direction }, "task" | "group-of-tasks">;

/** Room at the bottom for the controls. */
const FIT: FitViewOptions = { maxZoom: 1, padding: { top: "24px", right: "24px", left: "24px", bottom: "48px" } };

const Select = createContext<(taskId: string) => void>(() => undefined);

function Ends({ direction }: { direction: Direction }): ReactElement {
  return (
    <>
      <Handle type="target" position={direction === "LR" ? Position.Left : Position.Top} isConnectable={false} />
      <Handle type="source" position={direction === "LR" ? Position.Right : Position.Bottom} isConnectable={false} />
    </>
  );
}

function TaskBox({ data: { task, chosen, direction } }: NodeProps<TaskFlowNode>): ReactElement {
  const select = use(Select);
  return (
    <>
      <button
        type="button"
        className="graph-task"
        data-state={task.state}
        aria-pressed={chosen}
        title={task.display_name}
        onClick={() => select(task.task_id)}
      >
        <StateIcon state={task.state} size={20} />
        <span className="graph-task-text">
          <span className="graph-task-name">{task.display_name}</span>
          <span className="graph-task-state">
            {STATE_WORDS[task.state]}
            {task.start_time && (task.end_time || !isFinal(task.state)) ? (
              <>
                {" · "}
                <Duration from={task.start_time} to={task.end_time} running={!isFinal(task.state)} />
              </>
            ) : null}
          </span>
        </span>
      </button>
      <Ends direction={direction} />
    </>
  );
}

function GroupBox({ data: { task, chosen, direction } }: NodeProps<TaskFlowNode>): ReactElement {
  const select = use(Select);
  return (
    <div className="graph-group" data-state={task.state}>
      <button type="button" aria-pressed={chosen} title={task.display_name} onClick={() => select(task.task_id)}>
        <StateIcon state={task.state} size={16} />
        <span className="graph-task-name">{task.display_name}</span>
      </button>
      <Ends direction={direction} />
    </div>
  );
}

const nodeTypes = { task: TaskBox, "group-of-tasks": GroupBox };

export interface RunGraphProps {
  readonly tasks: readonly TaskDetail[];
  readonly selected: string | undefined;
  readonly onSelect: (taskId: string) => void;
  readonly wide: boolean;
}

interface FlowProps {
  readonly tasks: readonly TaskDetail[];
  readonly selected: string | undefined;
  readonly direction: Direction;
  readonly placed: Layout;
}

function Flow({ tasks, selected, direction, placed }: FlowProps): ReactElement {
  const { colorScheme } = useMantineColorScheme();
  const { fitView } = useReactFlow();
  const nodes = useMemo((): TaskFlowNode[] => {
    const byId = new Map(tasks.map((task) => [task.task_id, task]));
    return placed.nodes.flatMap(({ id, x, y, width, height, parentId, isGroup }) => {
      const task = byId.get(id);
      if (!task) return [];
      const type = isGroup ? "group-of-tasks" : "task";
      const data = { task, chosen: id === selected, direction };
      return [{ id, type, position: { x, y }, width, height, data, ...(parentId ? { parentId } : {}) }];
    });
  }, [placed, tasks, selected, direction]);
  const edges = useMemo((): Edge[] => {
    const states = new Map(tasks.map((task) => [task.task_id, task.state]));
    return placed.edges.map(({ id, from, to }) => ({
      id,
      source: from,
      target: to,
      type: "default",
      className: states.get(to) === "RUNNING" ? "graph-edge-active" : "",
      zIndex: 1,
    }));
  }, [placed, tasks]);
  const boxWidth = useStore(({ width }) => width);
  useEffect(() => {
    // Also when the panel of a task opens beside it.
    void fitView(FIT);
  }, [placed, fitView, boxWidth]);

  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      colorMode={colorScheme === "auto" ? "system" : colorScheme}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      preventScrolling={false}
      zoomOnScroll={false}
      onlyRenderVisibleElements
      fitView
      fitViewOptions={FIT}
      minZoom={0.04}
      maxZoom={1.5}
      aria-label="Graph of the tasks; the table below holds the same tasks"
    >
      <Controls orientation="horizontal" showInteractive={false} />
    </ReactFlow>
  );
}

/** As high as the graph needs, within bounds, in pixels; small graphs leave no empty field. */
const boxHeight = (graphHeight: number): number => Math.min(460, Math.max(140, graphHeight + 84));

export function RunGraph({ tasks, selected, onSelect, wide }: RunGraphProps): ReactElement {
  const direction: Direction = wide ? "LR" : "TB";
  const shape = JSON.stringify(tasks.map(({ task_id, parent_task_id, depends_on }) => [task_id, parent_task_id, depends_on]));
  // The layout depends on the shape alone, so that a change of state moves nothing.
  const placed = useMemo(() => layoutTasks(tasks, direction), [shape, direction]);
  return (
    <div style={{ height: boxHeight(placed.height) }}>
      <ReactFlowProvider>
        <Select value={onSelect}>
          <Flow tasks={tasks} selected={selected} direction={direction} placed={placed} />
        </Select>
      </ReactFlowProvider>
    </div>
  );
}
