/** The order of a DAG's tasks, and the check of a whole spec before it is accepted. */
import { SkiffError } from "../../../lib/errors.ts";
import { componentOf, executorOf, type ComponentSpec, type DagSpec, type PipelineSpec, type TaskSpec } from "./pipeline-spec.ts";

/** Sibling tasks that a task waits for: declared ones and producers of its inputs. */
function dependenciesOf(task: TaskSpec): string[] {
  const names = new Set(task.dependentTasks);
  for (const input of Object.values(task.inputs.parameters)) {
    const producer = input.taskOutputParameter?.producerTask ?? input.taskFinalStatus?.producerTask;
    if (producer !== undefined) names.add(producer);
  }
  for (const input of Object.values(task.inputs.artifacts)) {
    if (input.taskOutputArtifact) names.add(input.taskOutputArtifact.producerTask);
  }
  return [...names];
}

export interface OrderedTask {
  readonly name: string;
  readonly task: TaskSpec;
  readonly dependencies: readonly string[];
}

const orders = new WeakMap<DagSpec, readonly OrderedTask[]>();

/** Tasks so that each follows all it depends on. Throws BadRequest on a cycle or an unknown dependency. */
export function orderedTasks(dag: DagSpec): readonly OrderedTask[] {
  const known = orders.get(dag);
  if (known) return known;
  const waiting = new Map<string, number>();
  const dependants = new Map<string, string[]>();
  const entries = new Map<string, OrderedTask>();
  for (const [name, task] of Object.entries(dag.tasks)) {
    const dependencies = dependenciesOf(task);
    entries.set(name, { name, task, dependencies });
    waiting.set(name, dependencies.length);
    for (const dependency of dependencies) {
      if (!Object.hasOwn(dag.tasks, dependency)) throw invalid(`task ${name} depends on ${dependency}, which is not in its DAG`);
      const list = dependants.get(dependency);
      if (list) list.push(name);
      else dependants.set(dependency, [name]);
    }
  }
  const queue = [...waiting].filter(([, count]) => count === 0).map(([name]) => name);
  const order: OrderedTask[] = [];
  for (const name of queue) {
    const entry = entries.get(name);
    if (entry) order.push(entry);
    for (const dependant of dependants.get(name) ?? []) {
      const left = (waiting.get(dependant) ?? 0) - 1;
      waiting.set(dependant, left);
      if (left === 0) queue.push(dependant);
    }
  }
  if (order.length < entries.size) throw invalid("its tasks depend on each other in a circle");
  orders.set(dag, order);
  return order;
}

const invalid = (why: string): SkiffError => new SkiffError("BadRequest", `invalid v2 pipeline spec: ${why}`);

/** Every task is a record that each answer about its run carries; a spec of a few lines can ask for billions. */
export const MAX_TASKS = 10_000;

// Deeper nesting than any compiler writes; it stops a spec from exhausting the stack.
const MAX_DEPTH = 64;

/** Checks references, cycles and supported executors of everything reachable from the root. Throws BadRequest or NotImplemented. */
export function checkPipelineSpec(spec: PipelineSpec): void {
  interface Measure {
    /** Tasks that the component stands for, each loop counted as one iteration. */
    readonly size: number;
    /** Levels of components below it. */
    readonly height: number;
  }
  const measures = new Map<ComponentSpec, Measure>();
  const checkDepth = (depth: number): void => {
    if (depth > MAX_DEPTH) throw invalid(`components are nested more than ${MAX_DEPTH} levels deep`);
  };
  const visit = (component: ComponentSpec, path: readonly ComponentSpec[], label: string): Measure => {
    if (path.includes(component)) throw invalid(`component ${label} contains itself`);
    const known = measures.get(component);
    // A component that was fine further up may be too deep here.
    checkDepth(path.length + (known?.height ?? 0));
    if (known) return known;
    let size = 1;
    let height = 0;
    if (component.dag) {
      for (const { task } of orderedTasks(component.dag)) {
        const inner = visit(componentOf(spec, task.componentRef.name), [...path, component], task.componentRef.name);
        size += inner.size;
        height = Math.max(height, inner.height + 1);
        if (size > MAX_TASKS)
          throw invalid(`it has more than ${MAX_TASKS} tasks; split it into several pipelines, or do more in each step`);
      }
    } else if (component.executorLabel !== undefined) {
      const executor = executorOf(spec, component.executorLabel);
      if (!executor.container && !executor.importer) {
        throw new SkiffError("NotImplemented", `executor ${component.executorLabel} is neither a container nor an importer`, {
          remedy: "Resolver and Vertex custom-job executors do not exist outside Google Cloud; use a container component.",
        });
      }
    } else throw invalid(`component ${label} has neither a DAG nor an executor`);
    const measure = { size, height };
    measures.set(component, measure);
    return measure;
  };
  if (!spec.root.dag) throw invalid("root component is empty");
  visit(spec.root, [], "root");
}
