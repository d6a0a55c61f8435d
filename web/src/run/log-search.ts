/** Finds text in the lines of a log, ignoring case. */

export interface Match {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

const MAX_MATCHES = 1_000;

export function findMatches(
  lines: readonly string[],
  typed: string,
): { all: readonly Match[]; byLine: ReadonlyMap<number, readonly Match[]> } {
  const all: Match[] = [];
  const byLine = new Map<number, Match[]>();
  const wanted = typed.toLowerCase();
  if (wanted === "") return { all, byLine };
  for (const [line, text] of lines.entries()) {
    const lower = text.toLowerCase();
    // A few letters change their length in lower case; offsets would then not fit.
    if (lower.length !== text.length) continue;
    for (let start = lower.indexOf(wanted); start >= 0; start = lower.indexOf(wanted, start + wanted.length)) {
      const match = { line, start, end: start + wanted.length };
      all.push(match);
      byLine.set(line, [...(byLine.get(line) ?? []), match]);
      if (all.length >= MAX_MATCHES) return { all, byLine };
    }
  }
  return { all, byLine };
}
