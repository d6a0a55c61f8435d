/** Faults of the kinds that make pods: selectors, templates, and what may not change. Texts follow pkg/apis/{apps,batch}/validation. */
import { jsonEqual } from "../../../lib/json.ts";
import type { Fault } from "../schema/index.ts";
import { forbidden, invalid, invalidPrinted, required, unsupported, type Checked } from "./invalid.ts";
import { fieldsOf, findPodSpecFaults, listOf, without } from "./pods.ts";

type Fields = Record<string, unknown>;

/** What an update of a StatefulSet may change. */
const CHANGEABLE = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "persistentVolumeClaimRetentionPolicy",
  "revisionHistoryLimit",
];

const specOf = (object: unknown): Fields => fieldsOf(fieldsOf(object)["spec"]);

function printLabels(labels: Fields): string {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]string{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(", ")}}`;
}

function printSelector(selector: Fields): string {
  const labels = selector["matchLabels"] === undefined ? "map[string]string(nil)" : printLabels(fieldsOf(selector["matchLabels"]));
  const expressions = selector["matchExpressions"] === undefined ? "(nil)" : JSON.stringify(selector["matchExpressions"]);
  return `v1.LabelSelector{MatchLabels:${labels}, MatchExpressions:[]v1.LabelSelectorRequirement${expressions}}`;
}

function matches(selector: Fields, labels: Fields): boolean {
  const isMatch = ({ key, operator, values }: Fields): boolean => {
    const value = labels[key as string];
    const list = Array.isArray(values) ? values : [];
    if (operator === "In") return list.includes(value);
    if (operator === "NotIn") return !list.includes(value);
    return operator === "Exists" ? value !== undefined : value === undefined;
  };
  return (
    Object.entries(fieldsOf(selector["matchLabels"])).every(([key, value]) => labels[key] === value) &&
    listOf(selector["matchExpressions"]).every(isMatch)
  );
}

function nonNegative(spec: Fields, names: readonly string[]): Fault[] {
  return names.flatMap((name) =>
    typeof spec[name] === "number" && spec[name] < 0 ? [invalid(`spec.${name}`, spec[name], "must be greater than or equal to 0")] : [],
  );
}

/** Deployment, ReplicaSet, StatefulSet, DaemonSet. */
export function findControllerFaults(kind: string, { object, before }: Checked): Fault[] {
  const spec = specOf(object);
  const template = fieldsOf(spec["template"]);
  const faults: Fault[] = [];
  const selector = fieldsOf(spec["selector"]);
  if (spec["selector"] !== undefined) {
    const labels = fieldsOf(fieldsOf(template["metadata"])["labels"]);
    if (Object.keys(fieldsOf(selector["matchLabels"])).length + listOf(selector["matchExpressions"]).length === 0) {
      faults.push(invalidPrinted("spec.selector", printSelector(selector), `empty selector is invalid for ${kind.toLowerCase()}`));
    } else if (!matches(selector, labels)) {
      const printed = Object.keys(labels).length === 0 ? "null" : printLabels(labels);
      faults.push(invalidPrinted("spec.template.metadata.labels", printed, "`selector` does not match template `labels`"));
    }
  }
  faults.push(...nonNegative(spec, ["replicas", "minReadySeconds", "revisionHistoryLimit"]));
  const restart = fieldsOf(template["spec"])["restartPolicy"];
  if (restart !== undefined && restart !== "Always") {
    faults.push(unsupported("spec.template.spec.restartPolicy", restart, ["Always"]));
  }
  faults.push(...findPodSpecFaults(template["spec"], "spec.template.spec"));
  if (!before) return faults;
  const old = specOf(before);
  if (kind === "StatefulSet") {
    if (!jsonEqual(without(spec, CHANGEABLE), without(old, CHANGEABLE))) {
      faults.push(
        forbidden(
          "spec",
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      );
    }
  } else if (!jsonEqual(old["selector"], spec["selector"])) {
    faults.push(invalidPrinted("spec.selector", printSelector(selector), "field is immutable"));
  }
  return faults;
}

function findJobSpecFaults(spec: Fields, path: string): Fault[] {
  const template = fieldsOf(fieldsOf(spec["template"])["spec"]);
  const faults = ["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"].flatMap((name) =>
    typeof spec[name] === "number" && spec[name] < 0 ? [invalid(`${path}.${name}`, spec[name], "must be greater than or equal to 0")] : [],
  );
  const restart = template["restartPolicy"];
  if (restart === undefined || restart === "Always") {
    faults.push(required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  }
  return [...faults, ...findPodSpecFaults(template, `${path}.template.spec`)];
}

export function findJobFaults({ object, before }: Checked): Fault[] {
  const spec = specOf(object);
  const faults = findJobSpecFaults(spec, "spec");
  if (!before) return faults;
  const old = specOf(before);
  for (const name of ["completions", "selector", "template", "completionMode"]) {
    if (!jsonEqual(spec[name], old[name])) faults.push(invalid(`spec.${name}`, spec[name] ?? null, "field is immutable"));
  }
  return faults;
}

const CONCURRENCY = ["Allow", "Forbid", "Replace"];

export function findCronJobFaults({ object }: Checked): Fault[] {
  const spec = specOf(object);
  const faults: Fault[] = [];
  const schedule = spec["schedule"];
  if (typeof schedule === "string" && schedule !== "") {
    const fields = schedule.trim().split(/\s+/);
    if (/TZ=/.test(schedule)) {
      faults.push(invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
    } else if (!schedule.startsWith("@") && fields.length !== 5) {
      faults.push(invalid("spec.schedule", schedule, `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`));
    }
  }
  const policy = spec["concurrencyPolicy"];
  if (policy !== undefined && !CONCURRENCY.includes(policy as string)) {
    faults.push(unsupported("spec.concurrencyPolicy", policy, CONCURRENCY));
  }
  const job = specOf(spec["jobTemplate"]);
  return [...faults, ...findJobSpecFaults(job, "spec.jobTemplate.spec")];
}
