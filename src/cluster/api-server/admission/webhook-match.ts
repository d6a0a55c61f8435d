/** Which webhooks a request concerns. Follows apiserver pkg/admission/plugin/webhook/{generic,predicates}. */
import {
  MUTATING_WEBHOOK_CONFIGURATIONS,
  NAMESPACES,
  selectsLabels,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
  type KubeObject,
  type Namespace,
  type ResourceDefinition,
  type Webhook,
  type WebhookConfiguration,
  type WebhookRule,
} from "../../../api/index.ts";
import type { ObjectStore } from "../../object-store/index.ts";
import type { Call } from "../call.ts";
import { fromStored, storageKey, type ServedResource } from "../resources.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE";

export interface MatchedWebhook {
  readonly webhook: Webhook;
  /** The version in which the webhook wants the object. */
  readonly version: string;
}

export interface MatchedWebhooks {
  readonly mutating: readonly MatchedWebhook[];
  readonly validating: readonly MatchedWebhook[];
}

interface Configured {
  readonly mutating: readonly Webhook[];
  readonly validating: readonly Webhook[];
}

const GROUP = MUTATING_WEBHOOK_CONFIGURATIONS.group;
const caches = new WeakMap<ObjectStore, { current: Configured | undefined }>();

/** The configured webhooks in the order of their configurations' names, read again after a change. */
function configured(store: ObjectStore): Configured {
  let cache = caches.get(store);
  if (!cache) {
    const made: { current: Configured | undefined } = { current: undefined };
    store.subscribe((events) => {
      if (events.some(({ key }) => key.startsWith(`/registry/${GROUP}/`))) made.current = undefined;
    });
    caches.set(store, made);
    cache = made;
  }
  const read = (definition: ResourceDefinition<WebhookConfiguration>): Webhook[] =>
    store
      .list(storageKey(definition))
      .items.flatMap(({ value, revision }) => fromStored<WebhookConfiguration>(definition, value, revision).webhooks ?? []);
  cache.current ??= { mutating: read(MUTATING_WEBHOOK_CONFIGURATIONS), validating: read(VALIDATING_WEBHOOK_CONFIGURATIONS) };
  return cache.current;
}

const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);

/** `pods`, `pods/status`, `pods/*`, `*`, a star before a slash, as in rules. */
function namesResource(names: readonly string[], plural: string, subresource: string | undefined): boolean {
  if (names.includes("*/*")) return true;
  if (subresource === undefined) return names.includes("*") || names.includes(plural) || names.includes(`${plural}/*`);
  return names.includes(`${plural}/${subresource}`) || names.includes(`${plural}/*`) || names.includes(`*/${subresource}`);
}

/** The version in which a rule takes the resource: its own, or with the policy Equivalent another served one. */
function versionFor(call: Call, webhook: Webhook, rule: WebhookRule): string | undefined {
  const { resource, parts } = call;
  if (has(rule.apiVersions, resource.version)) return resource.version;
  if (webhook.matchPolicy === "Exact") return undefined;
  const isSame = (other: ServedResource): boolean => other.group === resource.group && other.plural === resource.plural;
  return parts.registry.all().find((other) => isSame(other) && rule.apiVersions.includes(other.version))?.version;
}

function matchRules(call: Call, webhook: Webhook, operation: Operation): string | undefined {
  const { resource, target } = call;
  for (const rule of webhook.rules ?? []) {
    const scope = rule.scope ?? "*";
    if (!has(rule.operations, operation) || !has(rule.apiGroups, resource.group)) continue;
    if (!namesResource(rule.resources, resource.plural, target.subresource)) continue;
    if (scope !== "*" && (scope === "Namespaced") !== resource.namespaced) continue;
    const version = versionFor(call, webhook, rule);
    if (version !== undefined) return version;
  }
  return undefined;
}

function matchesNamespace({ parts, resource, target }: Call, webhook: Webhook, objects: readonly KubeObject[]): boolean {
  const selector = webhook.namespaceSelector ?? {};
  if (resource.kind === "Namespace" && resource.group === "")
    return objects.some(({ metadata }) => selectsLabels(selector, metadata.labels));
  if (!resource.namespaced) return true;
  const stored = parts.store.get(storageKey(NAMESPACES, undefined, target.namespace));
  return stored !== undefined && selectsLabels(selector, (JSON.parse(stored.value) as Namespace).metadata.labels);
}

/** True when some webhook might look at the request: asked first because nearly always the answer is no. */
export function mayConcernWebhooks(call: Call, operation: Operation): boolean {
  // A webhook that judges webhooks could never be removed.
  if (call.resource.group === GROUP) return false;
  const { mutating, validating } = configured(call.parts.store);
  return [...mutating, ...validating].some((webhook) => matchRules(call, webhook, operation) !== undefined);
}

/** The webhooks to ask about the objects of a request (new and old, those that exist). */
export function matchWebhooks(call: Call, operation: Operation, objects: readonly KubeObject[]): MatchedWebhooks {
  const match = (webhook: Webhook): MatchedWebhook[] => {
    const version = matchRules(call, webhook, operation);
    if (version === undefined || !matchesNamespace(call, webhook, objects)) return [];
    const selector = webhook.objectSelector ?? {};
    return objects.some(({ metadata }) => selectsLabels(selector, metadata.labels)) ? [{ webhook, version }] : [];
  };
  const { mutating, validating } = configured(call.parts.store);
  return { mutating: mutating.flatMap(match), validating: validating.flatMap(match) };
}
