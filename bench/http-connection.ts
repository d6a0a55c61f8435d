/** One kept-alive HTTP/1.1 connection that costs the machine as little as possible, so that the server is what is measured. */
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface Address {
  readonly port: number;
  readonly tls: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export interface Connection {
  /** Sends a request and waits for its whole answer; one at a time. */
  send(method: string, path: string, headers: string, body?: Buffer): Promise<Answer>;
  /** Sends a request and hands over every piece of its answer as it comes. */
  stream(path: string, headers: string, onData: (piece: Buffer) => void): void;
  /** Reads nothing more. */
  pause(): void;
  close(): void;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** Collects one answer piece by piece. */
function createAnswerReader(): (piece: Buffer) => Answer | undefined {
  let head: Buffer = Buffer.alloc(0);
  let status = 0;
  let isChunked = false;
  /** Bytes still missing: of the body, or of the current chunk with its line end. */
  let missing = 0;
  let line = "";
  let parts: Buffer[] = [];
  const finish = (): Answer => {
    const answer = { status, body: Buffer.concat(parts) };
    head = Buffer.alloc(0);
    status = 0;
    parts = [];
    return answer;
  };
  const readChunks = (piece: Buffer): Answer | undefined => {
    for (let at = 0; at < piece.length;) {
      if (missing > 0) {
        const part = piece.subarray(at, at + missing);
        // The two bytes behind a chunk are its line end.
        parts.push(part.subarray(0, Math.max(0, Math.min(part.length, missing - 2))));
        missing -= part.length;
        at += part.length;
        continue;
      }
      const end = piece.indexOf("\n", at);
      line += piece.toString("latin1", at, end < 0 ? undefined : end);
      if (end < 0) return undefined;
      at = end + 1;
      const size = line.trim() === "" ? undefined : Number.parseInt(line, 16);
      // After the last chunk comes an empty line; it arrives with it.
      if (size === 0) {
        line = "";
        return finish();
      }
      line = "";
      if (size !== undefined) missing = size + 2;
    }
    return undefined;
  };
  const readBody = (piece: Buffer): Answer | undefined => {
    if (isChunked) return readChunks(piece);
    parts.push(piece);
    missing -= piece.length;
    return missing <= 0 ? finish() : undefined;
  };
  return (piece) => {
    if (status !== 0) return readBody(piece);
    head = head.length === 0 ? piece : Buffer.concat([head, piece]);
    const end = head.indexOf(HEAD_END);
    if (end < 0) return undefined;
    const text = head.toString("latin1", 0, end).toLowerCase();
    status = Number(text.slice(9, 12));
    const length = /content-length: (\d+)/.exec(text)?.[1];
    isChunked = length === undefined;
    missing = Number(length ?? 0);
    return readBody(head.subarray(end + 4));
  };
}

/** Opens a connection to 127.0.0.1. */
export async function openConnection({ port, tls }: Address): Promise<Connection> {
  // The authority is the server's own, made for this run; the traffic stays on the loopback.
  const socket: Socket = tls ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }) : connectPlain(port, "127.0.0.1");
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => socket.once(tls ? "secureConnect" : "connect", resolve).once("error", reject));
  const read = createAnswerReader();
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  let onPiece: ((piece: Buffer) => void) | undefined;
  const fail = (error: Error): void => waiting?.reject(error);
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the connection was closed")));
  socket.on("data", (piece: Buffer) => {
    if (onPiece) return onPiece(piece);
    const answer = read(piece);
    if (answer) waiting?.resolve(answer);
  });
  const head = (method: string, path: string, headers: string, length: number): string =>
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${headers}${length > 0 ? `content-length: ${length}\r\n` : ""}\r\n`;
  return {
    send: (method, path, headers, body) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        const text = Buffer.from(head(method, path, headers, body?.length ?? 0));
        socket.write(body ? Buffer.concat([text, body]) : text);
      }),
    stream: (path, headers, onData) => {
      onPiece = onData;
      socket.write(head("GET", path, headers, 0));
    },
    pause: () => void socket.pause(),
    close: () => socket.destroy(),
  };
}
