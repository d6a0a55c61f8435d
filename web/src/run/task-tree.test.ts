import { describe, expect, it } from "vitest";
import { layoutTasks } from "../graph/layout.ts";
import { sampleTask } from "./sample-task.ts";
import { flatten, toTaskTree } from "./task-tree.ts";

const tasks = [
  sampleTask("root", { type: "ROOT" }),
  sampleTask("evaluate", { parent_task_id: "root", depends_on: ["branch", "load"] }),
  sampleTask("branch", { parent_task_id: "root", type: "DAG", depends_on: ["load"] }),
  sampleTask("tune", { parent_task_id: "branch", depends_on: ["train"] }),
  sampleTask("train", { parent_task_id: "branch" }),
  sampleTask("load", { parent_task_id: "root" }),
];
const names = (of: typeof tasks): string[] => flatten(toTaskTree(of)).map(({ task, depth }) => `${depth} ${task.task_name}`);

describe("the tree of tasks", () => {
  it("puts tasks in the order in which they run, below their DAG, without the root", () => {
    expect(names(tasks)).toEqual(["0 load", "0 branch", "1 train", "1 tune", "0 evaluate"]);
  });

  it("hides nothing: unknown parents and cycles stay visible", () => {
    const odd = [
      sampleTask("lost", { parent_task_id: "gone" }),
      sampleTask("a", { depends_on: ["b"] }),
      sampleTask("b", { depends_on: ["a"] }),
      sampleTask("self", { depends_on: ["self"] }),
    ];
    expect(names(odd).sort()).toEqual(["0 a", "0 b", "0 lost", "0 self"]);
  });
});

describe("the layout", () => {
  it("keeps every DAG's tasks inside its box, and tasks after those they wait for", () => {
    const { nodes, edges, width, height } = layoutTasks(tasks, "LR");
    const at = (id: string): (typeof nodes)[number] => {
      const node = nodes.find((candidate) => candidate.id === id);
      if (!node) throw new Error(`no node ${id}`);
      return node;
    };
    expect(at("branch").isGroup).toBe(true);
    for (const id of ["train", "tune"]) {
      const inner = at(id);
      expect(inner.parentId).toBe("branch");
      expect(inner.x).toBeGreaterThan(0);
      expect(inner.y).toBeGreaterThan(0);
      expect(inner.x + inner.width).toBeLessThanOrEqual(at("branch").width);
      expect(inner.y + inner.height).toBeLessThanOrEqual(at("branch").height);
    }
    expect(at("evaluate").x).toBeGreaterThan(at("branch").x + at("branch").width);
    expect(edges.map(({ from, to }) => `${from}>${to}`).sort()).toEqual(["branch>evaluate", "load>branch", "load>evaluate", "train>tune"]);
    expect(width).toBeGreaterThanOrEqual(at("evaluate").x + at("evaluate").width);
    expect(height).toBeGreaterThan(at("branch").height - 1);
    expect(nodes.findIndex(({ id }) => id === "branch")).toBeLessThan(nodes.findIndex(({ id }) => id === "train"));
  });
});
