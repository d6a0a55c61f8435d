/** From the body of `POST /runs` to a checked submission (backend/src/apiserver/server/run_server.go and template/v2_template.go). */
import { SkiffError } from "../../../lib/errors.ts";
import { isObject, type Json } from "../../../lib/json.ts";
import { checkPlatformSpec } from "../engine/kubernetes-settings.ts";
import { parsePipelineSpec, type PipelineSpec } from "../spec/pipeline-spec.ts";
import { checkPipelineSpec } from "../spec/topology.ts";
import { toRootParameters } from "../spec/values.ts";
import { readFields, textField } from "./message.ts";

const RUN_FIELDS =
  "experiment_id run_id display_name storage_state description pipeline_version_id pipeline_spec pipeline_version_reference runtime_config service_account created_at scheduled_at finished_at state error run_details recurring_run_id state_history plugins_input".split(
    " ",
  );

export interface Submission {
  readonly experimentId: string;
  readonly displayName: string;
  readonly description: string;
  readonly serviceAccount: string;
  readonly pipelineRoot: string;
  /** What the client sent, kept as it is. */
  readonly rawSpec: Json;
  readonly platform: Json;
  readonly spec: PipelineSpec;
  readonly given: Record<string, Json>;
  readonly parameters: Record<string, Json>;
}

const DEFAULT_SERVICE_ACCOUNT = "default-editor";

/** A run may name an account of its namespace; the name goes into a pod, so it must be a DNS subdomain. */
function readServiceAccount(text: string): string {
  const name = text === "" ? DEFAULT_SERVICE_ACCOUNT : text;
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name))
    throw new SkiffError("BadRequest", `invalid service account ${JSON.stringify(name.slice(0, 100))}`);
  return name;
}

/** The fields that decide where a run belongs; read before anything else, since authorization needs them. */
export function readRunFields(body: unknown): Record<string, unknown> {
  return readFields(body, RUN_FIELDS);
}

/** Checks everything else. Throws BadRequest with upstream's texts, or NotImplemented for what comes later. */
export function readSubmission(fields: Readonly<Record<string, unknown>>): Submission {
  if (fields["pipeline_version_reference"] !== undefined || fields["pipeline_version_id"] !== undefined) {
    throw new SkiffError("NotImplemented", "runs of uploaded pipeline versions are not served yet", {
      remedy:
        "Send the compiled pipeline itself: client.create_run_from_pipeline_package(file) or create_run_from_pipeline_func(function).",
    });
  }
  const displayName = textField(fields, "display_name", 255);
  if (displayName === "") throw new SkiffError("BadRequest", "Run name is empty. Please specify a valid name");
  const sent = fields["pipeline_spec"];
  if (!isObject(sent)) throw new SkiffError("BadRequest", "Failed to fetch a template: the pipeline spec is empty");
  const wrapped = sent["pipeline_spec"] ?? sent["pipelineSpec"];
  const rawSpec = isObject(wrapped) ? wrapped : sent;
  const platform = isObject(wrapped) ? ((sent["platform_spec"] ?? sent["platformSpec"] ?? null) as Json) : null;
  const spec = parsePipelineSpec(rawSpec);
  checkPipelineSpec(spec);
  checkPlatformSpec(platform);
  const runtime = fields["runtime_config"] === undefined ? {} : readFields(fields["runtime_config"], ["parameters", "pipeline_root"]);
  const given = runtime["parameters"] ?? {};
  if (!isObject(given)) throw new SkiffError("BadRequest", "proto: invalid value for field parameters: expected an object");
  return {
    experimentId: textField(fields, "experiment_id"),
    displayName,
    description: textField(fields, "description"),
    serviceAccount: readServiceAccount(textField(fields, "service_account")),
    pipelineRoot: textField(runtime, "pipeline_root"),
    rawSpec: rawSpec as Json,
    platform,
    spec,
    given: given as Record<string, Json>,
    parameters: toRootParameters(spec.root, given as Record<string, Json>),
  };
}
