/** Places tasks: each DAG is laid out on its own, from the innermost to the outermost, and stands in its parent as a box. */
import { Graph, layout } from "@dagrejs/dagre";
import type { TaskDetail } from "../../../src/api/pipelines.ts";
import { toTaskTree, type TaskNode } from "../run/task-tree.ts";

export interface Placed {
  readonly id: string;
  /** Relative to the parent's corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly parentId: string | undefined;
  readonly isGroup: boolean;
}

export interface Layout {
  readonly nodes: readonly Placed[];
  readonly edges: readonly { readonly id: string; readonly from: string; readonly to: string }[];
  readonly width: number;
  readonly height: number;
}

export type Direction = "LR" | "TB";

export const NODE = { width: 216, height: 56 } as const;
const GROUP = { padding: 16, head: 40 } as const;

function layoutLevel(level: readonly TaskNode[], parentId: string | undefined, direction: Direction): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction, nodesep: 26, ranksep: direction === "LR" ? 56 : 40 });
  graph.setDefaultEdgeLabel(() => ({}));
  const inner = new Map<string, Layout>();
  for (const { task, children } of level) {
    let size: { width: number; height: number } = NODE;
    if (children.length > 0) {
      const nested = layoutLevel(children, task.task_id, direction);
      inner.set(task.task_id, nested);
      size = { width: Math.max(NODE.width, nested.width + 2 * GROUP.padding), height: nested.height + GROUP.head + GROUP.padding };
    }
    graph.setNode(task.task_id, { ...size });
  }
  const edges = level.flatMap(({ task, upstream }) =>
    upstream.map((other) => ({ id: `${other.task_id}→${task.task_id}`, from: other.task_id, to: task.task_id })),
  );
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);

  const offset = parentId === undefined ? { x: 0, y: 0 } : { x: GROUP.padding, y: GROUP.head };
  const own = level.map(({ task, children }): Placed => {
    const node = graph.node(task.task_id) as { x: number; y: number; width: number; height: number };
    return {
      id: task.task_id,
      x: node.x - node.width / 2 + offset.x,
      y: node.y - node.height / 2 + offset.y,
      width: node.width,
      height: node.height,
      parentId,
      isGroup: children.length > 0,
    };
  });
  const nested = [...inner.values()];
  return {
    // xyflow wants parents before their children.
    nodes: [...own, ...nested.flatMap(({ nodes }) => nodes)],
    edges: [...edges, ...nested.flatMap((each) => each.edges)],
    width: Math.max(0, ...own.map(({ x, width }) => x + width)) - offset.x,
    height: Math.max(0, ...own.map(({ y, height }) => y + height)) - offset.y,
  };
}

/** Lays out all tasks of a run; depends on names and dependencies only, not on states. */
export function layoutTasks(tasks: readonly TaskDetail[], direction: Direction): Layout {
  return layoutLevel(toTaskTree(tasks), undefined, direction);
}
