/** A live log: follows its end, searches, copies. */
import { ActionIcon, Button, TextInput, Tooltip } from "@mantine/core";
import { ArrowDownToLine, ChevronDown, ChevronUp, Download, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import type { TaskDetail } from "../../../src/api/pipelines.ts";
import { isFinal } from "../api/run-state.ts";
import { logUrl, useLog, type LiveLog } from "../api/use-log.ts";
import { CopyIcon } from "../pieces/copyable.tsx";
import { findMatches, type Match } from "./log-search.ts";

function LogLine({
  line,
  matches,
  current,
}: {
  line: string;
  matches: readonly Match[] | undefined;
  current: Match | undefined;
}): ReactElement {
  if (!matches) return <div className="log-line">{line || "\u00a0"}</div>;
  const parts: (string | ReactElement)[] = [];
  let at = 0;
  for (const match of matches) {
    parts.push(line.slice(at, match.start));
    parts.push(
      <mark key={match.start} data-current={match === current || undefined}>
        {line.slice(match.start, match.end)}
      </mark>,
    );
    at = match.end;
  }
  parts.push(line.slice(at));
  return <div className="log-line">{parts}</div>;
}

function phaseText({ phase, error, lines }: LiveLog): string {
  if (phase === "loading") return "Waiting for the log…";
  if (phase === "following") return "Live";
  if (phase === "failed") return error ?? "The log could not be read.";
  return lines.length === 0 ? "The task wrote nothing." : "Complete";
}

export function LogView({ runId, task }: { runId: string; task: TaskDetail }): ReactElement {
  // Whether to follow is decided once: a stream that is followed ends by itself.
  const [follow] = useState(() => !isFinal(task.state));
  const [attempt, setAttempt] = useState(0);
  const [pinned, setPinned] = useState(true);
  const [typed, setTyped] = useState("");
  const [index, setIndex] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const log = useLog(runId, task.task_id, follow, attempt);
  const { all, byLine } = useMemo(() => findMatches(log.lines, typed), [log.lines, typed]);
  const current = all.length > 0 ? all[((index % all.length) + all.length) % all.length] : undefined;

  useEffect(() => {
    const element = box.current;
    if (element && pinned && typed === "") element.scrollTop = element.scrollHeight;
  }, [log.lines, pinned, typed]);
  useEffect(() => {
    if (current) box.current?.querySelector("mark[data-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);

  const onScroll = (): void => {
    const element = box.current;
    if (element) setPinned(element.scrollHeight - element.scrollTop - element.clientHeight < 24);
  };
  const step = (by: number): void => setIndex((at) => at + by);
  return (
    <div className="log">
      <div className="log-tools">
        <TextInput
          className="log-search"
          size="xs"
          type="search"
          aria-label="Search in the log"
          placeholder="Search in the log"
          leftSection={<Search size={14} aria-hidden />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setIndex(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
          }}
        />
        {typed === "" ? null : (
          <>
            <span className="muted numbers" role="status">
              {current ? `${all.indexOf(current) + 1} of ${all.length}` : "no match"}
            </span>
            <ActionIcon variant="subtle" color="gray" aria-label="Previous match" onClick={() => step(-1)}>
              <ChevronUp size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label="Next match" onClick={() => step(1)}>
              <ChevronDown size={16} aria-hidden />
            </ActionIcon>
          </>
        )}
        <span className="log-tools-end">
          <CopyIcon value={log.lines.join("\n")} label="Copy the log" />
          <Tooltip label="Open the whole log" withinPortal>
            <ActionIcon
              component="a"
              variant="subtle"
              color="gray"
              href={logUrl(runId, task.task_id, false)}
              target="_blank"
              rel="noreferrer"
              aria-label="Open the whole log in a new tab"
            >
              <Download size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </span>
      </div>
      <div className="log-box" ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label={`Log of ${task.display_name}`}>
        {log.dropped > 0 ? (
          <div className="log-note">{log.dropped} earlier lines are not shown; open the whole log to read them.</div>
        ) : null}
        {log.lines.map((line, number) => (
          <LogLine key={log.dropped + number} line={line} matches={byLine.get(number)} current={current} />
        ))}
        {!pinned && typed === "" && log.phase === "following" ? (
          <Button
            className="log-jump"
            size="compact-xs"
            leftSection={<ArrowDownToLine size={13} aria-hidden />}
            onClick={() => setPinned(true)}
          >
            Follow
          </Button>
        ) : null}
      </div>
      <div className="log-phase" data-phase={log.phase} role="status">
        {phaseText(log)}
        {log.phase === "failed" ? (
          <Button size="compact-xs" variant="default" onClick={() => setAttempt(attempt + 1)}>
            Try again
          </Button>
        ) : null}
      </div>
    </div>
  );
}
