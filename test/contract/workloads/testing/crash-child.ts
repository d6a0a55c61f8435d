/** Runs cluster, runtime and workloads until it is killed: argv[2] is the data directory. Creates the workloads of the test first. */
import { DEPLOYMENTS, JOBS, STATEFUL_SETS } from "../../../../src/api/index.ts";
import { object, shell, startWorkloads } from "./workload-fixture.ts";

const [, , dataDir = ""] = process.argv;
const { kube } = await startWorkloads(dataDir);
const labels = (app: string) => ({ app });
const SLEEP = "trap 'exit 0' TERM; sleep 1000 & wait";
await Promise.all([
  kube.create(
    DEPLOYMENTS,
    object(DEPLOYMENTS, "web", { spec: { replicas: 6, selector: { matchLabels: labels("web") }, template: shell(labels("web"), SLEEP) } }),
  ),
  kube.create(
    STATEFUL_SETS,
    object(STATEFUL_SETS, "db", {
      spec: { replicas: 3, serviceName: "db", selector: { matchLabels: labels("db") }, template: shell(labels("db"), SLEEP) },
    }),
  ),
  kube.create(
    JOBS,
    object(JOBS, "work", {
      spec: { completions: 6, parallelism: 3, completionMode: "Indexed", template: shell(labels("work"), "sleep 0.3; echo done", "Never") },
    }),
  ),
  kube.create(
    JOBS,
    object(JOBS, "plain", { spec: { completions: 5, parallelism: 2, template: shell(labels("plain"), "sleep 0.3", "Never") } }),
  ),
]);
console.log("created");
