/** Refuses webhook configurations that could not be called as they say. Follows pkg/apis/admissionregistration/validation. */
import type { Webhook, WebhookConfiguration, WebhookRule } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import type { Admission } from "./admission.ts";

function faultsOf(webhook: Partial<Webhook> & { matchConditions?: unknown[] }, path: string): string[] {
  const faults: string[] = [];
  const { name = "", clientConfig = {}, sideEffects, admissionReviewVersions = [], timeoutSeconds = 10, matchConditions = [] } = webhook;
  if (name.split(".").length < 3) {
    faults.push(`${path}.name: Invalid value: ${JSON.stringify(name)}: should be a domain with at least three segments separated by dots`);
  }
  const { url, service } = clientConfig;
  if ((url === undefined) === (service === undefined)) {
    faults.push(`${path}.clientConfig: Required value: exactly one of url or service is required`);
  }
  if (url !== undefined && (!URL.canParse(url) || new URL(url).protocol !== "https:")) {
    faults.push(
      `${path}.clientConfig.url: Invalid value: ${JSON.stringify(url)}: 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    );
  }
  if (sideEffects !== "None" && sideEffects !== "NoneOnDryRun") {
    faults.push(
      sideEffects === undefined
        ? `${path}.sideEffects: Required value: must specify one of None, NoneOnDryRun`
        : `${path}.sideEffects: Unsupported value: ${JSON.stringify(sideEffects)}: supported values: "None", "NoneOnDryRun"`,
    );
  }
  if (admissionReviewVersions.length === 0) {
    faults.push(`${path}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`);
  } else if (!admissionReviewVersions.includes("v1")) {
    faults.push(
      `${path}.admissionReviewVersions: Invalid value: ${JSON.stringify(admissionReviewVersions)}: must include at least one of v1`,
    );
  }
  if (timeoutSeconds < 1 || timeoutSeconds > 30) {
    faults.push(`${path}.timeoutSeconds: Invalid value: ${timeoutSeconds}: the timeout value must be between 1 and 30 seconds`);
  }
  for (const [index, rule] of (webhook.rules ?? []).entries()) {
    const loose: Partial<WebhookRule> = rule;
    for (const field of ["operations", "apiGroups", "apiVersions", "resources"] as const) {
      if (!loose[field]?.length) faults.push(`${path}.rules[${index}].${field}: Required value`);
    }
  }
  if (matchConditions.length > 0) faults.push(`${path}.matchConditions: Forbidden: conditions in CEL are not supported by this server`);
  return faults;
}

export const webhookConfigurations: Admission = {
  name: "WebhookConfigurations",
  admit: ({ resource, object }) => {
    if (resource.group !== "admissionregistration.k8s.io") return;
    const faults = ((object as WebhookConfiguration).webhooks ?? []).flatMap((webhook, index) => faultsOf(webhook, `webhooks[${index}]`));
    if (faults.length === 0) return;
    const text = faults.length === 1 ? faults[0] : `[${faults.join(", ")}]`;
    throw new SkiffError("Invalid", `${resource.kind}.${resource.group} "${object.metadata.name}" is invalid: ${text}`);
  },
};
