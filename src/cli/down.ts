/** `skiff down` */
import { parseArgs } from "node:util";
import { isHeld, readPid } from "../kit/data-directory.ts";
import { delay } from "../lib/backoff.ts";
import { SkiffError } from "../lib/errors.ts";
import { DATA_OPTION, dataDirectoryOf, defaultDataDirectory } from "./arguments.ts";
import type { Command } from "./command.ts";

const DEADLINE_MS = 30_000;
const POLL_MS = 50;

export const DOWN: Command = {
  summary: "Stop the Skiff that runs on a data directory",
  help: `Usage: skiff down [--data DIR]

Asks the running Skiff to stop, and waits until it has. Running steps are interrupted; their pipelines go on at the next start.

  --data DIR   the data directory (default ${defaultDataDirectory()})`,
  run: async (argv) => {
    const { values } = parseArgs({ args: [...argv], options: DATA_OPTION });
    const path = dataDirectoryOf(values.data);
    if (!isHeld(path)) {
      console.log(`No Skiff is running on ${path}.`);
      return 0;
    }
    const pid = readPid(path);
    if (pid === undefined)
      throw new SkiffError("NotFound", `a Skiff is running on ${path}, but its pid file is missing`, {
        remedy: "Find it with: pgrep -f 'skiff.* up', and stop it by hand.",
      });
    process.kill(pid, "SIGTERM");
    const deadline = Date.now() + DEADLINE_MS;
    while (isHeld(path)) {
      if (Date.now() > deadline) {
        throw new SkiffError("Timeout", `Skiff (pid ${pid}) has not stopped within ${DEADLINE_MS / 1000} s`, {
          remedy: `End it with: kill -9 ${pid}. Nothing acknowledged is lost.`,
        });
      }
      await delay(POLL_MS);
    }
    console.log(`Stopped Skiff (pid ${pid}).`);
    return 0;
  },
};
