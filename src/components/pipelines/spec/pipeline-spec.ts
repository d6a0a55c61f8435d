/** The intermediate representation that the KFP compiler writes (api/v2alpha1/pipeline_spec.proto, schema 2.1.0), as typed data. */
import { z } from "zod";
import { isObject, type Json } from "../../../lib/json.ts";
import { SkiffError } from "../../../lib/errors.ts";

const json = z.json() as unknown as z.ZodType<Json>;
const record = <T extends z.ZodType>(value: T) => z.record(z.string(), value);
const number = z.union([z.number(), z.string()]).transform(Number);

export const PARAMETER_TYPES = [
  "NUMBER_DOUBLE",
  "NUMBER_INTEGER",
  "STRING",
  "BOOLEAN",
  "LIST",
  "STRUCT",
  "TASK_FINAL_STATUS",
  "TASK_CONFIG",
] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

// `type: INT | DOUBLE | STRING` is the spelling before schema 2.1.0; compiled files with it still go around.
const OLD_TYPES: Record<string, ParameterType> = { INT: "NUMBER_INTEGER", DOUBLE: "NUMBER_DOUBLE", STRING: "STRING" };

const parameterDefinition = z
  .looseObject({
    parameterType: z.enum(PARAMETER_TYPES).optional(),
    type: z.string().optional(),
    defaultValue: json.optional(),
    isOptional: z.boolean().optional(),
  })
  .transform(({ parameterType, type, defaultValue, isOptional }) => ({
    parameterType: parameterType ?? OLD_TYPES[type ?? ""] ?? "STRING",
    defaultValue,
    isOptional: isOptional ?? false,
  }));

const artifactType = z.looseObject({
  schemaTitle: z.string().optional(),
  instanceSchema: z.string().optional(),
  schemaVersion: z.string().optional(),
});
const artifactDefinition = z.looseObject({
  artifactType: artifactType.default({}),
  isArtifactList: z.boolean().default(false),
  isOptional: z.boolean().default(false),
  metadata: record(json).optional(),
});

const definitions = z.looseObject({
  parameters: record(parameterDefinition).default({}),
  artifacts: record(artifactDefinition).default({}),
});

const constant = z.union([
  z.looseObject({ constant: json }).transform(({ constant }) => constant),
  // The old spelling of a constant: exactly one of three typed fields.
  z
    .looseObject({
      constantValue: z.looseObject({ stringValue: z.string().optional(), intValue: number.optional(), doubleValue: z.number().optional() }),
    })
    .transform(({ constantValue: value }): Json => value.stringValue ?? value.intValue ?? value.doubleValue ?? null),
]);

const parameterInput = z.looseObject({
  taskOutputParameter: z.looseObject({ producerTask: z.string(), outputParameterKey: z.string() }).optional(),
  runtimeValue: constant.transform((value) => ({ value })).optional(),
  componentInputParameter: z.string().optional(),
  taskFinalStatus: z.looseObject({ producerTask: z.string() }).optional(),
  parameterExpressionSelector: z.string().optional(),
});
export type ParameterInput = z.output<typeof parameterInput>;

const artifactInput = z.looseObject({
  taskOutputArtifact: z.looseObject({ producerTask: z.string(), outputArtifactKey: z.string() }).optional(),
  componentInputArtifact: z.string().optional(),
});
export type ArtifactInput = z.output<typeof artifactInput>;

const task = z.looseObject({
  taskInfo: z.looseObject({ name: z.string().optional() }).default({}),
  componentRef: z.looseObject({ name: z.string() }),
  inputs: z
    .looseObject({ parameters: record(parameterInput).default({}), artifacts: record(artifactInput).default({}) })
    .default({ parameters: {}, artifacts: {} }),
  dependentTasks: z.array(z.string()).default([]),
  cachingOptions: z.looseObject({ enableCache: z.boolean().optional(), cacheKey: z.string().optional() }).optional(),
  triggerPolicy: z.looseObject({ condition: z.string().optional(), strategy: z.string().optional() }).default({}),
  parameterIterator: z
    .looseObject({ items: z.looseObject({ raw: z.string().optional(), inputParameter: z.string().optional() }), itemInput: z.string() })
    .optional(),
  artifactIterator: z.looseObject({ items: z.looseObject({ inputArtifact: z.string() }), itemInput: z.string() }).optional(),
  iteratorPolicy: z.looseObject({ parallelismLimit: number.optional() }).default({}),
  retryPolicy: z
    .looseObject({
      maxRetryCount: number.optional(),
      backoffDuration: z.string().optional(),
      backoffFactor: number.optional(),
      backoffMaxDuration: z.string().optional(),
    })
    .optional(),
});
export type TaskSpec = z.output<typeof task>;

