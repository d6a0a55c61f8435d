/** The program of image skiff/kfp-outputs: takes what a step has written once it ended well. Nothing the step wrote is trusted. */
import { mkdtemp, rmdir, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { BlobStore, Builtin } from "../../../kit/index.ts";
import { isReason, messageOf, SkiffError } from "../../../lib/errors.ts";
import { own, type Json } from "../../../lib/json.ts";
import { ARTIFACT_ROOT } from "../spec/artifact-value.ts";
import { parseJson } from "../spec/json-text.ts";
import { parseOutputText, toDeclaredType } from "../spec/values.ts";
import { artifactKey, EXECUTOR_OUTPUT, isSafeTail, resultKey } from "./layout.ts";
import { outputsPlan, type OutputsPlan, type StepResult } from "./step-plan.ts";
import { walk, withContent } from "./volume.ts";

// Parameters travel through arguments, the database and every answer of the API.
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
// The platform's own databases must be able to go on.
const KEEP_FREE_BYTES = 64 * 1024 * 1024;

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

/** Reads a file of the volume; undefined when there is none. Throws Invalid when it is too large or behind a link. */
function readBounded(root: string, tail: string, budget: number): Promise<Buffer | undefined> {
  return withContent(root, tail, async (content) => {
    if (!content || content.directory) return undefined;
    const tooLarge = new SkiffError("Invalid", `the outputs of the step exceed ${MAX_OUTPUT_BYTES} bytes; write large data to an artifact`);
    if (content.size > budget) throw tooLarge;
    const bytes = Buffer.alloc(content.size);
    let length = 0;
    // As much as was measured, not as much as there is: the file may be growing.
    while (length < bytes.length) {
      const { bytesRead } = await content.handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  });
}

async function readExecutorOutput(root: string): Promise<ExecutorOutput> {
  const bytes = await readBounded(root, EXECUTOR_OUTPUT, MAX_OUTPUT_BYTES);
  if (!bytes) return { parameterValues: {}, artifacts: {} };
  try {
    return executorOutput.parse(parseJson(bytes.toString("utf8")));
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
    const bytes = await readBounded(root, file, budget);
    if (bytes) {
      budget -= bytes.length;
      values[name] = parseOutputText(name, type, bytes.toString("utf8"));
    } else if (!optional) throw new SkiffError("Invalid", `the step ended without writing its output parameter ${name}`);
  }
  return values;
}

interface Taken {
  readonly size: number;
  readonly directory: boolean;
}

/** Refuses what would fill the disk: a sparse file of terabytes takes no space in the volume and all of it in the store. */
async function checkSpace(root: string, tail: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  if (bytes > free - KEEP_FREE_BYTES)
    throw new SkiffError("Invalid", `the artifact at ${tail} has ${bytes} bytes, and the disk of the data directory has ${free} left`);
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
    const customTail = (path: string): string => {
      const tail = tailOf(path);
      if (tail !== undefined) return tail;
      throw new SkiffError(
        "Invalid",
        `the artifact path ${path} lies outside ${ARTIFACT_ROOT}, the only folder that outputs are taken from`,
      );
    };
    /** Copies what lies at `tail` into the store; undefined when nothing does. */
    const upload = (tail: string, target: string): Promise<Taken | undefined> =>
      withContent(root, tail, async (content) => {
        if (!content) return undefined;
        const key = artifactKey(namespace, target);
        let bytes = content.size;
        if (content.directory) await walk(content, (_, { size }) => Promise.resolve(void (bytes += size)));
        await checkSpace(root, tail, bytes);
        if (!content.directory) await blobs.upload(key, content.path);
        else {
          await blobs.upload(key, empty);
          await walk(content, (relative, entry) => blobs.upload(`${key}/${relative}`, entry.directory ? empty : entry.path));
        }
        return { size: content.size, directory: content.directory };
      });

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
          const source = custom === "" ? tail : customTail(custom);
          // Outputs keep their own place only below this attempt's home: a step cannot overwrite another's artifact.
          const target = tail?.startsWith(`${plan.home}/`) === true ? tail : entries.length > 1 ? `${planned.tail}-${index}` : planned.tail;
          const content = source === undefined ? undefined : await upload(source, target);
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

    const empty = await mkdtemp(join(tmpdir(), "skiff-empty-"));
    let result: StepResult;
    try {
      result = await take();
    } catch (error) {
      if (!isReason(error, "Invalid", "BadRequest")) throw error;
      context.log(messageOf(error));
      result = { error: messageOf(error), parameters: {}, artifacts: {} };
    } finally {
      await rmdir(empty).catch(() => undefined);
    }
    await blobs.put(resultKey(namespace, plan.runId, plan.taskId, plan.attempt), JSON.stringify(result));
    return 0;
  };
}
