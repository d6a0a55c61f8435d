/**
 * Pipelines beside kfp.local: a chain of no-op Python steps, alternating rounds on the same machine, medians and ratios.
 * Also start-up time and idle memory. Prints; never fails on a figure. Usage: npm run bench [-- ROUNDS]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { NAMESPACE, PASSWORD, removeFolder, ROOT, startSkiff, temporaryFolder } from "../test/support/skiff.ts";

const ROUNDS = Number(process.argv[2] ?? 5);
const LENGTHS = [1, 8] as const;
const root = temporaryFolder("skiff-bench-");
const dataDir = join(root, "data");

interface Round {
  readonly state: string;
  readonly seconds: number;
  readonly submitted?: number;
  readonly runId?: string;
}

function python(): string {
  const given = process.env["SKIFF_TEST_PYTHON"] ?? join(ROOT, ".venv", "bin", "python");
  if (existsSync(given)) return given;
  console.log("Making .venv with the newest kfp …");
  execFileSync("python3", ["-m", "venv", join(ROOT, ".venv")]);
  execFileSync(join(ROOT, ".venv", "bin", "python"), ["-m", "pip", "install", "--quiet", "kfp"], { stdio: "inherit" });
  return join(ROOT, ".venv", "bin", "python");
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const spread = (values: readonly number[]): string =>
  `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)})`;

function round(interpreter: string, peer: "skiff" | "kfp.local", steps: number, env: Record<string, string>): Round {
  const { stdout, stderr, status } = spawnSync(interpreter, [join(ROOT, "bench", "chain.py"), peer, String(steps)], {
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${peer} failed:\n${stderr}`);
  const result = JSON.parse(stdout) as Round;
  if (result.state !== "SUCCEEDED") throw new Error(`${peer} ended ${result.state}`);
  return result;
}

function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes ?? Number.NaN) / 1024;
}

const interpreter = python();
const version = (code: string): string => execFileSync(interpreter, ["-c", code], { encoding: "utf8" }).trim();
const starts: number[] = [];
for (let i = 0; i <= ROUNDS; i++) {
  const started = await startSkiff({ dataDir });
  // The first start makes keys and certificates: it is told apart.
  const ms = Number(/ready after (\d+) ms/.exec(started.output())?.[1]);
  if (i === 0) console.log(`first start: ${ms} ms`);
  else starts.push(ms);
  await started.stop();
}

const skiff = await startSkiff({ dataDir });
try {
  await new Promise((done) => setTimeout(done, 5000));
  const idle = residentMegabytes(skiff.ready.pid);
  const login = `import sys; sys.path.insert(0, ${JSON.stringify(join(ROOT, "test", "clients"))}); from login import session_cookie; print(session_cookie(*sys.argv[1:]))`;
  const cookie = execFileSync(interpreter, ["-c", login, skiff.ready.gateway, "user@example.com", PASSWORD], { encoding: "utf8" }).trim();
  const env = { HOST: skiff.ready.gateway, COOKIE: `authservice_session=${cookie}`, NAMESPACE };
  const headers = { cookie: env.COOKIE };

  // Warm both: Skiff prepares its environment, kfp.local its caches.
  round(interpreter, "skiff", 1, env);
  round(interpreter, "kfp.local", 1, env);

  const seconds: Record<string, number[]> = {};
  const firstLine: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    for (const steps of LENGTHS) {
      for (const peer of i % 2 === 0 ? (["skiff", "kfp.local"] as const) : (["kfp.local", "skiff"] as const)) {
        const result = round(interpreter, peer, steps, env);
        (seconds[`${peer} ${steps}`] ??= []).push(result.seconds * 1000);
        if (result.runId === undefined || result.submitted === undefined) continue;
        const answer = await fetch(`${skiff.ready.gateway}/pipeline/apis/v2beta1/runs/${result.runId}`, { headers });
        const run = (await answer.json()) as {
          run_details: { task_details: { task_name: string; output_parameters?: { Output?: number } }[] };
        };
        const at = run.run_details.task_details.find((task) => task.task_name === "clock")?.output_parameters?.Output;
        if (at !== undefined) firstLine.push((at - result.submitted) * 1000);
      }
    }
  }
  const [short, long] = LENGTHS;
  const perStep = (peer: string): number[] =>
    (seconds[`${peer} ${long}`] ?? []).map((total, i) => (total - (seconds[`${peer} ${short}`]?.[i] ?? 0)) / (long - short));
  const ours = perStep("skiff");
  const theirs = perStep("kfp.local");

  console.log(
    `rounds ${ROUNDS}, load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")}, node ${process.versions.node}, kfp ${version("import kfp; print(kfp.__version__)")}`,
  );
  console.log(`durability: SQLite WAL, synchronous=FULL; sandbox: ${/Isolation\s+(.*)/.exec(skiff.output())?.[1]}`);
  console.log(`start to ready, ms          ${spread(starts)}`);
  console.log(`idle memory, MB             ${idle.toFixed(0)}`);
  console.log(`create_run → user code, ms  ${spread(firstLine)}`);
  for (const steps of LENGTHS) {
    for (const peer of ["skiff", "kfp.local"])
      console.log(`${peer}, ${steps} step(s), ms`.padEnd(28) + spread(seconds[`${peer} ${steps}`] ?? []));
  }
  console.log(`skiff, ms per chained step  ${spread(ours)}`);
  console.log(`kfp.local                   ${spread(theirs)}`);
  console.log(`ratio kfp.local / skiff     ${(median(theirs) / median(ours)).toFixed(2)}`);
} finally {
  await skiff.stop();
  removeFolder(root);
}
