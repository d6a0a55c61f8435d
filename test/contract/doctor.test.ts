/** `skiff doctor` on a machine as it is, and with each thing that it looks at broken for real. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { runProgram, type Finished } from "../support/programs.ts";
import { removeFolder, ROOT, startSkiff, temporaryFolder } from "../support/skiff.ts";

const root = temporaryFolder();
afterAll(() => removeFolder(root));
const PROGRAM = [process.execPath, join(ROOT, "bin", "skiff.js"), "doctor", "--json"];
const FREE = ["--port", "0", "--kube-port", "0"];

interface Report {
  readonly code: number;
  of(check: string): readonly Finding[];
}

function toReport({ code, stdout, stderr }: Finished): Report {
  if (!stdout.startsWith("{")) throw new Error(`no report:\n${stdout}${stderr}`);
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  expect(code).toBe(ok ? 0 : 1);
  for (const { state, message, remedy } of findings) {
    expect(message).not.toMatch(/\n/);
    expect(remedy === undefined, message).toBe(state === "ok");
  }
  return { code, of: (check) => findings.filter((finding) => finding.check === check) };
}

async function doctor(args: readonly string[], env: Record<string, string> = {}): Promise<Report> {
  const [program = "", ...before] = PROGRAM;
  return toReport(await runProgram(program, [...before, "--data", join(root, "absent"), ...FREE, ...args], { env }));
}

const canUnshare = process.getuid?.() === 0 && (await runProgram("unshare", ["-m", "true"])).code === 0;

/** The doctor in a mount namespace of its own, after `preparation` (a shell script that gets the data directory as $1). */
async function doctorAfter(preparation: string, data: string, options: readonly string[] = ["-m"]): Promise<Report> {
  const script = `${preparation}\nshift\nexec "$@"`;
  return toReport(await runProgram("unshare", [...options, "sh", "-ec", script, "sh", data, ...PROGRAM, "--data", data, ...FREE]));
}

/** A PATH with nothing but the programs named. */
function pathWith(name: string, programs: Readonly<Record<string, string>>): string {
  const folder = join(root, `path-${name}`);
  mkdirSync(folder, { recursive: true });
  for (const [program, content] of Object.entries(programs)) {
    const path = join(folder, program);
    if (content.startsWith("/")) symlinkSync(content, path);
    else {
      writeFileSync(path, `#!/bin/sh\n${content}\n`);
      chmodSync(path, 0o755);
    }
  }
  return folder;
}

