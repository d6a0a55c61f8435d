import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Container } from "../../../src/api/index.ts";
import { createDataDir, NAMESPACE, readLog, runPod, startRuntime, type RuntimeFixture } from "./testing/runtime-fixture.ts";

// Two tiny packages; "boat" needs "oar" and has a command.
const MAKE_WHEELS = String.raw`
import sys, zipfile
def wheel(name, version, source, requires=(), script=None):
    info = "%s-%s.dist-info" % (name, version)
    files = {
        "%s.py" % name: source,
        info + "/METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s" % (name, version, "".join("Requires-Dist: %s\n" % r for r in requires)),
        info + "/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script:
        files[info + "/entry_points.txt"] = "[console_scripts]\n%s\n" % script
    record = "".join("%s,,\n" % f for f in files) + info + "/RECORD,,\n"
    with zipfile.ZipFile("%s/%s-%s-py3-none-any.whl" % (sys.argv[1], name, version), "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        archive.writestr(info + "/RECORD", record)
wheel("oar", "1.0", "SIDE = 'left'\n")
wheel("oar", "2.0", "SIDE = 'both'\n")
wheel("boat", "1.0", "import oar\ndef row():\n    print('rowing', oar.SIDE)\n", ["oar"], "row = boat:row")
`;

describe.each(["auto", "process"] as const)("packages of python pods, sandbox %s", (sandbox) => {
  const data = createDataDir();
  const wheels = join(data.path, "wheels");
  let fixture: RuntimeFixture;
  beforeAll(async () => {
    mkdirSync(wheels);
    execFileSync("python3", ["-c", MAKE_WHEELS, wheels]);
    fixture = await startRuntime({ dataDir: data.path, sandbox, env: { PIP_FIND_LINKS: wheels, PIP_NO_INDEX: "1" } });
  });
  afterAll(async () => {
    await fixture.stop();
    data.dispose();
  });

  const python = (script: string): { containers: Container[] } => ({
    containers: [{ name: "main", image: "python:3.11", command: ["sh", "-c", script] }],
  });
  const overlays = (): string[] =>
    readdirSync(join(data.path, "python", "overlays"))
      .filter((name) => name.startsWith(`${NAMESPACE}.`))
      .flatMap((name) => readdirSync(join(data.path, "python", "overlays", name)))
      .filter((name) => !name.startsWith(".") && !name.endsWith(".lock"));

  test("are installed once and then only activated", { timeout: 60_000 }, async () => {
    const script =
      "python3 -m pip install --quiet boat && python3 -m pip install 'oar>=1; python_version<\"3\"' && python3 -c 'import boat; boat.row()' && row";
    const first = await runPod(fixture.kube, "first", python(script), 40_000);
    expect(await readLog(fixture.kube, "first")).toBe("rowing both\nrowing both\n");
    expect(first.status?.phase).toBe("Succeeded");
    expect(overlays()).toHaveLength(1);
    const second = await runPod(fixture.kube, "second", python(`PIP_FIND_LINKS=${wheels} ${script}`), 40_000);
    expect(second.status?.phase).toBe("Succeeded");
    expect(overlays()).toHaveLength(1);
  });

  test("of one container are not seen by the next", { timeout: 60_000 }, async () => {
    await runPod(fixture.kube, "clean", python("python3 -c 'import boat' 2>&1 | tail -1"), 40_000);
    expect(await readLog(fixture.kube, "clean")).toBe("ModuleNotFoundError: No module named 'boat'\n");
  });

  // The rest does not depend on the sandbox.
  if (sandbox === "process") return;

  test("a later install wins over an earlier one, as with pip", { timeout: 60_000 }, async () => {
    const script =
      "pip install -q boat && pip install -q oar==1.0 && python3 -c 'import boat; boat.row()' && pip install -q oar && pip list 2>/dev/null | grep oar";
    await runPod(fixture.kube, "later", python(script), 40_000);
    expect(await readLog(fixture.kube, "later")).toContain("rowing left\noar");
  });

  test("steps that ask at the same time build once", { timeout: 60_000 }, async () => {
    const before = overlays().length;
    const names = ["together-1", "together-2", "together-3"];
    const ends = await Promise.all(
      names.map((name) =>
        runPod(fixture.kube, name, python("pip install -q oar==2.0 && python3 -c 'import oar; print(oar.SIDE)'"), 40_000),
      ),
    );
    expect(ends.map((pod) => pod.status?.phase)).toEqual(["Succeeded", "Succeeded", "Succeeded"]);
    expect(overlays()).toHaveLength(before + 1);
  });

  test("a failing install shows pip's own words and leaves nothing", { timeout: 60_000 }, async () => {
    const before = overlays().length;
    const pod = await runPod(fixture.kube, "missing", python("pip install -q no-such-package-anywhere"), 40_000);
    expect(pod.status?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(1);
    expect(await readLog(fixture.kube, "missing")).toContain("No matching distribution found for no-such-package-anywhere");
    expect(overlays()).toHaveLength(before);
  });

  test("a virtual environment of the step's own works", { timeout: 60_000 }, async () => {
    const script = `python3 -m venv own && . own/bin/activate && pip install -q boat && python -c 'import boat, sys; boat.row(); print(sys.prefix)'`;
    const pod = await runPod(fixture.kube, "venv", python(script), 40_000);
    expect(await readLog(fixture.kube, "venv")).toContain("rowing both\n");
    expect(pod.status?.phase).toBe("Succeeded");
  });
});
