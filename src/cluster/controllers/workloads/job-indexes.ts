/** The indexes of Indexed jobs and their compressed text, such as "0-2,5". Follows kubernetes pkg/controller/job/indexed_job_utils.go. */
import type { Pod } from "../../../api/index.ts";

export const INDEX = "batch.kubernetes.io/job-completion-index";

/** Parses the text; what is no index below `completions` is left out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? "").split(",").filter(Boolean)) {
    const [first = Number.NaN, last = first] = part.split("-").map(Number);
    for (let index = first; index <= Math.min(last, completions - 1); index++) indexes.add(index);
  }
  return indexes;
}

export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].toSorted((a, b) => a - b);
  const parts: string[] = [];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    const length = end - start + 1;
    parts.push(length === 1 ? `${sorted[start]}` : `${sorted[start]}${length === 2 ? "," : "-"}${sorted[end]}`);
    start = end + 1;
  }
  return parts.join(",");
}

/** The index a pod works on; undefined when it says none. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[INDEX];
  const index = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isInteger(index) && index >= 0 ? index : undefined;
}
