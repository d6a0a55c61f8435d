/** Runs a cluster with a pod runtime until it is killed: argv[2] is the data directory, argv[3] the sandbox. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { delay } from "../../../../src/lib/backoff.ts";
import { createPod, startRuntime } from "./runtime-fixture.ts";

const [, , dataDir = "", sandbox = "auto"] = process.argv;
const fixture = await startRuntime({
  dataDir,
  sandbox: sandbox === "process" ? "process" : "auto",
  builtins: {
    "skiff/slow": async ({ signal }) => {
      appendFileSync(join(dataDir, "calls"), "called\n");
      await delay(60_000, signal);
      return 9;
    },
  },
});
// Each appends to its own volume, so that a second start of the same container would show.
const script = (seconds: number, code: number): string =>
  `echo begin; echo once >> /state/count; sleep ${seconds}; cat /state/count; echo end; exit ${code}`;
const volumes = [{ name: "state", emptyDir: {} }];
const volumeMounts = [{ name: "state", mountPath: "/state" }];
for (const [name, seconds, code] of [
  ["short", 1, 4],
  ["long", 4, 0],
  ["doomed", 600, 0],
] as const) {
  await createPod(fixture.kube, name, {
    volumes,
    containers: [{ name: "main", image: "busybox", command: ["sh", "-c", script(seconds, code)], volumeMounts }],
  });
}
await createPod(fixture.kube, "slow-builtin", { containers: [{ name: "main", image: "skiff/slow" }] });
