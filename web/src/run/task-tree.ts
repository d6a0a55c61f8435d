/** The tasks of a run as the tree that their DAGs form. */
import type { TaskDetail } from "../../../src/api/pipelines.ts";

export interface TaskNode {
  readonly task: TaskDetail;
  readonly depth: number;
  readonly children: readonly TaskNode[];
  /** The siblings that it waits for. */
  readonly upstream: readonly TaskDetail[];
}

/** Builds the tree without its root; tasks with an unknown parent stand at the top, so that nothing is hidden. */
export function toTaskTree(tasks: readonly TaskDetail[]): readonly TaskNode[] {
  const shown = tasks.filter((task) => task.type !== "ROOT");
  const ids = new Set(shown.map((task) => task.task_id));
  const byParent = new Map<string, TaskDetail[]>();
  for (const task of shown) {
    const parent = task.parent_task_id !== undefined && ids.has(task.parent_task_id) ? task.parent_task_id : "";
    const siblings = byParent.get(parent);
    if (siblings) siblings.push(task);
    else byParent.set(parent, [task]);
  }
  const build = (parent: string, depth: number): TaskNode[] => {
    const siblings = byParent.get(parent) ?? [];
    const find = createUpstream(siblings);
    return inOrder(siblings, find).map((task) => ({ task, depth, children: build(task.task_id, depth + 1), upstream: find(task) }));
  };
  return build("", 0);
}

/** The tree's tasks, parents before children. */
export function flatten(nodes: readonly TaskNode[]): readonly TaskNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}

/** Finds the siblings that a task waits for, whether the server names them by name or by id. */
function createUpstream(siblings: readonly TaskDetail[]): (task: TaskDetail) => readonly TaskDetail[] {
  const byWord = new Map<string, TaskDetail[]>();
  for (const task of siblings) {
    for (const word of new Set([task.task_name, task.task_id])) {
      const known = byWord.get(word);
      if (known) known.push(task);
      else byWord.set(word, [task]);
    }
  }
  return (task) => [...new Set((task.depends_on ?? []).flatMap((word) => byWord.get(word) ?? []))].filter((other) => other !== task);
}

/** Siblings in the order in which they can run; tasks of a cycle, which no valid run has, come last. */
function inOrder(siblings: readonly TaskDetail[], find: (task: TaskDetail) => readonly TaskDetail[]): readonly TaskDetail[] {
  const waits = new Map(siblings.map((task) => [task, find(task).length]));
  const followers = new Map<TaskDetail, TaskDetail[]>(siblings.map((task) => [task, []]));
  for (const task of siblings) for (const other of find(task)) followers.get(other)?.push(task);
  const ordered = siblings.filter((task) => waits.get(task) === 0);
  for (const task of ordered) {
    for (const follower of followers.get(task) ?? []) {
      const left = (waits.get(follower) ?? 0) - 1;
      waits.set(follower, left);
      // The loop reads what it appends.
      if (left === 0) ordered.push(follower);
    }
  }
  const known = new Set(ordered);
  return [...ordered, ...siblings.filter((task) => !known.has(task))];
}
