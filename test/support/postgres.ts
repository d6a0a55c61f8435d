/** A PostgreSQL of the test's own: Debian's program, in a temporary directory, on a Unix socket only. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./skiff.ts";

const PLACES = "/usr/lib/postgresql";
/** PostgreSQL refuses to run as root; this is nobody's uid on every Linux. */
const NOBODY = 65_534;

export interface RunningPostgres {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Folder of the newest PostgreSQL's programs, or undefined. */
export function findPostgres(): string | undefined {
  if (!existsSync(PLACES)) return undefined;
  const versions = readdirSync(PLACES).toSorted((one, other) => Number(other) - Number(one));
  return versions.map((version) => join(PLACES, version, "bin")).find((folder) => existsSync(join(folder, "postgres")));
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

/** Makes a database cluster and starts its server. Throws with the server's output. */
export async function startPostgres(programs: string): Promise<RunningPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "skiff-postgres-"));
  const who = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (who.uid !== undefined) chownSync(folder, NOBODY, NOBODY);
  const data = join(folder, "data");
  const settings = { ...who, cwd: folder, env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" } };
  try {
    const initdb = ["-D", data, "-U", "skiff", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
    execFileSync(join(programs, "initdb"), initdb, { ...settings, stdio: "pipe" });
    const server = spawn(join(programs, "postgres"), ["-D", data, "-k", folder, "-c", "listen_addresses="], {
      ...settings,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let output = "";
    server.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await until("PostgreSQL is ready", 20_000, () => {
      if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}:\n${output}`);
      return output.includes("ready to accept connections") || undefined;
    });
    return {
      connectionString: `postgresql://skiff@localhost/postgres?host=${folder}`,
      stop: async () => {
        const exit = ended(server);
        // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        server.kill("SIGINT");
        await exit;
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
