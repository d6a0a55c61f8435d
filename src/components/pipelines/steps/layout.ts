/** Where a step finds and leaves its files: paths inside the pod, and the blobs behind them. */
import { ARTIFACT_ROOT } from "../spec/artifact-value.ts";

/** Folder below the artifact root for what is not an artifact: the executor's output and output parameters. */
export const OUTPUTS_FOLDER = ".outputs";
export const EXECUTOR_OUTPUT = `${OUTPUTS_FOLDER}/executor_output.json`;

export const INPUTS_IMAGE = "skiff/kfp-inputs";
export const OUTPUTS_IMAGE = "skiff/kfp-outputs";

/** True when `tail` is a relative path that stays where it is: no empty, "." or ".." segments. */
export function isSafeTail(tail: string): boolean {
  return tail
    .split("/")
    .every((segment) => segment !== "" && segment !== "." && segment !== ".." && !segment.includes("\0") && !segment.includes("\\"));
}

/** The part of a uri below the artifact root; undefined for other places and for paths that climb. */
export function tailOfUri(uri: string): string | undefined {
  if (!uri.startsWith(`${ARTIFACT_ROOT}/`)) return undefined;
  const tail = uri.slice(ARTIFACT_ROOT.length + 1);
  return isSafeTail(tail) ? tail : undefined;
}

/** Blob of the artifact at `tail`. A namespace's blobs all begin with its name. */
export function artifactKey(namespace: string, tail: string): string {
  return `${namespace}/v2/artifacts/${tail}`;
}

/** Blob with what one attempt of a task has produced; outside the artifacts, so that no artifact can take its place. */
export function resultKey(namespace: string, runId: string, taskId: string, attempt: number): string {
  return `${namespace}/v2/results/${runId}/${taskId}/${attempt}/executor_output.json`;
}
