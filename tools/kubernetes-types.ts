/**
 * Derives the tables of src/cluster/api-server/schema/tables from the Go sources of k8s.io/api: names of fields, their
 * types, protobuf numbers, merge keys and list types. Facts only; no description is carried over.
 * Run by hand when the API version moves: `node tools/kubernetes-types.ts` (needs Go and its module proxy).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const VERSION = "v0.32.0";
const MODULES = ["k8s.io/api", "k8s.io/apimachinery", "k8s.io/apiextensions-apiserver"] as const;
const OUT = resolve(import.meta.dirname, "../src/cluster/api-server/schema/tables");

/** Table name → Go package. */
const PACKAGES: Readonly<Record<string, string>> = {
  meta: "k8s.io/apimachinery/pkg/apis/meta/v1",
  core: "k8s.io/api/core/v1",
  apps: "k8s.io/api/apps/v1",
  batch: "k8s.io/api/batch/v1",
  rbac: "k8s.io/api/rbac/v1",
  storage: "k8s.io/api/storage/v1",
  coordination: "k8s.io/api/coordination/v1",
  authentication: "k8s.io/api/authentication/v1",
  authorization: "k8s.io/api/authorization/v1",
  admissionregistration: "k8s.io/api/admissionregistration/v1",
  apiextensions: "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1",
  policy: "k8s.io/api/policy/v1",
  networking: "k8s.io/api/networking/v1",
  autoscaling: "k8s.io/api/autoscaling/v1",
  autoscalingv2: "k8s.io/api/autoscaling/v2",
  discovery: "k8s.io/api/discovery/v1",
  events: "k8s.io/api/events/v1",
  scheduling: "k8s.io/api/scheduling/v1",
};

/** Kinds that Skiff serves; every type they reach is part of the tables. */
const ROOTS: Readonly<Record<string, string>> = {
  meta: "DeleteOptions PartialObjectMetadata",
  core: "Namespace Pod Service Endpoints ConfigMap Secret ServiceAccount PersistentVolume PersistentVolumeClaim Event Node ResourceQuota LimitRange PodTemplate ReplicationController Binding",
  apps: "Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision",
  batch: "Job CronJob",
  rbac: "Role ClusterRole RoleBinding ClusterRoleBinding",
  storage: "StorageClass VolumeAttachment CSIDriver CSINode",
  coordination: "Lease",
  authentication: "TokenReview TokenRequest SelfSubjectReview",
  authorization: "SubjectAccessReview SelfSubjectAccessReview LocalSubjectAccessReview SelfSubjectRulesReview",
  admissionregistration: "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
  apiextensions: "CustomResourceDefinition",
  policy: "PodDisruptionBudget Eviction",
  networking: "Ingress IngressClass NetworkPolicy",
  autoscaling: "HorizontalPodAutoscaler Scale",
  autoscalingv2: "HorizontalPodAutoscaler",
  discovery: "EndpointSlice",
  events: "Event",
  scheduling: "PriorityClass",
};

/** Types with a JSON form of their own. */
const SPECIAL: Readonly<Record<string, string>> = {
  "meta.Time": "t",
  "meta.MicroTime": "u",
  "meta.Duration": "s",
  "meta.FieldsV1": "f",
  "apiextensions.JSON": "r",
  "apiextensions.JSONSchemaPropsOrArray": "r",
  "apiextensions.JSONSchemaPropsOrBool": "r",
  "apiextensions.JSONSchemaPropsOrStringArray": "r",
};
const FOREIGN: Readonly<Record<string, string>> = {
  "intstr.IntOrString": "x",
  "resource.Quantity": "q",
  "runtime.RawExtension": "r",
  "types.UID": "s",
};
const BASIC: Readonly<Record<string, string>> = {
  string: "s",
  bool: "b",
  int32: "i",
  uint8: "i",
  int64: "l",
  int: "l",
  float64: "d",
  byte: "y",
};

interface Struct {
  readonly markers: readonly string[];
  readonly lines: readonly { readonly text: string; readonly markers: readonly string[] }[];
}

