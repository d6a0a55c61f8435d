/** Bounds: slots, logs, descriptors, removal. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createLog } from "../../lib/log.ts";
import { closeForeignDescriptors, isInherited } from "./descriptors.ts";
import { createLogLimit, logStart } from "./log-limit.ts";
import { streamLog } from "./logs.ts";
import { removeTree } from "./remove-tree.ts";
import { createSlots } from "./slots.ts";

const folders: string[] = [];
const temporary = (): string => {
  const path = mkdtempSync(join(tmpdir(), "skiff-limits-"));
  folders.push(path);
  return path;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("slots", () => {
  const never = new AbortController().signal;

  test("are given out in order, and given back once", async () => {
    const slots = createSlots(2);
    const [first, second] = [slots.tryTake(), slots.tryTake()];
    expect(slots.tryTake()).toBeUndefined();
    const order: number[] = [];
    const third = slots.wait(never).then((release) => order.push(3) && release);
    const fourth = slots.wait(never).then((release) => order.push(4) && release);
    first?.();
    first?.();
    await third;
    expect(order).toEqual([3]);
    expect(slots.tryTake()).toBeUndefined();
    second?.();
    await fourth;
    expect(order).toEqual([3, 4]);
  });

  test("whoever gives up waiting takes none", async () => {
    const slots = createSlots(1);
    const release = slots.tryTake();
    const abort = new AbortController();
    const waiting = slots.wait(abort.signal);
    abort.abort();
    expect(await waiting).toBeUndefined();
    release?.();
    expect(slots.tryTake()).toBeDefined();
  });

  test("what is there already counts, above the limit too", async () => {
    const slots = createSlots(1);
    const releases = [slots.take(), slots.take()];
    releases[0]?.();
    expect(slots.tryTake()).toBeUndefined();
    releases[1]?.();
    expect(slots.tryTake()).toBeDefined();
  });
});

describe("the log's limit", () => {
  const read = async (file: string, tailLines?: number): Promise<string> =>
    new Response(streamLog(file, { tailLines, signal: new AbortController().signal }, () => true)).text();

  test("cuts the beginning, at a line, and frees the disk; what is written meanwhile stays", async () => {
    const file = join(temporary(), "0.log");
    const limit = createLogLimit({ keepBytes: 1 << 20, maxBytes: 2 << 20, intervalMs: 60_000, log: createLog({ level: "error" }) });
    const lines = Array.from({ length: 400_000 }, (_, i) => `line ${i}`);
    writeFileSync(file, `${lines.join("\n")}\n`);
    const unwatch = limit.watch(file);
    await unwatch();
    appendFileSync(file, "after\n");
    const text = await read(file);
    const [first, ...rest] = text.trimEnd().split("\n");
    expect(text.length).toBeLessThanOrEqual((1 << 20) + 6);
    expect(text.length).toBeGreaterThan((1 << 20) - 100);
    expect(lines).toContain(first);
    expect(rest.slice(-2)).toEqual(["line 399999", "after"]);
    expect(await read(file, 1)).toBe("after\n");
    expect((await read(file, 1e9)).length).toBe(text.length);
    expect(logStart(file)).toBeGreaterThan(0);
    expect(statSync(file).blocks * 512).toBeLessThan(2 << 20);
  });

  test("leaves a short log alone", async () => {
    const file = join(temporary(), "0.log");
    writeFileSync(file, "short\n");
    await createLogLimit({ keepBytes: 10, maxBytes: 20, intervalMs: 60_000, log: createLog({ level: "error" }) }).watch(file)();
    expect(await read(file)).toBe("short\n");
  });

  test("a follower goes on after the log was emptied", async () => {
    const file = join(temporary(), "0.log");
    writeFileSync(file, "one\n");
    let done = false;
    const reader = streamLog(file, { follow: true, signal: new AbortController().signal }, () => done).getReader();
    const next = async (): Promise<string> => Buffer.from((await reader.read()).value ?? new Uint8Array()).toString();
    expect(await next()).toBe("one\n");
    truncateSync(file, 0);
    const second = next();
    await expect.poll(() => statSync(file).size).toBe(0);
    setTimeout(() => appendFileSync(file, "2\n"), 150);
    expect(await second).toBe("2\n");
    done = true;
    expect((await reader.read()).done).toBe(true);
  });
});

test.runIf(process.platform === "linux")("descriptors that children would inherit are closed", () => {
  expect(isInherited("pos:\t0\nflags:\t0100001\n")).toBe(true);
  expect(isInherited("pos:\t0\nflags:\t02100001\n")).toBe(false);
  expect(isInherited("")).toBe(false);
  const own = openSync(import.meta.filename, "r");
  closeForeignDescriptors();
  closeSync(own);
});

describe("removal", () => {
  test("copes with closed folders and with paths longer than the system takes", async () => {
    const root = temporary();
    const closed = join(root, "gone", "closed");
    mkdirSync(closed, { recursive: true });
    writeFileSync(join(closed, "x"), "");
    chmodSync(closed, 0);
    const deep = "import os\nfor i in range(60):\n os.mkdir('d' * 200)\n os.chdir('d' * 200)";
    execFileSync("python3", ["-c", deep], { cwd: join(root, "gone") });
    await removeTree(join(root, "gone"));
    expect(existsSync(join(root, "gone"))).toBe(false);
    await removeTree(join(root, "gone"));
  });
});
