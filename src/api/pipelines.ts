/**
 * Wire types of the Kubeflow Pipelines API v2beta1 (kubeflow/pipelines backend/api/v2beta1/*.proto), as JSON:
 * snake_case names, zero values omitted, int64 as strings. Fields marked "Skiff" are additions; the SDK ignores them.
 */

export type RuntimeState = "PENDING" | "RUNNING" | "SUCCEEDED" | "SKIPPED" | "FAILED" | "CANCELING" | "CANCELED" | "PAUSED";
export type StorageState = "AVAILABLE" | "ARCHIVED";

export interface RpcStatus {
  code: number;
  message: string;
  details?: unknown[];
}

export interface RuntimeStatus {
  update_time: string;
  state: RuntimeState;
  error?: RpcStatus;
}

export interface Experiment {
  experiment_id: string;
  display_name: string;
  description?: string;
  created_at: string;
  namespace: string;
  storage_state: StorageState;
  last_run_created_at?: string;
}

export interface ArtifactList {
  artifact_ids: string[];
}

export interface TaskDetail {
  run_id: string;
  task_id: string;
  display_name: string;
  create_time: string;
  start_time?: string;
  end_time?: string;
  state: RuntimeState;
  error?: RpcStatus;
  state_history: RuntimeStatus[];
  inputs?: Record<string, ArtifactList>;
  outputs?: Record<string, ArtifactList>;
  parent_task_id?: string;
  child_tasks?: { task_id: string }[];
  pod_name?: string;
  /** Skiff: the task's name in its DAG. */
  task_name: string;
  /** Skiff */
  type: "ROOT" | "DAG" | "EXECUTOR";
  /** Skiff: tasks of the same DAG that this one waits for. */
  depends_on?: string[];
  /** Skiff */
  input_parameters?: Record<string, unknown>;
  /** Skiff */
  output_parameters?: Record<string, unknown>;
  /** Skiff: why a task was skipped or failed, one sentence a person can act on. */
  reason?: string;
  /** Skiff: path of the log below the API host, present for executors that have started. */
  log_url?: string;
}

export interface Run {
  experiment_id: string;
  run_id: string;
  display_name: string;
  description?: string;
  storage_state: StorageState;
  pipeline_spec?: unknown;
  pipeline_version_reference?: { pipeline_id: string; pipeline_version_id: string };
  runtime_config?: { parameters?: Record<string, unknown>; pipeline_root?: string };
  service_account?: string;
  created_at: string;
  scheduled_at?: string;
  finished_at: string;
  state: RuntimeState;
  error?: RpcStatus;
  run_details?: { task_details: TaskDetail[] };
  state_history: RuntimeStatus[];
  /** Skiff */
  namespace: string;
}

/** Skiff: an artifact record; upstream keeps these in ML Metadata. */
export interface Artifact {
  artifact_id: string;
  run_id: string;
  task_id: string;
  namespace: string;
  /** The output's name, such as "model". */
  name: string;
  /** Schema title, such as "system.Model". */
  type: string;
  uri: string;
  metadata: Record<string, unknown>;
  created_at: string;
  /** Bytes, as an int64 string; "0" for folders. */
  size: string;
  directory: boolean;
}
