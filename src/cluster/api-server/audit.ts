/** The audit log: one line a request, who did what to which object and how it ended. Never bodies, queries or credentials. */
import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from "node:fs";
import type { UserInfo } from "../../api/index.ts";
import type { Log } from "../../lib/log.ts";
import type { RequestInfo } from "./request-info.ts";

export interface AuditEntry {
  readonly user: string;
  /** Who really called, when `user` is impersonated. */
  readonly impersonatedBy?: string;
  readonly verb: string;
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly code: number;
  /** Until the answer began. */
  readonly durationMs: number;
}

export interface AuditLog {
  write(entry: AuditEntry): void;
  close(): Promise<void>;
}

interface SeenRequest {
  readonly caller: UserInfo;
  /** Other than the caller when impersonated. */
  readonly user: UserInfo;
  /** Absent when the path could not be read. */
  readonly info: RequestInfo | undefined;
  readonly method: string;
  readonly code: number;
  readonly start: number;
}

/** The entry of one answered request; `start` is of performance.now(). */
export function describeRequest({ caller, user, info, method, code, start }: SeenRequest): AuditEntry {
  const { resource } = info ?? {};
  const subject = resource && {
    ...(resource.group === "" ? {} : { group: resource.group }),
    resource: resource.plural,
    ...(resource.subresource === undefined ? {} : { subresource: resource.subresource }),
    ...(resource.namespace === undefined ? {} : { namespace: resource.namespace }),
    ...(resource.name === undefined ? {} : { name: resource.name }),
  };
  return {
    user: user.username,
    ...(user === caller ? {} : { impersonatedBy: caller.username }),
    verb: info?.verb ?? method.toLowerCase(),
    ...(subject ?? (info ? { path: info.path } : {})),
    code,
    durationMs: Math.round((performance.now() - start) * 10) / 10,
  };
}

const MAX_BYTES = 16 * 1024 * 1024;
const FLUSH_MS = 200;

/** Opens the log in `file`; when it is full it becomes `file.1`, and what was there before goes. */
export function openAuditLog(file: string, log: Log, maxBytes: number = MAX_BYTES): AuditLog {
  let size = existsSync(file) ? statSync(file).size : 0;
  let stream: WriteStream | undefined;
  let lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let failed = false;

  const open = (): WriteStream => {
    const opened = createWriteStream(file, { flags: "a", mode: 0o600 });
    opened.on("error", (error) => {
      if (!failed) log.error("the audit log cannot be written", { file, error });
      failed = true;
      stream = undefined;
    });
    return opened;
  };
  const rotate = (): void => {
    stream?.end();
    stream = undefined;
    try {
      if (existsSync(file)) renameSync(file, `${file}.1`);
      size = 0;
    } catch (error) {
      log.error("the audit log cannot be rotated", { file, error });
    }
  };
  const flush = (): void => {
    timer = undefined;
    if (lines.length === 0) return;
    const text = lines.join("");
    lines = [];
    if (size + text.length > maxBytes) rotate();
    size += Buffer.byteLength(text);
    stream ??= open();
    stream.write(text);
  };
  return {
    write: (entry) => {
      lines.push(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
      timer ??= setTimeout(flush, FLUSH_MS);
    },
    close: async () => {
      clearTimeout(timer);
      flush();
      const last = stream;
      if (last) await new Promise<void>((resolve) => last.end(() => resolve()).once("error", () => resolve()));
    },
  };
}
