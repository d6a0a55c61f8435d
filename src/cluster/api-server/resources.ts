/** Which kinds are served: the built-in ones and those that CustomResourceDefinitions add. */
import {
  AGE_COLUMN,
  apiVersionOf,
  BUILT_IN_DEFINITIONS,
  type CrdColumn,
  type CustomResourceDefinition,
  type KubeObject,
  type PrinterColumn,
  type ResourceDefinition,
} from "../../api/index.ts";
import { humanDuration } from "../../lib/duration.ts";
import { parseJsonPath, readJsonPath } from "../../lib/json-path.ts";
import { convertStored } from "./conversion.ts";

export interface ServedResource extends ResourceDefinition {
  /** True for kinds of a CustomResourceDefinition: no strategic merge patch there. */
  readonly custom: boolean;
}

export interface ResourceRegistry {
  find(group: string, version: string, plural: string): ServedResource | undefined;
  all(): ServedResource[];
  /** Serves every served version of a CRD; a second call with the same name replaces the first. */
  addCustom(definition: CustomResourceDefinition): void;
  removeCustom(name: string): void;
}

/** A cell as apiextensions-apiserver's table convertor makes it; null prints as nothing. */
function toColumn({ name, type, jsonPath, description, priority }: CrdColumn): PrinterColumn {
  const path = parseJsonPath(jsonPath) ?? [];
  return {
    name,
    type: type as PrinterColumn["type"],
    ...(description === undefined ? {} : { description }),
    ...(priority === undefined ? {} : { priority }),
    value: (object: KubeObject, now: number) => {
      const [value, ...more] = path.length === 0 ? [] : readJsonPath(object, path);
      if (value === undefined || value === null) return null;
      if (type === "date") return typeof value === "string" ? humanDuration(now - Date.parse(value)) : "<unknown>";
      if (type === "string") return [value, ...more].map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(" ");
      return typeof value === "object" ? null : (value as string | number | boolean);
    },
  };
}

function toServed(crd: CustomResourceDefinition): ServedResource[] {
  const { group, names, scope, versions } = crd.spec;
  return versions
    .filter((version) => version.served)
    .map((version) => ({
      group,
      version: version.name,
      kind: names.kind,
      plural: names.plural,
      singular: names.singular ?? names.kind.toLowerCase(),
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      namespaced: scope === "Namespaced",
      subresources: [...(version.subresources?.scale ? ["scale"] : []), ...(version.subresources?.status ? ["status"] : [])],
      ...(version.subresources?.scale ? { scale: version.subresources.scale } : {}),
      custom: true,
      ...(version.schema ? { schema: version.schema.openAPIV3Schema } : {}),
      columns: version.additionalPrinterColumns?.length ? version.additionalPrinterColumns.map(toColumn) : [AGE_COLUMN],
    }));
}

/** Creates the registry with the built-in kinds. */
export function createResourceRegistry(): ResourceRegistry {
  const custom = new Map<string, ServedResource[]>();
  const builtIn = BUILT_IN_DEFINITIONS.map((definition): ServedResource => ({ ...definition, custom: false }));
  const keyOf = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;
  let index = new Map<string, ServedResource>();
  const reindex = (): void => {
    index = new Map(
      [...builtIn, ...[...custom.values()].flat()].map((resource) => [keyOf(resource.group, resource.version, resource.plural), resource]),
    );
  };
  reindex();
  return {
    find: (group, version, plural) => index.get(keyOf(group, version, plural)),
    all: () => [...index.values()],
    addCustom: (definition) => {
      custom.set(definition.metadata.name, toServed(definition));
      reindex();
    },
    removeCustom: (name) => {
      custom.delete(name);
      reindex();
    },
  };
}

/** Storage key of an object; without a name the prefix of its list. Versions share the key. */
export function storageKey(
  resource: Pick<ResourceDefinition, "group" | "plural" | "namespaced">,
  namespace?: string,
  name?: string,
): string {
  const root = `/registry/${resource.group === "" ? "core" : resource.group}/${resource.plural}/`;
  if (!resource.namespaced) return name === undefined ? root : `${root}${name}`;
  if (namespace === undefined || namespace === "") return root;
  return `${root}${namespace}/${name ?? ""}`;
}

/** Reads a stored value in the version that `resource` serves, with its revision. */
export function fromStored<T extends KubeObject>(resource: ResourceDefinition, value: string, revision: number): T {
  const apiVersion = apiVersionOf(resource);
  const object = convertStored(JSON.parse(value) as T, apiVersion);
  object.apiVersion = apiVersion;
  object.kind = resource.kind;
  object.metadata.resourceVersion = String(revision);
  return object;
}
