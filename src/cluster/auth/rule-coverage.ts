/** Whether some rules grant all that others ask for. Follows kubernetes component-helpers/auth/rbac/validation. */
import type { PolicyRule } from "../../api/index.ts";

function covers(own: readonly string[], asked: readonly string[]): boolean {
  return own.includes("*") || asked.every((value) => own.includes(value));
}

function coversResource(own: readonly string[], asked: string): boolean {
  if (own.includes("*") || own.includes(asked)) return true;
  const slash = asked.indexOf("/");
  return slash >= 0 && own.includes(`*/${asked.slice(slash + 1)}`);
}

function coversPath(own: readonly string[], asked: string): boolean {
  return own.some((pattern) => pattern === asked || (pattern.endsWith("*") && asked.startsWith(pattern.slice(0, -1))));
}

/** Splits a rule into rules of one verb on one thing. */
function* singles({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): Generator<PolicyRule> {
  for (const verb of verbs ?? []) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        const one: PolicyRule = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (resourceNames.length === 0) yield one;
        else for (const name of resourceNames) yield { ...one, resourceNames: [name] };
      }
    }
    for (const url of nonResourceURLs) yield { verbs: [verb], nonResourceURLs: [url] };
  }
}

function grants(own: PolicyRule, asked: PolicyRule): boolean {
  if (!covers(own.verbs ?? [], asked.verbs)) return false;
  if (asked.nonResourceURLs) return asked.nonResourceURLs.every((url) => coversPath(own.nonResourceURLs ?? [], url));
  const names = own.resourceNames ?? [];
  return (
    covers(own.apiGroups ?? [], asked.apiGroups ?? []) &&
    (asked.resources ?? []).every((resource) => coversResource(own.resources ?? [], resource)) &&
    (names.length === 0 || (asked.resourceNames !== undefined && covers(names, asked.resourceNames)))
  );
}

/** Joins single rules that differ in their verb only, as upstream's compact form does. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const byThing = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs]);
    const known = byThing.get(key);
    byThing.set(key, known ? { ...known, verbs: [...known.verbs, ...rule.verbs] } : rule);
  }
  return [...byThing.values()];
}

/** The parts of `asked` that no rule of `own` grants. */
export function uncoveredRules(own: readonly PolicyRule[], asked: readonly PolicyRule[]): PolicyRule[] {
  const missing = asked.flatMap((rule) => [...singles(rule)]).filter((single) => !own.some((rule) => grants(rule, single)));
  return compact(missing);
}

/** A rule on one line: `{APIGroups:["apps"], Resources:["deployments"], Verbs:["create" "get"]}`. */
export function describeRule({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ["APIGroups", apiGroups],
    ["Resources", resources],
    ["NonResourceURLs", nonResourceURLs],
    ["ResourceNames", resourceNames],
    ["Verbs", verbs],
  ];
  const texts = parts.flatMap(([name, list]) =>
    list && list.length > 0 ? [`${name}:[${list.map((item) => JSON.stringify(item)).join(" ")}]`] : [],
  );
  return `{${texts.join(", ")}}`;
}
