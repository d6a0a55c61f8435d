import { describe, expect, it } from "vitest";
import { durationText } from "../pieces/duration-text.ts";
import { findMatches } from "../run/log-search.ts";
import { toText } from "../run/to-text.ts";
import { createLineBuffer, MAX_LINES } from "./line-buffer.ts";
import { mountRoot } from "./mount-root.ts";

describe("the line buffer", () => {
  it("joins chunks, drops colors, and lets carriage returns overwrite", () => {
    const buffer = createLineBuffer();
    buffer.push("one\ntw");
    buffer.push("o\r\n\u001b[32mgreen\u001b[0m\n10%\r50%\r100%\nopen");
    expect(buffer.read()).toEqual({ lines: ["one", "two", "green", "100%", "open"], dropped: 0 });
  });

  it("keeps the last lines and counts the others", () => {
    const buffer = createLineBuffer();
    buffer.push("x\n".repeat(MAX_LINES + 7));
    expect(buffer.read().lines).toHaveLength(MAX_LINES);
    expect(buffer.read().dropped).toBe(7);
  });
});

describe("small pure parts", () => {
  it("finds text in any case, several times a line", () => {
    const { all, byLine } = findMatches(["Error and error", "none"], "ERROR");
    expect(all).toEqual([
      { line: 0, start: 0, end: 5 },
      { line: 0, start: 10, end: 15 },
    ]);
    expect(byLine.has(1)).toBe(false);
    expect(findMatches(["a"], "").all).toEqual([]);
  });

  it("tells text from binary, also when a character was cut", () => {
    const bytes = new TextEncoder().encode("naïve ✓");
    expect(toText(bytes)).toBe("naïve ✓");
    expect(toText(bytes.subarray(0, bytes.length - 1))).toBe("naïve ");
    expect(toText(new Uint8Array([0x50, 0x4b, 0, 1]))).toBeUndefined();
    expect(toText(new Uint8Array([0x80, 0x04, 0x95]))).toBeUndefined();
  });

  it("finds the mounts from wherever the page stands", () => {
    for (const [page, root] of [
      ["/", "/"],
      ["/index.html", "/"],
      ["/pipeline/", "/"],
      ["/pipeline/index.html", "/"],
      ["/hub/pipeline/", "/hub/"],
    ] as const) {
      expect([page, mountRoot(page)]).toEqual([page, root]);
    }
  });

  it("prints durations in two units", () => {
    expect([0, 1_250, 42_000, 200_000, 7_500_000, 200_000_000].map(durationText)).toEqual([
      "0.0 s",
      "1.2 s",
      "42 s",
      "3 min 20 s",
      "2 h 5 min",
      "2 d 7 h",
    ]);
  });
});
