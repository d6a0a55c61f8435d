import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDirectoryBlobStore, type BlobStore, type BuiltinContext } from "../../../kit/index.ts";
import { createInputsStep } from "./inputs.ts";
import { artifactKey, EXECUTOR_OUTPUT, resultKey } from "./layout.ts";
import { createOutputsStep } from "./outputs.ts";
import type { OutputsPlan, StepResult } from "./step-plan.ts";

let folder: string;
let volume: string;
let blobs: BlobStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skiff-outputs-"));
  volume = join(folder, "volume");
  mkdirSync(join(volume, ".outputs/parameters"), { recursive: true });
  blobs = createDirectoryBlobStore(join(folder, "blobs"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HOME = "p/run/task/uuid";

function contextOf(argument: unknown, exit = 0): BuiltinContext {
  return {
    args: [JSON.stringify(argument)],
    env: {},
    namespace: "team",
    podName: "pod",
    hostPath: () => volume,
    containerExit: () => Promise.resolve(exit),
    log: () => undefined,
    signal: new AbortController().signal,
  };
}

const plan = (fields: Partial<OutputsPlan>): OutputsPlan => ({
  runId: "run",
  taskId: "task",
  attempt: 0,
  home: HOME,
  parameters: [],
  artifacts: [],
  ...fields,
});

async function take(fields: Partial<OutputsPlan>, exit = 0): Promise<StepResult | undefined> {
  expect(await createOutputsStep(blobs)(contextOf(plan(fields), exit))).toBe(0);
  const bytes = await blobs.find(resultKey("team", "run", "task", 0));
  return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as StepResult) : undefined;
}

const write = (tail: string, text: string): void => {
  mkdirSync(join(volume, tail, ".."), { recursive: true });
  writeFileSync(join(volume, tail), text);
};
const executorOutput = (value: unknown): void => write(EXECUTOR_OUTPUT, JSON.stringify(value));
const DATA = [{ name: "data", type: "system.Dataset", tail: `${HOME}/data` }];
const claim = (uri: string, extra: Record<string, unknown> = {}): void =>
  executorOutput({ artifacts: { data: { artifacts: [{ name: "data", uri, metadata: { k: 1 }, ...extra }] } } });
const stored = async (tail: string): Promise<string> => Buffer.from((await blobs.find(artifactKey("team", tail))) ?? "").toString();

test("parameters come from the executor's output or from their files, in their types", async () => {
  executorOutput({ parameterValues: { a: 1, s: { x: 1 } } });
  write(".outputs/parameters/b", " [1, 2]\n");
  const parameter = (name: string, type: OutputsPlan["parameters"][number]["type"], optional = false) => ({
    name,
    type,
    file: `.outputs/parameters/${name}`,
    optional,
  });
  const parameters = [parameter("a", "NUMBER_INTEGER"), parameter("s", "STRING"), parameter("b", "LIST"), parameter("c", "STRING", true)];
  expect((await take({ parameters }))?.parameters).toEqual({ a: 1, s: '{"x":1}', b: [1, 2] });
  expect((await take({ parameters: [parameter("b", "NUMBER_INTEGER")] }))?.error).toContain("declared as integer");
  expect((await take({ parameters: [parameter("missing", "STRING")] }))?.error).toContain("without writing");
});

test("a failed step leaves no result", async () => {
  expect(await take({ artifacts: DATA }, 1)).toBeUndefined();
});

test("an artifact keeps its place, with the volume's host path or without", async () => {
  write(`${HOME}/data`, "bytes");
  claim(`${volume}/${HOME}/data`);
  const result = await take({ artifacts: DATA });
  expect(result?.artifacts["data"]).toEqual([
    { name: "data", type: "system.Dataset", uri: `/skiff/artifacts/${HOME}/data`, metadata: { k: 1 }, size: 5, directory: false },
  ]);
  expect(await stored(`${HOME}/data`)).toBe("bytes");
});

test("an artifact from elsewhere in the volume is copied home; nothing else can be overwritten or read", async () => {
  write(".outputs/mine", "mine");
  claim("/skiff/artifacts/.outputs/mine");
  expect((await take({ artifacts: DATA }))?.artifacts["data"]?.[0]?.uri).toBe(`/skiff/artifacts/${HOME}/data`);
  expect(await stored(`${HOME}/data`)).toBe("mine");
  await blobs.put(artifactKey("team", "p/other/task/u/data"), "other");
  write("p/other/task/u/data", "evil");
  claim("/skiff/artifacts/p/other/task/u/data");
  await take({ artifacts: DATA });
  expect(await stored("p/other/task/u/data")).toBe("other");
  claim("/skiff/artifacts/../../../etc/passwd");
  expect((await take({ artifacts: DATA }))?.artifacts["data"]?.[0]).toMatchObject({ size: 0 });
  claim("x", { custom_path: "/etc/passwd" });
  expect((await take({ artifacts: DATA }))?.error).toContain("lies outside");
});

test("links are refused, at the end and on the way; large outputs too", async () => {
  mkdirSync(join(volume, HOME), { recursive: true });
  symlinkSync("/etc", join(volume, HOME, "data"));
  expect((await take({ artifacts: DATA }))?.error).toContain("symbolic link");
  claim(`/skiff/artifacts/${HOME}/data/hostname`);
  expect((await take({ artifacts: DATA }))?.error).toContain("symbolic link");
  executorOutput({});
  truncateSync(join(volume, EXECUTOR_OUTPUT), 17 * 1024 * 1024);
  expect((await take({}))?.error).toContain("exceed");
  write(EXECUTOR_OUTPUT, "{nope");
  expect((await take({}))?.error).toContain("not valid");
});

test("inputs: own namespace only, no way out of the volume, absent content is not an error", async () => {
  await blobs.put(artifactKey("team", "p/r/t/u/data"), "in");
  const step = createInputsStep(blobs);
  expect(await step(contextOf({ folders: [HOME], downloads: ["p/r/t/u/data", "p/r/t/u/none"] }))).toBe(0);
  await expect(step(contextOf({ folders: [], downloads: ["../../other/v2/artifacts/x"] }))).rejects.toThrow("invalid path");
  await expect(step(contextOf({ folders: ["../x"], downloads: [] }))).rejects.toThrow("invalid path");
});

test("a link on the way to an output parameter or to the executor's output reads nothing of the machine", async () => {
  const secrets = join(folder, "secrets");
  mkdirSync(secrets);
  writeFileSync(join(secrets, "key.pem"), "canary");
  writeFileSync(join(secrets, "executor_output.json"), JSON.stringify({ parameterValues: { p: "canary" } }));
  const parameters = [{ name: "key.pem", type: "STRING", file: ".outputs/parameters/key.pem", optional: false } as const];
  rmSync(join(volume, ".outputs/parameters"), { recursive: true });
  symlinkSync(secrets, join(volume, ".outputs/parameters"));
  const result = await take({ parameters });
  expect([result?.error, JSON.stringify(result)]).toEqual([
    expect.stringContaining("symbolic link"),
    expect.not.stringContaining("canary"),
  ]);
  rmSync(join(volume, ".outputs"), { recursive: true });
  symlinkSync(secrets, join(volume, ".outputs"));
  expect(
    JSON.stringify(await take({ parameters: [{ name: "p", type: "STRING", file: ".outputs/parameters/p", optional: true }] })),
  ).not.toContain("canary");
});

test("folders: everything in them but links and pipes; empty ones stay", async () => {
  write(`${HOME}/data/a/b`, "deep");
  mkdirSync(join(volume, HOME, "data/empty"));
  symlinkSync("/etc/hostname", join(volume, HOME, "data/link"));
  symlinkSync("/etc", join(volume, HOME, "data/links"));
  execFileSync("mkfifo", [join(volume, HOME, "data/pipe")]);
  expect((await take({ artifacts: DATA }))?.artifacts["data"]?.[0]).toMatchObject({ directory: true, size: 0 });
  expect(await stored(`${HOME}/data/a/b`)).toBe("deep");
  const kept = (await blobs.list(artifactKey("team", `${HOME}/data`))).map(({ key }) => key.split("/").at(-1));
  expect(new Set(kept)).toEqual(new Set(["a", "empty"]));
  let deep = `${HOME}/data`;
  for (let level = 0; level < 100; level++) deep += "/d";
  write(`${deep}/file`, "x");
  expect((await take({ artifacts: DATA }))?.error).toContain("nested");
});

test("a pipe is no artifact, and a sparse file larger than the disk is refused", async () => {
  mkdirSync(join(volume, HOME), { recursive: true });
  execFileSync("mkfifo", [join(volume, HOME, "data")]);
  expect((await take({ artifacts: DATA }))?.artifacts["data"]?.[0]).toMatchObject({ size: 0, directory: false });
  rmSync(join(volume, HOME, "data"));
  const { bavail, bsize } = statfsSync(folder);
  write(`${HOME}/data`, "");
  truncateSync(join(volume, HOME, "data"), bavail * bsize + 1024);
  expect((await take({ artifacts: DATA }))?.error).toContain("left");
  expect(await blobs.stat(artifactKey("team", `${HOME}/data`))).toBeUndefined();
});

test("inputs: links that an earlier container planted lead nowhere", async () => {
  await blobs.put(artifactKey("team", "p/r/t/u/data"), "evil");
  await blobs.put(artifactKey("team", "p/r/t/u/dir/file"), "evil");
  const outside = join(folder, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "data"), "good");
  const step = createInputsStep(blobs);
  const run = () => step(contextOf({ folders: [], downloads: ["p/r/t/u/data", "p/r/t/u/dir"] }));
  mkdirSync(join(volume, "p/r/t"), { recursive: true });
  symlinkSync(outside, join(volume, "p/r/t/u"));
  await expect(run()).rejects.toThrow("symbolic link");
  await expect(step(contextOf({ folders: ["p/r/t/u/new"], downloads: [] }))).rejects.toThrow("symbolic link");
  rmSync(join(volume, "p/r/t/u"));
  mkdirSync(join(volume, "p/r/t/u"));
  symlinkSync(join(outside, "data"), join(volume, "p/r/t/u/data"));
  symlinkSync(outside, join(volume, "p/r/t/u/dir"));
  expect(await run()).toBe(0);
  expect(readFileSync(join(outside, "data"), "utf8")).toBe("good");
  expect(readdirSync(outside)).toEqual(["data"]);
  // Again after a crash: what is there is replaced.
  expect(await run()).toBe(0);
  expect(readFileSync(join(volume, "p/r/t/u/dir/file"), "utf8")).toBe("evil");
  expect(readFileSync(join(volume, "p/r/t/u/data"), "utf8")).toBe("evil");
});
