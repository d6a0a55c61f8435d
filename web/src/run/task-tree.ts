/** The tasks of a run as the tree that their DAGs form. */
import type { TaskDetail } from "../../../src/api/pipelines.ts";

export interface TaskNode {
  readonly task: TaskDetail;
  readonly depth: number;
  readonly children: readonly TaskNode[];
}

/** Builds the tree without its root; tasks with an unknown parent stand at the top, so that nothing is hidden. */
export function toTaskTree(tasks: readonly TaskDetail[]): readonly TaskNode[] {
  const shown = tasks.filter((task) => task.type !== "ROOT");
  const ids = new Set(shown.map((task) => task.task_id));
  const byParent = new Map<string, TaskDetail[]>();
  for (const task of shown) {
    const parent = task.parent_task_id !== undefined && ids.has(task.parent_task_id) ? task.parent_task_id : "";
    byParent.set(parent, [...(byParent.get(parent) ?? []), task]);
  }
  const build = (parent: string, depth: number): TaskNode[] =>
    inOrder(byParent.get(parent) ?? []).map((task) => ({ task, depth, children: build(task.task_id, depth + 1) }));
  return build("", 0);
}

/** The tree's tasks, parents before children. */
export function flatten(nodes: readonly TaskNode[]): readonly TaskNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}

/** The siblings that a task waits for, whether the server names them by name or by id. */
export function upstreamOf(task: TaskDetail, siblings: readonly TaskDetail[]): readonly TaskDetail[] {
  const wanted = new Set(task.depends_on ?? []);
  if (wanted.size === 0) return [];
  return siblings.filter((other) => other !== task && (wanted.has(other.task_name) || wanted.has(other.task_id)));
}

/** Siblings in the order in which they can run; tasks of a cycle, which no valid run has, come last. */
function inOrder(siblings: readonly TaskDetail[]): readonly TaskDetail[] {
  const left = new Map(siblings.map((task) => [task, new Set(upstreamOf(task, siblings))]));
  const done: TaskDetail[] = [];
  while (left.size > 0) {
    const next = [...left].filter(([, waits]) => [...waits].every((other) => !left.has(other))).map(([task]) => task);
    if (next.length === 0) return [...done, ...left.keys()];
    for (const task of next) {
      left.delete(task);
      done.push(task);
    }
  }
  return done;
}
