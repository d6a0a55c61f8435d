/** The end of a growing log, bounded in memory. */

export const MAX_LINES = 5_000;
const MAX_LINE_LENGTH = 4_000;

/** Removes terminal color sequences, which a browser would print. */
export function withoutColors(text: string): string {
  const parts = text.split("\u001b[");
  return parts.map((part, index) => (index === 0 ? part : part.replace(/^[0-9;?]*[A-Za-z]/, ""))).join("");
}

/** Keeps the last lines of what it is given; carriage returns overwrite, as in a terminal. */
export function createLineBuffer(): { push(text: string): void; read(): { lines: string[]; dropped: number } } {
  let lines: string[] = [];
  let open = "";
  let dropped = 0;
  const clean = (line: string): string => {
    const text = withoutColors(line.endsWith("\r") ? line.slice(0, -1) : line);
    return text.slice(text.lastIndexOf("\r") + 1).slice(0, MAX_LINE_LENGTH);
  };
  return {
    push: (text) => {
      const parts = (open + text).split("\n");
      open = (parts.pop() ?? "").slice(-1_000_000);
      for (const part of parts) lines.push(clean(part));
      if (lines.length > MAX_LINES) {
        dropped += lines.length - MAX_LINES;
        lines = lines.slice(-MAX_LINES);
      }
    },
    read: () => ({ lines: open === "" ? [...lines] : [...lines, clean(open)], dropped }),
  };
}
