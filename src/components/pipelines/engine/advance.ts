/**
 * The scheduler: from the state of a run to the next one, as a pure function. It has no clock and does no IO; ids follow
 * from places in the tree, so the same state always gives the same answer. One call visits each open DAG's tasks once.
 */
import type { RpcStatus, RuntimeState } from "../../../api/index.ts";
import { messageOf, SkiffError } from "../../../lib/errors.ts";
import type { Json } from "../../../lib/json.ts";
import type { ArtifactValue } from "../spec/artifact-value.ts";
import { evaluateCondition } from "../spec/condition.ts";
import { componentOf, executorOf, type ComponentSpec, type DagSpec, type TaskSpec } from "../spec/pipeline-spec.ts";
import { MAX_TASKS, orderedTasks, type OrderedTask } from "../spec/topology.ts";
import { dagOutputs, loopOutputs } from "./dag-outputs.ts";
import { importArtifact } from "./importer.ts";
import { loopItems, resolveInputs } from "./inputs.ts";
import { isTerminal, NO_VALUES, type RunState, type TaskKind, type TaskNode, type TaskValues } from "./run-state.ts";
import { derivedUid, podNameOf, taskIdsOf } from "./task-ids.ts";

export interface Advance {
  /** Tasks that are new or have changed, each once, in its final form. */
  readonly changes: readonly TaskNode[];
  /** Executors that have become ready for a pod. */
  readonly launches: readonly TaskNode[];
  readonly state: RuntimeState;
  readonly error: RpcStatus | undefined;
}

/** Name of the root task, as upstream's task_details show it. */
const ROOT_TASK = "root";

const RUN_ALWAYS = "ALL_UPSTREAM_TASKS_COMPLETED";
/** Characters of JSON that the inputs and outputs of a run's tasks may have together: they are kept and sent with the run. */
const MAX_VALUES_LENGTH = 64 * 1024 * 1024;
/** gRPC code INTERNAL: what upstream reports for a failed step. */
const FAILED_CODE = 13;

const lengths = new WeakMap<TaskValues, number>();

/** The length of values as JSON; they never change, so it is measured once. */
function lengthOf(values: TaskValues): number {
  if (values === NO_VALUES) return 0;
  const known = lengths.get(values) ?? JSON.stringify(values).length;
  lengths.set(values, known);
  return known;
}

/** Moves a task to `state`, with the history a client sees. */
export function withState(node: TaskNode, state: RuntimeState, now: string, extra: Partial<TaskNode> = {}): TaskNode {
  const error = extra.error ?? node.error;
  return {
    ...node,
    state,
    startedAt: node.startedAt ?? (state === "RUNNING" ? now : undefined),
    endedAt: isTerminal(state) ? now : undefined,
    history: [...node.history, { update_time: now, state, ...(state === "FAILED" && error ? { error } : {}) }],
    ...extra,
  };
}

/** Moves a task to FAILED for `message`. */
export function failed(node: TaskNode, message: string, now: string): TaskNode {
  return withState(node, "FAILED", now, { entered: true, error: { code: FAILED_CODE, message }, reason: message });
}

