/** The program of image skiff/kfp-inputs: brings a task's input artifacts into its volume before the step starts. */
import type { BlobStore, Builtin } from "../../../kit/index.ts";
import { isReason, SkiffError } from "../../../lib/errors.ts";
import { ARTIFACT_ROOT } from "../spec/artifact-value.ts";
import { artifactKey, isSafeTail } from "./layout.ts";
import { inputsPlan } from "./step-plan.ts";
import { makeFolder, place } from "./volume.ts";

/** Creates the builtin. It reads blobs of its own pod's namespace only, whatever its argument says. */
export function createInputsStep(blobs: BlobStore): Builtin {
  return async (context) => {
    const { args, namespace } = context;
    const plan = inputsPlan.parse(JSON.parse(args[0] ?? "{}"));
    const root = context.hostPath(ARTIFACT_ROOT);
    const unsafe = [...plan.folders, ...plan.downloads].find((tail) => !isSafeTail(tail));
    if (unsafe !== undefined) throw new SkiffError("BadRequest", `invalid path ${JSON.stringify(unsafe)}`);
    for (const folder of plan.folders) await makeFolder(root, folder);
    for (const tail of plan.downloads) {
      try {
        await place(root, tail, (path) => blobs.download(artifactKey(namespace, tail), path));
      } catch (error) {
        // A producer may have declared an artifact and written only its metadata (system.Metrics): there is nothing to bring.
        if (!isReason(error, "NotFound")) throw error;
        context.log(`artifact ${ARTIFACT_ROOT}/${tail} has no content`);
      }
    }
    return 0;
  };
}
