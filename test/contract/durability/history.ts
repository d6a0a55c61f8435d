/** What a killed workload said, and whether the store it left agrees. */
import { openObjectStore } from "../../../src/cluster/object-store/index.ts";
import { openSqliteFile } from "../../../src/kit/index.ts";

export interface Operation {
  readonly name: string;
  /** What is written; undefined for a deletion. */
  readonly value?: string | undefined;
}

interface Seen extends Operation {
  readonly revision: number;
}

export interface History {
  readonly begun: readonly Operation[];
  readonly acknowledged: readonly Operation[];
  readonly seen: readonly Seen[];
}

const PREFIX = "/registry/core/configmaps/default/";

/** Reads the complete lines of the workload's output. */
export function parseHistory(output: string): History {
  const of = <T>(word: string): T[] =>
    output
      .slice(0, output.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => JSON.parse(line.slice(word.length + 1)) as T);
  return { begun: of("BEGIN"), acknowledged: of("ACK"), seen: of("SEEN") };
}

function valueOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as { data?: { value?: string } }).data?.value;
}

/** Compares `history` with the database that was left; returns what is wrong, one sentence each. */
export function findFaults(file: string, { begun, acknowledged, seen }: History): string[] {
  const faults: string[] = [];
  const store = openObjectStore(file);
  try {
    for (const name of new Set(begun.map((operation) => operation.name))) {
      const own = begun.filter((operation) => operation.name === name);
      const done = acknowledged.filter((operation) => operation.name === name).length;
      // Names have one writer: whatever was begun behind the last acknowledgement may or may not have happened.
      const possible = [done === 0 ? undefined : own[done - 1]?.value, ...own.slice(done).map(({ value }) => value)];
      const stored = valueOf(store.get(PREFIX + name)?.value);
      if (!possible.includes(stored)) faults.push(`${name} is ${stored}, acknowledged ${possible[0]}`);
    }
    const first = seen[0];
    if (first) {
      const { events } = store.since(PREFIX, first.revision - 1);
      for (const [index, { name, value, revision }] of seen.entries()) {
        const event = events[index];
        const same = event?.key === PREFIX + name && event.revision === revision;
        const stored = event?.type === "put" ? valueOf(event.value) : undefined;
        if (!same || stored !== value)
          faults.push(`a watch saw ${name}=${value} at ${revision}, stored is ${event?.key}=${stored} at ${event?.revision}`);
      }
    }
  } finally {
    store.close();
  }
  const database = openSqliteFile(file);
  const integrity = database.pragma("integrity_check", { simple: true });
  database.close();
  if (integrity !== "ok") faults.push(`integrity_check: ${String(integrity)}`);
  return faults;
}