interface GoPackage {
  readonly structs: ReadonlyMap<string, Struct>;
  readonly aliases: ReadonlyMap<string, string>;
  readonly imports: ReadonlyMap<string, string>;
}

function parsePackage(texts: readonly string[]): GoPackage {
  const structs = new Map<string, Struct>();
  const aliases = new Map<string, string>();
  const imports = new Map<string, string>();
  for (const text of texts) {
    let markers: string[] = [];
    let open: { name: string; struct: { markers: string[]; lines: { text: string; markers: string[] }[] } } | undefined;
    for (const raw of text.split("\n")) {
      const line = raw.trim();
      const imported = /^(\w+)?\s*"(k8s\.io\/[^"]+)"$/.exec(line);
      if (imported) imports.set(imported[1] ?? imported[2]?.split("/").at(-1) ?? "", imported[2] ?? "");
      if (line.startsWith("//")) {
        const marker = line.slice(2).trim();
        if (marker.startsWith("+")) markers.push(marker.slice(1));
        continue;
      }
      const empty = /^type (\w+) struct ?\{\}$/.exec(line);
      if (empty) structs.set(empty[1] ?? "", { markers, lines: [] });
      const start = /^type (\w+) struct \{$/.exec(line);
      const alias = /^type (\w+) =? ?([\w.[\]]+)$/.exec(line);
      if (start) open = { name: start[1] ?? "", struct: { markers, lines: [] } };
      else if (alias) aliases.set(alias[1] ?? "", alias[2] ?? "");
      else if (open && line === "}") {
        structs.set(open.name, open.struct);
        open = undefined;
      } else if (open && line.includes("`")) open.struct.lines.push({ text: line, markers });
      // A marker may be set off from its type by an empty line.
      if (line !== "" || open) markers = [];
    }
  }
  return { structs, aliases, imports };
}

function readPackages(folders: ReadonlyMap<string, string>): Map<string, GoPackage> {
  return new Map(
    Object.entries(PACKAGES).map(([name, path]) => {
      const module = MODULES.find((candidate) => path.startsWith(`${candidate}/`)) ?? "";
      const folder = join(folders.get(module) ?? "", path.slice(module.length));
      const files = name === "apiextensions" ? ["types.go", "types_jsonschema.go"] : ["types.go"];
      return [name, parsePackage(files.map((file) => readFileSync(join(folder, file), "utf8")))];
    }),
  );
}

