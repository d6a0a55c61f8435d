/** Reads what a finished pod left in the blob store into outputs of its task and records of artifacts. */
import type { BlobStore } from "../../../kit/index.ts";
import type { Json } from "../../../lib/json.ts";
import type { ArtifactValue } from "../spec/artifact-value.ts";
import { resultKey } from "../steps/layout.ts";
import { stepResult } from "../steps/step-plan.ts";
import type { ArtifactRow } from "../store/schema.ts";
import type { Observation } from "./settle.ts";
import type { RunInfo, TaskNode } from "./run-state.ts";
import { derivedUid } from "./task-ids.ts";

export interface TakenResult {
  readonly observation: Observation;
  readonly artifacts: readonly ArtifactRow[];
}

/** The result of a task's current attempt, whose pod has succeeded. */
export async function readStepResult(blobs: BlobStore, run: RunInfo, node: TaskNode, now: string): Promise<TakenResult> {
  const bytes = await blobs.find(resultKey(run.namespace, run.runId, node.taskId, node.attempt));
  if (!bytes) return { observation: { type: "failed", message: "the pod ended well, but its outputs were never stored" }, artifacts: [] };
  const { success, data: result } = stepResult.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  if (!success) return { observation: { type: "failed", message: "the stored outputs of the step are not valid" }, artifacts: [] };
  if (result.error !== undefined) return { observation: { type: "failed", message: result.error }, artifacts: [] };
  const values: Record<string, ArtifactValue[]> = {};
  const rows: ArtifactRow[] = [];
  for (const [output, list] of Object.entries(result.artifacts)) {
    values[output] = list.map((entry, index) => {
      const id = derivedUid(node.taskId, node.attempt, output, index);
      const metadata = entry.metadata as Record<string, Json>;
      rows.push({
        artifact_id: id,
        run_id: run.runId,
        task_id: node.taskId,
        namespace: run.namespace,
        name: entry.name,
        type: entry.type,
        uri: entry.uri,
        metadata: JSON.stringify(metadata),
        created_at: now,
        size: entry.size,
        directory: entry.directory ? 1 : 0,
      });
      return { id, name: entry.name, type: entry.type, uri: entry.uri, metadata };
    });
  }
  return {
    observation: { type: "succeeded", outputs: { parameters: result.parameters, artifacts: values } },
    artifacts: rows,
  };
}

/** Records of the artifacts that an importer task has named. */
export function importedArtifacts(run: RunInfo, node: TaskNode, now: string): ArtifactRow[] {
  return Object.values(node.outputs.artifacts).flatMap((list) =>
    list.map((artifact) => ({
      artifact_id: artifact.id ?? derivedUid(node.taskId, artifact.name),
      run_id: run.runId,
      task_id: node.taskId,
      namespace: run.namespace,
      name: artifact.name,
      type: artifact.type,
      uri: artifact.uri,
      metadata: JSON.stringify(artifact.metadata),
      created_at: now,
      size: 0,
      directory: 0,
    })),
  );
}
