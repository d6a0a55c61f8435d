/** Schedules of CronJobs: five Unix fields, `@daily` and its like, `@every 1h30m`. Parsing of fields is croner's. */
import { Cron } from "croner";
import { SkiffError } from "../../../lib/errors.ts";

export interface Schedule {
  /** The first time after `after`, in milliseconds since the epoch; undefined when there is none. */
  next(after: number): number | undefined;
  /** The last time in (`after`, `until`] and how many there are, at most 101 (upstream stops counting there). */
  missed(after: number, until: number): { latest: number; count: number } | undefined;
}

const COUNTED = 101;
const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000_001 };
const DURATION_PART = /(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/y;

/** Go's duration syntax in milliseconds; undefined for anything else. */
function parseDuration(text: string): number | undefined {
  let total = 0;
  DURATION_PART.lastIndex = 0;
  for (let at = 0; at < text.length; at = DURATION_PART.lastIndex) {
    const part = DURATION_PART.exec(text);
    if (!part) return undefined;
    total += Number(part[1]) * (UNIT_MS[part[2] ?? ""] ?? 0);
  }
  return text === "" ? undefined : total;
}

/** Every so many whole seconds from wherever one starts to count. Follows robfig/cron's ConstantDelaySchedule. */
function everySchedule(ms: number): Schedule {
  const step = Math.max(1, Math.floor(ms / 1000)) * 1000;
  const start = (after: number): number => Math.floor(after / 1000) * 1000;
  return {
    next: (after) => start(after) + step,
    missed: (after, until) => {
      const count = Math.floor((until - start(after)) / step);
      return count < 1 ? undefined : { latest: start(after) + count * step, count: Math.min(COUNTED, count) };
    },
  };
}

function fieldSchedule(pattern: string, timeZone: string): Schedule {
  // robfig reads ? as *; croner as the present moment.
  const cron = new Cron(pattern.replaceAll("?", "*"), { paused: true, timezone: timeZone, mode: "5-part" });
  const next = (after: number): number | undefined => cron.nextRun(new Date(after))?.getTime();
  return {
    next,
    missed: (after, until) => {
      // From the end backwards: after a long pause there may be a million of them.
      const [latest] = cron.previousRuns(1, new Date(Math.floor(until / 1000) * 1000 + 1000));
      if (!latest || latest.getTime() <= after || latest.getTime() > until) return undefined;
      let count = 1;
      for (let time = next(after); time !== undefined && time < latest.getTime() && count < COUNTED; time = next(time)) count++;
      return { latest: latest.getTime(), count };
    },
  };
}

/** Parses a schedule in a time zone (default UTC, which is the platform's). Throws Invalid. */
export function parseSchedule(text: string, timeZone = "UTC"): Schedule {
  const trimmed = text.trim();
  try {
    if (trimmed.startsWith("@every ")) {
      const ms = parseDuration(trimmed.slice("@every ".length).trim());
      if (ms === undefined) throw new Error("not a duration");
      return everySchedule(ms);
    }
    return fieldSchedule(trimmed, timeZone);
  } catch (error) {
    throw new SkiffError("Invalid", `unparseable schedule ${JSON.stringify(text)}: ${error instanceof Error ? error.message : "invalid"}`, {
      cause: error,
    });
  }
}
