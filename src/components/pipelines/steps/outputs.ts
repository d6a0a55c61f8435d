/** The program of image skiff/kfp-outputs: takes what a step has written once it ended well. Nothing the step wrote is trusted. */
import { constants } from "node:fs";
import { lstat, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { z } from "zod";
import type { BlobStore, Builtin } from "../../../kit/index.ts";
import { isReason, messageOf, SkiffError } from "../../../lib/errors.ts";
import { own, type Json } from "../../../lib/json.ts";
import { ARTIFACT_ROOT } from "../spec/artifact-value.ts";
import { parseOutputText, toDeclaredType } from "../spec/values.ts";
import { artifactKey, EXECUTOR_OUTPUT, isSafeTail, resultKey } from "./layout.ts";
import { outputsPlan, type OutputsPlan, type StepResult } from "./step-plan.ts";

// Parameters travel through arguments, the database and every answer of the API.
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

const executorOutput = z.looseObject({
  parameterValues: z.record(z.string(), z.json()).default({}),
  artifacts: z
    .record(
      z.string(),
      z.looseObject({
        artifacts: z
          .array(
            z.looseObject({
              name: z.string().default(""),
              uri: z.string().default(""),
              metadata: z.record(z.string(), z.json()).default({}),
              custom_path: z.string().optional(),
            }),
          )
          .default([]),
      }),
    )
    .default({}),
});
type ExecutorOutput = z.output<typeof executorOutput>;

/** Reads a regular file without following a link; undefined when there is none. Throws Invalid when it is too large. */
async function readBounded(path: string, budget: number): Promise<Buffer | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (!info.isFile()) return undefined;
      if (info.size > budget)
        throw new SkiffError("Invalid", `the outputs of the step exceed ${MAX_OUTPUT_BYTES} bytes; write large data to an artifact`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

async function readExecutorOutput(root: string): Promise<ExecutorOutput> {
  const bytes = await readBounded(join(root, EXECUTOR_OUTPUT), MAX_OUTPUT_BYTES);
  if (!bytes) return { parameterValues: {}, artifacts: {} };
  try {
    return executorOutput.parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    throw new SkiffError("Invalid", `the step wrote an executor output that is not valid: ${messageOf(cause).slice(0, 300)}`, { cause });
  }
}

async function takeParameters(plan: OutputsPlan, root: string, output: ExecutorOutput): Promise<Record<string, Json>> {
  const values: Record<string, Json> = {};
  let budget = MAX_OUTPUT_BYTES;
  for (const { name, type, file, optional } of plan.parameters) {
    const returned = own<Json>(output.parameterValues, name);
    if (returned !== undefined) {
      values[name] = toDeclaredType(name, type, returned);
      continue;
    }
    if (!isSafeTail(file)) throw new SkiffError("BadRequest", `invalid path ${JSON.stringify(file)}`);
    const bytes = await readBounded(join(root, file), budget);
    if (bytes) {
      budget -= bytes.length;
      values[name] = parseOutputText(name, type, bytes.toString("utf8"));
    } else if (!optional) throw new SkiffError("Invalid", `the step ended without writing its output parameter ${name}`);
  }
  return values;
}

interface Content {
  readonly path: string;
  readonly size: number;
  readonly directory: boolean;
}

/** What lies at `tail` of a volume: undefined when nothing does. Links anywhere on the way are refused. */
async function findContent(root: string, tail: string): Promise<Content | undefined> {
  const path = join(root, tail);
  try {
    const info = await lstat(path);
    const base = await realpath(root);
    const real = await realpath(path);
    if (real !== join(base, tail) || !real.startsWith(base + sep))
      throw new SkiffError("Invalid", `the artifact at ${tail} is a symbolic link, which is not taken`);
    if (!info.isFile() && !info.isDirectory()) return undefined;
    return { path: real, size: info.isFile() ? info.size : 0, directory: info.isDirectory() };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** The tail of a path below `mountPath`. Without a mount namespace a step sees a volume under its host path, so it may begin with that. */
function tailBelow(path: string, mountPath: string, hostPath: string): string | undefined {
  const prefix = [`${hostPath}/`, `${mountPath}/`].find((start) => path.startsWith(start));
  const tail = prefix === undefined ? "" : path.slice(prefix.length);
  return isSafeTail(tail) ? tail : undefined;
}

/** Creates the builtin. It writes blobs of its own pod's namespace only. */
export function createOutputsStep(blobs: BlobStore): Builtin {
  return async (context) => {
    const { args, namespace } = context;
    const plan = outputsPlan.parse(JSON.parse(args[0] ?? "{}"));
    if (!isSafeTail(plan.home) || !plan.artifacts.every(({ tail }) => isSafeTail(tail))) throw new SkiffError("BadRequest", "invalid plan");
    if ((await context.containerExit("main")) !== 0) return 0;
    const root = context.hostPath(ARTIFACT_ROOT);
    const tailOf = (uri: string): string | undefined => tailBelow(uri, ARTIFACT_ROOT, root);
    const findCustom = async (path: string): Promise<Content | undefined> => {
      const tail = tailOf(path);
      if (tail === undefined) {
        throw new SkiffError(
          "Invalid",
          `the artifact path ${path} lies outside ${ARTIFACT_ROOT}, the only folder that outputs are taken from`,
        );
      }
      return findContent(root, tail);
    };

    const take = async (): Promise<StepResult> => {
      const output = await readExecutorOutput(root);
      const parameters = await takeParameters(plan, root, output);
      const artifacts: StepResult["artifacts"] = {};
      for (const planned of plan.artifacts) {
        const written = own(output.artifacts, planned.name)?.artifacts;
        const entries = written && written.length > 0 ? written : [{ name: planned.name, uri: "", metadata: {}, custom_path: undefined }];
        const taken: StepResult["artifacts"][string] = [];
        for (const [index, entry] of entries.entries()) {
          const custom = entry.custom_path ?? "";
          const tail = entry.uri === "" ? planned.tail : tailOf(entry.uri);
          const external = custom === "" && tail === undefined;
          const content = custom === "" ? (tail === undefined ? undefined : await findContent(root, tail)) : await findCustom(custom);
          // Outputs keep their own place only below this attempt's home: a step cannot overwrite another's artifact.
          const target = tail?.startsWith(`${plan.home}/`) === true ? tail : entries.length > 1 ? `${planned.tail}-${index}` : planned.tail;
          if (content) await blobs.upload(artifactKey(namespace, target), content.path);
          taken.push({
            name: planned.name,
            type: planned.type,
            uri: external ? entry.uri : `${ARTIFACT_ROOT}/${target}`,
            metadata: entry.metadata,
            size: content?.size ?? 0,
            directory: content?.directory ?? false,
          });
        }
        artifacts[planned.name] = taken;
      }
      return { parameters, artifacts };
    };

    let result: StepResult;
    try {
      result = await take();
    } catch (error) {
      if (!isReason(error, "Invalid", "BadRequest")) throw error;
      context.log(messageOf(error));
      result = { error: messageOf(error), parameters: {}, artifacts: {} };
    }
    await blobs.put(resultKey(namespace, plan.runId, plan.taskId, plan.attempt), JSON.stringify(result));
    return 0;
  };
}
