/** `skiff kubeconfig` */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SkiffError } from "../lib/errors.ts";
import { DATA_OPTION, dataDirectoryOf, defaultDataDirectory } from "./arguments.ts";
import type { Command } from "./command.ts";

export const KUBECONFIG: Command = {
  summary: "Print the admin kubeconfig of a running Skiff",
  help: `Usage: skiff kubeconfig [--data DIR]

Prints a kubeconfig with the address of the Kubernetes API, its certificate authority and the admin credential.
Use it with:  skiff kubeconfig > ~/.kube/skiff && export KUBECONFIG=~/.kube/skiff
or read it in place:  export KUBECONFIG=DIR/kubeconfig

  --data DIR   the data directory (default ${defaultDataDirectory()})`,
  run: (argv) => {
    const { values } = parseArgs({ args: [...argv], options: DATA_OPTION });
    const file = join(dataDirectoryOf(values.data), "kubeconfig");
    if (!existsSync(file)) {
      throw new SkiffError("NotFound", `there is no kubeconfig at ${file}`, {
        remedy: "Start Skiff with: skiff up, or name its data directory with --data DIR.",
      });
    }
    process.stdout.write(readFileSync(file, "utf8"));
    return Promise.resolve(0);
  },
};
