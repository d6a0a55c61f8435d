/** An artifact as tasks hand it on, and the paths under which a step sees it. */
import type { Json } from "../../../lib/json.ts";

export interface ArtifactValue {
  /** Id of the record; absent for an output that does not exist yet. */
  readonly id?: string;
  readonly name: string;
  /** Schema title such as "system.Model". */
  readonly type: string;
  readonly uri: string;
  readonly metadata: Readonly<Record<string, Json>>;
}

/** The folder inside every step under which all artifacts live; it is also the pipeline root, so that path and uri are the same. */
export const ARTIFACT_ROOT = "/skiff/artifacts";

// kfp's sdk (dsl/types/artifact_types.py) maps these schemes to fixed folders; every other uri is its own path.
const SCHEMES: readonly (readonly [string, string])[] = [
  ["gs://", "/gcs/"],
  ["minio://", "/minio/"],
  ["s3://", "/s3/"],
];

/** The path a step uses for an artifact's uri. */
export function pathOfUri(uri: string): string {
  for (const [scheme, folder] of SCHEMES) if (uri.startsWith(scheme)) return folder + uri.slice(scheme.length);
  return uri;
}

/** An artifact in the JSON of ExecutorInput (RuntimeArtifact of pipeline_spec.proto). */
export function toRuntimeArtifact({ name, type, uri, metadata }: ArtifactValue): Json {
  return { name, type: { schemaTitle: type }, uri, metadata: { ...metadata } };
}