/** The next state of a run at time `now` (ISO). Call it after every observation has been applied. */
export function advance(run: RunState, now: string): Advance {
  const { info, spec } = run;
  const changed = new Map<string, TaskNode>();
  const launches: TaskNode[] = [];
  let nextSeq = run.tasks.size;
  let firstError: string | undefined;
  let valuesLength: number | undefined;

  const get = (id: string): TaskNode | undefined => changed.get(id) ?? run.tasks.get(id);
  const set = (node: TaskNode): TaskNode => {
    changed.set(node.taskId, node);
    return node;
  };
  const taskId = taskIdsOf(info);
  const idOf = (parent: TaskNode, name: string, iteration?: number): string => taskId(parent.taskId, name, iteration);
  const componentAt = (node: TaskNode): ComponentSpec => (node.kind === "ROOT" ? spec.root : componentOf(spec, node.component));

  const create = (parent: TaskNode | undefined, name: string, kind: TaskKind, fields: Partial<TaskNode>): TaskNode => {
    return set({
      taskId: taskId(parent?.taskId, name, fields.iteration),
      seq: nextSeq++,
      parentId: parent?.taskId,
      name,
      kind,
      component: "",
      iteration: undefined,
      dependsOn: [],
      state: "PENDING",
      entered: false,
      inputs: NO_VALUES,
      outputs: NO_VALUES,
      attempt: 0,
      retries: 0,
      delayMs: 0,
      podName: undefined,
      podUid: undefined,
      cacheKey: undefined,
      cached: false,
      error: undefined,
      reason: undefined,
      createdAt: now,
      startedAt: undefined,
      endedAt: undefined,
      history: [{ update_time: now, state: "PENDING" }],
      ...fields,
    });
  };

  const kindOf = (task: TaskSpec, component: ComponentSpec): TaskKind => {
    if (task.parameterIterator ?? task.artifactIterator) return "LOOP";
    if (component.dag) return "DAG";
    return executorOf(spec, component.executorLabel ?? "").container ? "EXECUTOR" : "IMPORTER";
  };

  /** Refuses what would make the run larger than the platform can carry; asked before anything of it is created. */
  const checkSize = (newTasks: number, inputs: TaskValues): void => {
    if (nextSeq + newTasks > MAX_TASKS)
      throw new SkiffError(
        "Invalid",
        `the run would have more than ${MAX_TASKS} tasks; split it into several runs, or do more in each step`,
      );
    valuesLength ??= [...run.tasks.values()].reduce((sum, task) => sum + lengthOf(task.inputs) + lengthOf(task.outputs), 0);
    valuesLength += lengthOf(inputs);
    if (valuesLength > MAX_VALUES_LENGTH)
      throw new SkiffError(
        "Invalid",
        `the parameters of the run's tasks exceed ${MAX_VALUES_LENGTH} bytes together; pass large data as artifacts`,
      );
  };

  /** Starts a task whose inputs are known. */
  const begin = (node: TaskNode, inputs: TaskValues, halted: boolean): TaskNode => {
    const component = componentAt(node);
    checkSize(component.dag ? orderedTasks(component.dag).length : 0, inputs);
    if (component.dag) {
      const open = set(withState(node, "RUNNING", now, { entered: true, inputs }));
      for (const { name, task, dependencies } of orderedTasks(component.dag)) {
        const kind = kindOf(task, componentOf(spec, task.componentRef.name));
        create(open, name, kind, { component: task.componentRef.name, dependsOn: dependencies });
      }
      return visitDag(open, component, halted);
    }
    const executor = executorOf(spec, component.executorLabel ?? "");
    if (executor.importer) {
      const outputs = importArtifact(executor.importer, component, inputs, info, derivedUid(node.taskId, "import"));
      return set(withState(node, "SUCCEEDED", now, { entered: true, inputs, outputs, startedAt: now }));
    }
    const ready = set({ ...node, entered: true, inputs, podName: podNameOf(info.jobName, node.name, node.seq, 0) });
    launches.push(ready);
    return ready;
  };

  const enter = (node: TaskNode, { task }: OrderedTask, dag: TaskNode, halted: boolean): TaskNode => {
    try {
      const component = componentAt(node);
      const inputs = resolveInputs(task, component, { run: info, node, dag: dag.inputs, sibling: (name) => get(idOf(dag, name)) });
      const { condition } = task.triggerPolicy;
      if (condition !== undefined && condition !== "" && !evaluateCondition(condition, inputs.parameters)) {
        return set(withState(node, "SKIPPED", now, { inputs, reason: `The condition is not met: ${condition}` }));
      }
      if (node.kind !== "LOOP") return begin(node, inputs, halted);
      const items = loopItems(task, inputs);
      checkSize(items.length, inputs);
      const loop = set(withState(node, "RUNNING", now, { entered: true, inputs }));
      const kind: TaskKind = component.dag
        ? "ITERATION"
        : executorOf(spec, component.executorLabel ?? "").container
          ? "EXECUTOR"
          : "IMPORTER";
      for (const iteration of items.keys()) create(loop, node.name, kind, { component: node.component, iteration });
      return visitLoop(loop, task, halted);
    } catch (error) {
      return set(failed(node, messageOf(error), now));
    }
  };

  const visitLoop = (loop: TaskNode, task: TaskSpec, halted: boolean): TaskNode => {
    const items = loopItems(task, loop.inputs);
    const limit = task.iteratorPolicy.parallelismLimit ?? 0;
    const idAt = (index: number): string => idOf(loop, loop.name, index);
    let running = 0;
    let broken = halted;
    for (const index of items.keys()) {
      const node = get(idAt(index));
      const now = node?.kind === "ITERATION" && node.entered && !isTerminal(node.state) ? visitDag(node, componentAt(node), halted) : node;
      if (now?.state === "FAILED") broken = true;
      else if (now?.entered && !isTerminal(now.state)) running++;
    }
    for (const [index, item] of items.entries()) {
      const node = get(idAt(index));
      if (!node || node.entered || isTerminal(node.state)) continue;
      if (broken) set(withState(node, "SKIPPED", now, { reason: "Another iteration or task failed before this one started." }));
      else if (limit === 0 || running < limit) {
        const begun = beginOrFail(node, withItem(task, componentAt(loop), loop.inputs, item), halted);
        if (begun.state === "FAILED") broken = true;
        else if (!isTerminal(begun.state)) running++;
      }
    }
    const iterations = [...items.keys()].map((index) => get(idAt(index))).filter((node) => node !== undefined);
    if (!iterations.every(({ state }) => isTerminal(state))) return loop;
    const culprit = iterations.find(({ state }) => state === "FAILED");
    if (culprit) return set(failed(loop, `iteration ${culprit.iteration} failed: ${culprit.error?.message ?? ""}`, now));
    return set(withState(loop, "SUCCEEDED", now, { outputs: loopOutputs(componentAt(loop).dag, iterations) }));
  };

  const beginOrFail = (node: TaskNode, inputs: TaskValues, halted: boolean): TaskNode => {
    try {
      return begin(node, inputs, halted);
    } catch (error) {
      return set(failed(node, messageOf(error), now));
    }
  };

  const decide = (node: TaskNode, entry: OrderedTask, dag: TaskNode, halted: string | undefined): TaskNode => {
    const { task, dependencies } = entry;
    const always = task.triggerPolicy.strategy === RUN_ALWAYS;
    if (halted !== undefined && !always) return set(withState(node, "SKIPPED", now, { reason: `Not started, because ${halted} failed.` }));
    const upstream = dependencies.map((name) => get(idOf(dag, name)));
    if (!upstream.every((other) => other !== undefined && isTerminal(other.state))) return node;
    const missed = upstream.find((other) => other?.state !== "SUCCEEDED" && other?.cached !== true);
    if (missed && !always) return set(withState(node, "SKIPPED", now, { reason: `Not started, because ${missed.name} was skipped.` }));
    return enter(node, entry, dag, false);
  };

  const visitDag = (dag: TaskNode, component: ComponentSpec, halted: boolean): TaskNode => {
    const order = component.dag ? orderedTasks(component.dag) : [];
    const childOf = (name: string): TaskNode | undefined => get(idOf(dag, name));
    let culprit: TaskNode | undefined;
    // Open DAGs first: a failure among them must be known before anything new starts.
    for (const { name, task } of order) {
      let child = childOf(name);
      if (child?.entered && !isTerminal(child.state)) {
        const stop = halted && task.triggerPolicy.strategy !== RUN_ALWAYS;
        if (child.kind === "DAG") child = visitDag(child, componentAt(child), stop);
        else if (child.kind === "LOOP") child = visitLoop(child, task, stop);
      }
      if (child?.state === "FAILED") culprit ??= child;
    }
    let open = false;
    for (const entry of order) {
      let child = childOf(entry.name);
      if (!child) continue;
      if (!child.entered && !isTerminal(child.state)) {
        child = decide(child, entry, dag, culprit?.name ?? (halted ? "another task of the run" : undefined));
        if (child.state === "FAILED") culprit ??= child;
      }
      if (!isTerminal(child.state)) open = true;
    }
    if (open) return get(dag.taskId) ?? dag;
    if (culprit) return set(failed(dag, `${culprit.name} failed: ${culprit.error?.message ?? ""}`, now));
    return set(withState(dag, "SUCCEEDED", now, component.dag ? { outputs: dagOutputs(component.dag, childOf) } : {}));
  };

  const rootId = taskId(undefined, ROOT_TASK);
  const existing = get(rootId);
  const root = existing ?? create(undefined, ROOT_TASK, "ROOT", {});
  let after = root;
  if (!isTerminal(root.state)) {
    after = root.entered ? visitDag(root, spec.root, false) : beginOrFail(root, { parameters: info.parameters, artifacts: {} }, false);
  }
  if (after.state === "FAILED") firstError = after.error?.message;
  const state = isTerminal(after.state) ? after.state : "RUNNING";
  return {
    changes: [...changed.values()],
    launches: launches.map((node) => get(node.taskId) ?? node),
    state,
    error: firstError === undefined ? undefined : { code: FAILED_CODE, message: firstError },
  };
}

const dagTexts = new WeakMap<DagSpec, string>();

/** True when something inside the component may ask for the input `name`. */
function mentions({ dag }: ComponentSpec, name: string): boolean {
  if (!dag) return true;
  const text = dagTexts.get(dag) ?? JSON.stringify(dag);
  dagTexts.set(dag, text);
  return text.includes(JSON.stringify(name).slice(1, -1));
}

/** Inputs of one iteration: the loop's and its item. Without the whole list unless it is used: n iterations would keep it n times. */
function withItem(task: TaskSpec, component: ComponentSpec, { parameters, artifacts }: TaskValues, item: Json | ArtifactValue): TaskValues {
  const without = <T>(record: Readonly<Record<string, T>>, name: string | undefined): Record<string, T> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => key !== name || mentions(component, key)));
  if (task.artifactIterator) {
    const { items, itemInput } = task.artifactIterator;
    return { parameters, artifacts: { ...without(artifacts, items.inputArtifact), [itemInput]: [item as ArtifactValue] } };
  }
  const { items, itemInput = "" } = task.parameterIterator ?? {};
  return { artifacts, parameters: { ...without(parameters, items?.inputParameter), [itemInput]: item as Json } };
}
