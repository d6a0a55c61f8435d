/** Asks the configured webhooks about an object before the transaction that stores it. Follows apiserver pkg/admission/plugin/webhook. */
import { apiVersionOf, type KubeObject, type Webhook } from "../../../api/index.ts";
import { isReason, SkiffError } from "../../../lib/errors.ts";
import { newUid } from "../../../lib/ids.ts";
import type { Call } from "../call.ts";
import { applyJsonPatch } from "../json-patch.ts";
import { isDryRun } from "../object-state.ts";
import { callWebhook, toRefusal, type AdmissionReviewRequest, type AdmissionReviewResponse } from "./webhook-call.ts";
import { matchWebhooks, type MatchedWebhook, type Operation } from "./webhook-match.ts";

export { mayConcernWebhooks } from "./webhook-match.ts";

interface Question {
  readonly call: Call;
  readonly operation: Operation;
  readonly object: KubeObject | undefined;
  readonly previous: KubeObject | undefined;
}

const OPTIONS = { CREATE: "CreateOptions", UPDATE: "UpdateOptions", DELETE: "DeleteOptions" } as const;

function toRequest({ call, operation, object, previous }: Question, version: string): AdmissionReviewRequest {
  const { resource, target, user } = call;
  const inVersion = (one: KubeObject | undefined): KubeObject | null =>
    one ? { ...one, apiVersion: apiVersionOf({ group: resource.group, version }) } : null;
  const { group } = resource;
  const subresource = target.subresource === undefined ? {} : { subResource: target.subresource, requestSubResource: target.subresource };
  const namespace = resource.kind === "Namespace" && group === "" ? target.name : target.namespace;
  return {
    uid: newUid(),
    kind: { group, version, kind: resource.kind },
    resource: { group, version, resource: resource.plural },
    requestKind: { group, version: resource.version, kind: resource.kind },
    requestResource: { group, version: resource.version, resource: resource.plural },
    ...subresource,
    name: (object ?? previous)?.metadata.name ?? "",
    ...(namespace === undefined ? {} : { namespace }),
    operation,
    userInfo: user,
    object: inVersion(object),
    oldObject: inVersion(previous),
    dryRun: isDryRun(call),
    options: { kind: OPTIONS[operation], apiVersion: "meta.k8s.io/v1" },
  };
}

/** Asks one webhook; undefined when it could not be asked and its policy is to go on. Throws its refusal. */
async function ask(question: Question, { webhook, version }: MatchedWebhook): Promise<AdmissionReviewResponse | undefined> {
  const { parts, outcome } = question.call;
  if (isDryRun(question.call) && webhook.sideEffects !== "None" && webhook.sideEffects !== "NoneOnDryRun") {
    throw new SkiffError("BadRequest", `admission webhook "${webhook.name}" does not support dry run`);
  }
  let response: AdmissionReviewResponse;
  try {
    response = await callWebhook(parts.store, webhook, toRequest(question, version));
  } catch (error) {
    if (webhook.failurePolicy !== "Ignore" || !isReason(error, "InternalError")) throw error;
    parts.log.warn("a webhook could not be asked, its policy is to go on", { webhook: webhook.name, error });
    return undefined;
  }
  outcome?.warnings.push(...(response.warnings ?? []));
  if (!response.allowed) throw toRefusal(webhook, response);
  return response;
}

function applyResponse(webhook: Webhook, object: KubeObject, { patch, patchType }: AdmissionReviewResponse): KubeObject {
  if (patch === undefined || patch === "") return object;
  const fail = (why: string, cause?: unknown): SkiffError =>
    new SkiffError("InternalError", `Internal error occurred: admission webhook "${webhook.name}": ${why}`, { cause });
  if (patchType !== "JSONPatch") throw fail(`unsupported patch type ${JSON.stringify(patchType ?? "")}`);
  try {
    const patched = applyJsonPatch(object, JSON.parse(Buffer.from(patch, "base64").toString())) as KubeObject;
    const { name, namespace, uid } = object.metadata;
    return {
      ...patched,
      metadata: { ...patched.metadata, name, ...(namespace === undefined ? {} : { namespace }), ...(uid ? { uid } : {}) },
    };
  } catch (error) {
    throw fail(error instanceof SkiffError ? error.message : "the patch is not JSON", error);
  }
}

/** Lets the mutating webhooks change the object, one after the other, then the validating ones judge what came out. */
export async function askWebhooks(
  call: Call,
  operation: Operation,
  object: KubeObject | undefined,
  previous: KubeObject | undefined,
): Promise<KubeObject | undefined> {
  const objects = [object, previous].filter((one) => one !== undefined);
  const { mutating, validating } = matchWebhooks(call, operation, objects);
  let current = object;
  for (const one of mutating) {
    const response = await ask({ call, operation, object: current, previous }, one);
    if (response && current) current = applyResponse(one.webhook, current, response);
  }
  const settled = await Promise.allSettled(validating.map((one) => ask({ call, operation, object: current, previous }, one)));
  for (const result of settled) if (result.status === "rejected") throw result.reason;
  return current;
}
