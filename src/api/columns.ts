/** Columns that many kinds print, and the words of kubernetes pkg/printers for what is absent. */
import { humanDuration } from "../lib/duration.ts";
import type { LabelSelector } from "./label-selector.ts";
import { labelSelectorText } from "./label-selector.ts";
import type { KubeObject, PrinterColumn } from "./meta.ts";
import type { PodSpec } from "./pod.ts";

export const NONE = "<none>";

/** The time since `since` as kubectl prints it; "<unknown>" when it is absent. */
export function ageOf(since: string | undefined | null, now: number): string {
  return since ? humanDuration(now - Date.parse(since)) : "<unknown>";
}

export const AGE_COLUMN: PrinterColumn = {
  name: "Age",
  type: "string",
  description: "CreationTimestamp is the server time when this object was created.",
  value: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now),
};

/** What kinds without a printer of their own show. */
export const CREATED_AT_COLUMN: PrinterColumn = {
  name: "Created At",
  type: "date",
  description: "CreationTimestamp is the server time when this object was created.",
  value: ({ metadata }) => metadata.creationTimestamp ?? "",
};

interface Template {
  spec?: { selector?: LabelSelector; template?: { spec?: Partial<PodSpec> } };
}

const containersOf = (object: KubeObject): { name: string; image?: string }[] =>
  (object as Template).spec?.template?.spec?.containers ?? [];

/** The wide columns of everything that has a pod template. */
export const TEMPLATE_COLUMNS: readonly PrinterColumn[] = [
  {
    name: "Containers",
    type: "string",
    priority: 1,
    value: (object) =>
      containersOf(object)
        .map(({ name }) => name)
        .join(","),
  },
  {
    name: "Images",
    type: "string",
    priority: 1,
    value: (object) =>
      containersOf(object)
        .map(({ image = "" }) => image)
        .join(","),
  },
];

export const SELECTOR_COLUMN: PrinterColumn = {
  name: "Selector",
  type: "string",
  priority: 1,
  value: (object) => labelSelectorText((object as Template).spec?.selector),
};

/** A list for people: the first three, then how many more. */
export function shortList(items: readonly string[]): string {
  if (items.length === 0) return NONE;
  const rest = items.length - 3;
  return items.slice(0, 3).join(",") + (rest > 0 ? ` + ${rest} more...` : "");
}
