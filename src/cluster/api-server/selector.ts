/** The selectors of a request, as one test on objects. */
import type { KubeObject } from "../../api/index.ts";
import { matchesFields, parseFieldSelector, parseLabelSelector } from "../../lib/selectors.ts";
import type { Call } from "./call.ts";
import { storageKey } from "./resources.ts";

export interface Selector {
  /** True when nothing is left out, so that objects need not be read at all. */
  readonly everything: boolean;
  /** The only key that can match, where the request names one object. */
  readonly key: string | undefined;
  matches(object: KubeObject): boolean;
}

/** Reads `labelSelector`, `fieldSelector` and the name in the path. Throws BadRequest. */
export function selectorOf({ url, resource, target }: Pick<Call, "url" | "resource" | "target">): Selector {
  const labels = parseLabelSelector(url.searchParams.get("labelSelector"));
  const fields = parseFieldSelector(url.searchParams.get("fieldSelector"));
  const byField = fields.find(({ path, negated }) => path === "metadata.name" && !negated)?.value;
  const name = target.name ?? byField;
  const isPlaced = !resource.namespaced || (target.namespace !== undefined && target.namespace !== "");
  const rest = fields.filter(({ path, negated }) => path !== "metadata.name" || negated);
  const selectsLabels = (url.searchParams.get("labelSelector") ?? "") !== "";
  return {
    everything: !selectsLabels && rest.length === 0 && (name === undefined || isPlaced),
    key: name !== undefined && isPlaced ? storageKey(resource, target.namespace, name) : undefined,
    matches: (object) =>
      (target.name === undefined || object.metadata.name === target.name) &&
      labels(object.metadata.labels ?? {}) &&
      matchesFields(object, fields),
  };
}