const parameterSelector = z.looseObject({ producerSubtask: z.string(), outputParameterKey: z.string() });
export type ParameterSelector = z.output<typeof parameterSelector>;

const dag = z.looseObject({
  tasks: record(task).default({}),
  outputs: z
    .looseObject({
      parameters: record(
        z.looseObject({
          valueFromParameter: parameterSelector.optional(),
          valueFromOneof: z.looseObject({ parameterSelectors: z.array(parameterSelector).default([]) }).optional(),
        }),
      ).default({}),
      artifacts: record(
        z.looseObject({
          artifactSelectors: z.array(z.looseObject({ producerSubtask: z.string(), outputArtifactKey: z.string() })).default([]),
        }),
      ).default({}),
    })
    .default({ parameters: {}, artifacts: {} }),
});
export type DagSpec = z.output<typeof dag>;

const component = z.looseObject({
  inputDefinitions: definitions.default({ parameters: {}, artifacts: {} }),
  outputDefinitions: definitions.default({ parameters: {}, artifacts: {} }),
  executorLabel: z.string().optional(),
  dag: dag.optional(),
});
export type ComponentSpec = z.output<typeof component>;

const container = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().default("") })).default([]),
  resources: record(json).optional(),
});
export type ContainerSpec = z.output<typeof container>;

const importer = z.looseObject({
  artifactUri: z.looseObject({ constant: json.optional(), runtimeParameter: z.string().optional() }).default({}),
  typeSchema: artifactType.default({}),
  metadata: record(json).optional(),
});
export type ImporterSpec = z.output<typeof importer>;

const executor = z.looseObject({ container: container.optional(), importer: importer.optional() });
export type ExecutorSpec = z.output<typeof executor>;

const pipelineSpec = z.looseObject({
  schemaVersion: z.string(),
  pipelineInfo: z.looseObject({ name: z.string(), displayName: z.string().optional() }),
  root: component,
  components: record(component).default({}),
  deploymentSpec: z.looseObject({ executors: record(executor).default({}) }).default({ executors: {} }),
});
export type PipelineSpec = z.output<typeof pipelineSpec>;

const bad = (message: string): SkiffError =>
  new SkiffError("BadRequest", message, { remedy: "Compile the pipeline again with the kfp SDK 2.x and submit that file." });

/** Types an unknown value as a pipeline spec. Throws BadRequest with upstream's texts (backend/src/apiserver/template/v2_template.go). */
export function parsePipelineSpec(value: unknown): PipelineSpec {
  if (!isObject(value)) throw bad("invalid v2 pipeline spec: it is not an object");
  const version = value["schemaVersion"];
  if (version !== "2.1.0")
    throw bad(`KFP only supports schema version 2.1.0, but the pipeline spec has version ${typeof version === "string" ? version : ""}`);
  const info = value["pipelineInfo"];
  if (!isObject(info) || typeof info["name"] !== "string" || info["name"] === "") throw bad("invalid v2 pipeline spec: name is empty");
  const root = value["root"];
  if (!isObject(root) || Object.keys(root).length === 0) throw bad("invalid v2 pipeline spec: root component is empty");
  const parsed = pipelineSpec.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw bad(`invalid v2 pipeline spec: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
  }
  return parsed.data;
}

/** The component of a task. Throws BadRequest when the spec does not define it. */
export function componentOf(spec: PipelineSpec, name: string): ComponentSpec {
  const found = Object.hasOwn(spec.components, name) ? spec.components[name] : undefined;
  if (!found) throw bad(`invalid v2 pipeline spec: component ${name} is not defined`);
  return found;
}

/** The executor behind a component's label. Throws BadRequest when the spec does not define it. */
export function executorOf(spec: PipelineSpec, label: string): ExecutorSpec {
  const { executors } = spec.deploymentSpec;
  const found = Object.hasOwn(executors, label) ? executors[label] : undefined;
  if (!found) throw bad(`invalid v2 pipeline spec: executor ${label} is not defined`);
  return found;
}
