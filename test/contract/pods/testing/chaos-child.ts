/** Runs a cluster with thirty short pods until it is killed: argv[2] is the data directory. Started again, it makes what is missing. */
import { PODS } from "../../../../src/api/index.ts";
import { createPod, NAMESPACE, startRuntime } from "./runtime-fixture.ts";

const [, , dataDir = ""] = process.argv;
const { kube } = await startRuntime({ dataDir });
const { items } = await kube.list(PODS, { namespace: NAMESPACE });
const known = new Set(items.map(({ metadata }) => metadata.name));
for (let i = 0; i < 30; i++) {
  const name = `pod-${i}`;
  if (known.has(name)) continue;
  await createPod(kube, name, {
    volumes: [{ name: "state", emptyDir: {} }],
    containers: [
      {
        name: "main",
        image: "busybox",
        // A second start of the same container would find what the first wrote.
        command: ["sh", "-c", `echo once >> /state/count; sleep 0.${i}; cat /state/count; exit ${i % 3}`],
        volumeMounts: [{ name: "state", mountPath: "/state" }],
      },
    ],
  });
}
