/** Table answers: what kubectl prints. */
import { CREATED_AT_COLUMN, type KubeObject, type PrinterColumn, type ResourceDefinition } from "../../api/index.ts";

export interface TableFormat {
  readonly apiVersion: "meta.k8s.io/v1" | "meta.k8s.io/v1beta1";
}

/** Reads the Accept header: a Table is wanted when its media type comes before plain JSON. */
export function parseTableFormat(accept: string | null): TableFormat | undefined {
  for (const range of (accept ?? "").split(",")) {
    const [type, ...parameters] = range.split(";").map((part) => part.trim());
    if (type !== "application/json") continue;
    const has = (text: string): boolean => parameters.includes(text);
    if (!has("as=Table")) return undefined;
    if (has("g=meta.k8s.io") && (has("v=v1") || has("v=v1beta1"))) {
      return { apiVersion: has("v=v1") ? "meta.k8s.io/v1" : "meta.k8s.io/v1beta1" };
    }
  }
  return undefined;
}

const NAME: PrinterColumn = {
  name: "Name",
  type: "string",
  description: "Name must be unique within a namespace.",
  value: ({ metadata }) => metadata.name,
};
function columnsOf(resource: ResourceDefinition): readonly PrinterColumn[] {
  const own = resource.columns ?? [CREATED_AT_COLUMN];
  // Events print without NAME (their names say nothing), StorageClasses with one of their own.
  const hasName = resource.kind === "Event" || own.some(({ name }) => name === "Name");
  return hasName ? own : [NAME, ...own];
}

/** A stored object may lack what its column reads: one odd object must not break the list. */
function cellOf(column: PrinterColumn, object: KubeObject, now: number): string | number | boolean | null {
  try {
    return column.value(object, now) ?? null;
  } catch {
    return "<unknown>";
  }
}

/** Renders objects as a Table. `withColumns` false leaves the definitions out (later events of a watch). */
export function toTable(
  resource: ResourceDefinition,
  objects: readonly KubeObject[],
  format: TableFormat,
  options: {
    readonly metadata: Record<string, unknown>;
    readonly withColumns: boolean;
    readonly includeObject: string | null;
    readonly now: number;
  },
): unknown {
  const columns = columnsOf(resource);
  const embed = (object: KubeObject): unknown => {
    if (options.includeObject === "None") return undefined;
    if (options.includeObject === "Object") return object;
    return { kind: "PartialObjectMetadata", apiVersion: format.apiVersion, metadata: object.metadata };
  };
  return {
    kind: "Table",
    apiVersion: format.apiVersion,
    metadata: options.metadata,
    columnDefinitions: options.withColumns
      ? columns.map(({ name, type, description, priority }) => ({
          name,
          type,
          format: name === "Name" ? "name" : "",
          description: description ?? name,
          priority: priority ?? 0,
        }))
      : [],
    rows: objects.map((object) => ({ cells: columns.map((column) => cellOf(column, object, options.now)), object: embed(object) })),
  };
}