describe("skiff doctor", () => {
  it("finds a running Skiff well, and prints for people", async () => {
    const skiff = await startSkiff();
    try {
      const [port = "", kubePort = ""] = [skiff.ready.gateway, skiff.ready.kube].map((address) => new URL(address).port);
      const report = await doctor(["--data", skiff.dataDir, "--port", port, "--kube-port", kubePort]);
      expect(report.of("ports").map(({ state, message }) => [state, message])).toEqual([
        ["ok", `port ${port} is in use by this Skiff`],
        ["ok", `port ${kubePort} is in use by this Skiff`],
      ]);
      expect(report.of("data directory")[0]?.message).toContain(`in use by pid ${skiff.ready.pid}`);
      expect(report.code).toBe(0);
      const { stdout } = await runProgram(process.execPath, [join(ROOT, "bin", "skiff.js"), "doctor", "--data", skiff.dataDir, ...FREE]);
      expect(stdout).toMatch(/^ok {4}node: Node \d/);
    } finally {
      await skiff.stop();
    }
  });

  it("looks without touching: an absent directory stays absent", async () => {
    const report = await doctor([]);
    expect(report.of("data directory")[0]).toMatchObject({ state: "ok", message: expect.stringContaining("will be made") as string });
    expect(existsSync(join(root, "absent"))).toBe(false);
  });

  it("data directory: a file, somebody else's folder, a newer format", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect((await doctor(["--data", join(file, "data")])).of("data directory")).toMatchObject([
      { state: "fail", message: `${file} is a file, not a directory` },
    ]);
    const foreign = join(root, "foreign");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "thesis.txt"), "precious");
    expect((await doctor(["--data", foreign])).of("data directory")[0]).toMatchObject({
      state: "fail",
      message: expect.stringContaining("thesis.txt") as string,
    });
    const newer = join(root, "newer");
    mkdirSync(newer);
    writeFileSync(join(newer, "skiff.json"), '{"format":99}');
    const report = await doctor(["--data", newer]);
    expect(report.code).toBe(1);
    expect(report.of("data directory")[0]?.message).toMatch(/newer version of Skiff \(format 99/);
    const open = join(root, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    expect((await doctor(["--data", open])).of("data directory")).toContainEqual(
      expect.objectContaining({ state: "warn", message: `other users may write ${open}`, remedy: `Run: chmod go-w ${open}.` }),
    );
  });

  it.skipIf(!canUnshare)("data directory: read-only, and nearly full", async () => {
    const data = join(root, "mounted");
    mkdirSync(data);
    const readOnly = await doctorAfter('mount -t tmpfs -o ro tmpfs "$1"', data);
    expect(readOnly.of("data directory")[0]).toMatchObject({
      state: "fail",
      message: expect.stringMatching(/cannot be written: EROFS/) as string,
    });
    const small = await doctorAfter('mount -t tmpfs -o size=20m,mode=711 tmpfs "$1"', data);
    expect(small.of("data directory")).toContainEqual(expect.objectContaining({ state: "fail", message: "20 MiB are free" }));
  });

  it("ports: taken, the same twice, an address of another machine", async () => {
    const busy = createServer();
    await new Promise<void>((done) => busy.listen(0, "127.0.0.1", done));
    const { port } = busy.address() as { port: number };
    try {
      const report = await doctor(["--port", String(port)]);
      expect(report.code).toBe(1);
      expect(report.of("ports")[0]).toMatchObject({
        state: "fail",
        message: `port ${port} is in use by another program`,
        remedy: expect.stringContaining("--port N") as string,
      });
    } finally {
      busy.close();
    }
    expect((await doctor(["--port", "4321", "--kube-port", "4321"])).of("ports")[0]?.message).toBe("both listeners are to use port 4321");
    expect((await doctor(["--port", "4321", "--host", "192.0.2.1"])).of("ports")[0]?.message).toMatch(
      /nothing can listen on 192\.0\.2\.1:4321/,
    );
  });

  it("python: absent, broken, without venv", async () => {
    const PATH = pathWith("empty", {});
    expect((await doctor([], { PATH })).of("python")).toMatchObject([
      { state: "warn", message: expect.stringContaining("no python3") as string },
    ]);
    const broken = await doctor([], { PATH: pathWith("broken", { python3: "echo cannot start >&2; exit 1" }) });
    expect(broken.of("python")[0]?.message).toBe("python3 does not work: cannot start");
    const { stdout } = await runProgram("python3", ["-c", "import sys; print(sys.executable)"]);
    // The interpreter of the machine, with venv made unimportable as on a Debian without python3-venv.
    const blocked = `case "$1" in -m) exec ${stdout.trim()} -c "import sys; sys.modules['ensurepip'] = None; import ensurepip";; *) exec ${stdout.trim()} "$@";; esac`;
    const withoutVenv = await doctor([], { PATH: pathWith("no-venv", { python3: blocked }) });
    expect(withoutVenv.of("python")[0]).toMatchObject({
      state: "warn",
      message: expect.stringMatching(/cannot make virtual environments: .*ensurepip/) as string,
    });
  });

  it.skipIf(process.platform !== "linux")("sandbox: absent is a limit for one, and a fault for many", async () => {
    const PATH = pathWith("empty-too", {});
    const alone = await doctor([], { PATH });
    expect(alone.of("sandbox")).toMatchObject([{ state: "warn", remedy: expect.stringContaining("apt install bubblewrap") as string }]);
    expect((await doctor(["--sandbox", "bwrap"], { PATH })).of("sandbox")[0]?.state).toBe("fail");
    expect((await doctor(["--host", "0.0.0.0"], { PATH })).of("sandbox")[0]?.state).toBe("fail");
  });

  it.skipIf(!canUnshare || !existsSync("/usr/bin/bwrap"))("sandbox: user namespaces switched off", async () => {
    // The limit belongs to the user namespace that it is set in; the machine keeps its own.
    const preparation = "echo 0 > /proc/sys/user/max_user_namespaces";
    const report = await doctorAfter(preparation, join(root, "absent"), ["-U", "--map-root-user", "-m"]);
    expect(report.of("sandbox")[0]).toMatchObject({ state: "warn" });
    expect(report.of("sandbox")[0]?.message).toMatch(/bubblewrap does not work here/);
  });

  it.skipIf(!canUnshare)("cgroups: none", async () => {
    const report = await doctorAfter("mount -t tmpfs tmpfs /sys/fs/cgroup", join(root, "absent"));
    expect(report.of("cgroups")).toMatchObject([{ state: "warn", message: "no control groups at /sys/fs/cgroup" }]);
    expect(report.code).toBe(0);
  });

  it("clock: lost, and different from the file system's", async () => {
    const shift = (ms: number) => ({
      NODE_OPTIONS: `--import=data:text/javascript,const%20real=Date.now;Date.now=()=>real()-${ms}`,
    });
    const behind = await doctor([], shift(3_600_000));
    expect(behind.of("clock")).toMatchObject([{ state: "warn", message: "the file system's clock and the system's are 3600 s apart" }]);
    const lost = await doctor([], shift(Date.now()));
    expect(lost.of("clock")[0]).toMatchObject({ state: "fail", remedy: expect.stringContaining("timedatectl") as string });
    expect(lost.code).toBe(1);
  });
});