/** Renders the tables: one line a type, reached types only. */
function renderTables(packages: ReadonlyMap<string, GoPackage>): Map<string, string[]> {
  const byPath = new Map(Object.entries(PACKAGES).map(([name, path]) => [path, name]));
  const lines = new Map<string, Map<string, string>>(Object.keys(PACKAGES).map((name) => [name, new Map()]));
  const pending = Object.entries(ROOTS).flatMap(([name, kinds]) => kinds.split(" ").map((kind) => `${name}.${kind}`));

  const toType = (home: string, go: string): string => {
    if (go.startsWith("*")) return toType(home, go.slice(1));
    if (go === "[]byte") return "y";
    if (go.startsWith("[]")) return `[]${toType(home, go.slice(2))}`;
    const map = /^map\[\w+\](.+)$/.exec(go);
    if (map) return `{}${toType(home, map[1] ?? "")}`;
    if (BASIC[go]) return BASIC[go];
    if (FOREIGN[go]) return FOREIGN[go];
    const [left, right] = go.split(".");
    const owner = right === undefined ? home : byPath.get(packages.get(home)?.imports.get(left ?? "") ?? "");
    const name = right ?? left ?? "";
    const found = owner === undefined ? undefined : packages.get(owner);
    if (owner === undefined || !found) throw new Error(`${home}: unknown type ${go}`);
    const full = `${owner}.${name}`;
    if (SPECIAL[full]) return SPECIAL[full];
    const alias = found.aliases.get(name);
    if (name === "ExtraValue") return "e";
    if (alias !== undefined) return toType(owner, alias);
    if (name === "ResourceList") return "{}q";
    if (name === "JSONSchemaDefinitions" || name === "JSONSchemaDependencies") return "{}r";
    if (!found.structs.has(name)) throw new Error(`${home}: no struct ${full}`);
    pending.push(full);
    return full;
  };

  const renderField = (home: string, text: string, markers: readonly string[]): string => {
    const parts = /^(?:(\w+)\s+)?([\w.*[\]]+)\s+`(.+)`/.exec(text);
    if (!parts) throw new Error(`${home}: cannot read ${text}`);
    const [, , go = "", tags = ""] = parts;
    const tag = (name: string): string | undefined => new RegExp(`\\b${name}:"([^"]*)"`).exec(tags)?.[1];
    const json = (tag("json") ?? "").split(",");
    const number = tag("protobuf")?.split(",")[1] ?? "";
    if (json.includes("inline")) return go.endsWith("TypeMeta") ? "apiVersion:s: kind:s:" : `^:${toType(home, go)}:${number}`;
    if (json[0] === "-" || json[0] === undefined || json[0] === "") return "";
    const marker = (name: string): string[] => markers.filter((one) => one.startsWith(`${name}=`)).map((one) => one.slice(name.length + 1));
    const flags: string[] = [];
    const optional = json.includes("omitempty") || markers.includes("optional");
    if (!optional) flags.push("!");
    if (go.startsWith("*")) flags.push("*");
    const mergeKey = tag("patchMergeKey");
    const strategy = tag("patchStrategy") ?? "";
    if (strategy.includes("merge")) flags.push(`p=${mergeKey ?? ""}`);
    if (strategy.includes("retainKeys")) flags.push("R");
    const [listType] = marker("listType");
    if (listType === "map") flags.push(`m=${marker("listMapKey").join("+")}`);
    if (listType === "set") flags.push("S");
    if (marker("mapType")[0] === "atomic" || marker("structType")[0] === "atomic") flags.push("a");
    const [value] = marker("default");
    if (value?.startsWith('"')) flags.push(`d=${value.slice(1, -1)}`);
    return `${json[0]}:${toType(home, go)}:${number}${flags.length === 0 ? "" : `:${flags.join(",")}`}`;
  };

  for (let full = pending.pop(); full !== undefined; full = pending.pop()) {
    const [home = "", name = ""] = full.split(".");
    const table = lines.get(home);
    const struct = packages.get(home)?.structs.get(name);
    if (!table || table.has(name)) continue;
    if (!struct) throw new Error(`no struct ${full}`);
    table.set(name, "");
    const atomic = struct.markers.includes("structType=atomic") || struct.markers.includes("mapType=atomic") ? "~" : "";
    const fields = struct.lines.map(({ text, markers }) => renderField(home, text, markers)).filter((field) => field !== "");
    table.set(name, `${name}${atomic} ${fields.join(" ")}`.trim());
  }
  return new Map([...lines].map(([name, table]) => [name, [...table.values()].toSorted()]));
}

const scratch = mkdtempSync(join(tmpdir(), "skiff-types-"));
try {
  writeFileSync(join(scratch, "go.mod"), "module scratch\n\ngo 1.21\n");
  const folders = new Map(
    MODULES.map((module) => {
      const answer = execFileSync("go", ["mod", "download", "-json", `${module}@${VERSION}`], { cwd: scratch, encoding: "utf8" });
      return [module, (JSON.parse(answer) as { Dir: string }).Dir];
    }),
  );
  for (const [name, lines] of renderTables(readPackages(folders))) {
    const text = [
      `/** Types of ${PACKAGES[name]} as facts; made by tools/kubernetes-types.ts, read by ../built-in-schemas.ts. */`,
      `export const ${name.toUpperCase()}: string = \``,
      ...lines,
      "`;",
      "",
    ].join("\n");
    writeFileSync(join(OUT, `${name}.ts`), text);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
