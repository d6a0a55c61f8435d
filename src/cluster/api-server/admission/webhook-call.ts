/** One call of a webhook: AdmissionReview v1 over HTTPS, with its authority, deadline and bounds. */
import { request as httpsRequest } from "node:https";
import { SERVICES, type UserInfo, type Webhook } from "../../../api/index.ts";
import { messageOf, reasonOfStatus, SkiffError } from "../../../lib/errors.ts";
import { isObject } from "../../../lib/json.ts";
import type { ObjectStore } from "../../object-store/index.ts";
import { storageKey } from "../resources.ts";

const MAX_ANSWER_BYTES = 3 * 1024 * 1024;
const DEFAULT_TIMEOUT_SECONDS = 10;

export interface AdmissionReviewRequest {
  readonly uid: string;
  readonly name: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly userInfo: UserInfo;
  readonly dryRun: boolean;
  readonly [field: string]: unknown;
}

export interface AdmissionReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patchType?: string;
  /** JSON in base64. */
  readonly patch?: string;
  readonly status?: { readonly code?: number; readonly message?: string; readonly reason?: string };
  readonly warnings?: readonly string[];
}

function urlOf({ clientConfig, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS }: Webhook): URL {
  const { url, service } = clientConfig;
  const path = service?.path ?? "";
  const address =
    url ?? `https://${service?.name}.${service?.namespace}.svc:${service?.port ?? 443}${path.startsWith("/") ? path : `/${path}`}`;
  const parsed = new URL(address);
  parsed.searchParams.set("timeout", `${timeoutSeconds}s`);
  return parsed;
}

/** Services have no processes behind them yet that could be reached from here. */
function refuseService(store: ObjectStore, { clientConfig }: Webhook): void {
  const { service } = clientConfig;
  if (!service) return;
  const stored = store.get(storageKey(SERVICES, service.namespace, service.name));
  throw new Error(stored ? `no endpoints available for service "${service.name}"` : `service "${service.name}" not found`);
}

function post(url: URL, body: string, caBundle: string | undefined, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      url,
      {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json", "content-length": Buffer.byteLength(body) },
        ...(caBundle ? { ca: Buffer.from(caBundle, "base64").toString() } : {}),
        signal: AbortSignal.timeout(timeoutMs),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) outgoing.destroy(new Error("the answer is too large"));
          else chunks.push(chunk);
        });
        incoming.on("error", reject);
        incoming.on("end", () => {
          const status = incoming.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(Buffer.concat(chunks).toString());
          else reject(new Error(`the server responded with the status code ${status}`));
        });
      },
    );
    outgoing.on("error", (error) =>
      reject(error.name === "TimeoutError" || error.name === "AbortError" ? new Error("context deadline exceeded") : error),
    );
    outgoing.end(body);
  });
}

function parseAnswer(text: string, uid: string): AdmissionReviewResponse {
  const review: unknown = JSON.parse(text);
  const response = isObject(review) && review["kind"] === "AdmissionReview" ? review["response"] : undefined;
  if (!isObject(response)) throw new Error("expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview");
  if (response["uid"] !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response["uid"])}`);
  if (typeof response["allowed"] !== "boolean") throw new Error("response.allowed is missing");
  return response as unknown as AdmissionReviewResponse;
}

/** Asks one webhook. Throws InternalError when it cannot be asked; what it answers is for the caller to judge. */
export async function callWebhook(store: ObjectStore, webhook: Webhook, request: AdmissionReviewRequest): Promise<AdmissionReviewResponse> {
  const url = urlOf(webhook);
  const body = JSON.stringify({ kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", request });
  try {
    refuseService(store, webhook);
    const timeoutMs = (webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
    return parseAnswer(await post(url, body, webhook.clientConfig.caBundle, timeoutMs), request.uid);
  } catch (error) {
    const message = `failed calling webhook "${webhook.name}": failed to call webhook: Post "${url.href}": ${messageOf(error)}`;
    throw new SkiffError("InternalError", `Internal error occurred: ${message}`, { cause: error, details: { causes: [{ message }] } });
  }
}

/** The refusal of a webhook, in apiserver's words; its own code counts when it gave one. */
export function toRefusal({ name }: Webhook, { status }: AdmissionReviewResponse): SkiffError {
  const why = status?.message ?? status?.reason ?? "";
  const text = `admission webhook "${name}" denied the request`;
  const code = status?.code ?? 403;
  return new SkiffError(code >= 400 ? reasonOfStatus(code) : "Forbidden", why === "" ? `${text} without explanation` : `${text}: ${why}`);
}
