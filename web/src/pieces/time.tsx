/** Times and durations as people read them. */
import { useEffect, useState, type ReactElement } from "react";
import { durationText } from "./duration-text.ts";

/** True for a time that happened: unfinished runs carry the Unix epoch (kubeflow/pipelines behavior). */
export function isTime(value: string | undefined): value is string {
  return value !== undefined && Date.parse(value) > 0;
}

function useNow(active: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [active]);
  return now;
}

/** The time between two instants; ticks while there is no end and `running`. */
export function Duration({ from, to, running }: { from: string | undefined; to: string | undefined; running: boolean }): ReactElement {
  const ended = isTime(to);
  const now = useNow(running && !ended);
  if (!isTime(from) || (!ended && !running)) return <span>–</span>;
  const ms = (ended ? Date.parse(to) : Math.max(now, Date.parse(from))) - Date.parse(from);
  return <span className="numbers">{ended ? durationText(ms) : durationText(Math.floor(ms / 1_000) * 1_000).replace(/\.0 s$/, " s")}</span>;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function relativeText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (Math.abs(seconds) < 60) return seconds > -10 ? "just now" : relative.format(seconds, "second");
  if (Math.abs(seconds) < 3_600) return relative.format(Math.round(seconds / 60), "minute");
  if (Math.abs(seconds) < 86_400) return relative.format(Math.round(seconds / 3_600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}

/** An instant relative to now, with the exact local time as title. */
export function Ago({ at }: { at: string | undefined }): ReactElement {
  const now = useNow(true);
  if (!isTime(at)) return <span>–</span>;
  return (
    <time dateTime={at} title={exact.format(new Date(at))}>
      {relativeText(Date.parse(at) - now)}
    </time>
  );
}

/** An instant as local date and time. */
export function At({ at }: { at: string | undefined }): ReactElement {
  if (!isTime(at)) return <span>–</span>;
  return (
    <time className="numbers" dateTime={at}>
      {exact.format(new Date(at))}
    </time>
  );
}
