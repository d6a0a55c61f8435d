import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { isHeld, type Ready } from "../../kit/data-directory.ts";
import { messageOf } from "../../lib/errors.ts";
import type { Check, Finding } from "./finding.ts";

/** Listens and stops again; resolves with the error when that does not work. */
function tryListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

/** The ports of the Skiff that runs on this data directory. */
function ownPorts(dataDir: string): readonly number[] {
  const file = join(dataDir, "ready.json");
  if (!existsSync(file) || !isHeld(dataDir)) return [];
  const { gateway, kube } = JSON.parse(readFileSync(file, "utf8")) as Ready;
  return [gateway, kube].map((address) => Number(new URL(address).port));
}

async function checkPort(host: string, port: number, flag: string, own: readonly number[]): Promise<Omit<Finding, "check">> {
  if (port === 0) return { state: "ok", message: `--${flag} takes any free port` };
  const error = await tryListen(host, port);
  if (!error) return { state: "ok", message: `${host}:${port} is free (--${flag})` };
  if (error.code === "EADDRINUSE" && own.includes(port)) return { state: "ok", message: `port ${port} is in use by this Skiff` };
  if (error.code === "EADDRINUSE") {
    return {
      state: "fail",
      message: `port ${port} is in use by another program`,
      remedy: `Stop it, or choose another port with --${flag} N.`,
    };
  }
  if (error.code === "EACCES") {
    return {
      state: "fail",
      message: `port ${port} needs more rights than this user has`,
      remedy: `Choose a port above 1023 with --${flag} N.`,
    };
  }
  const remedy = "Choose an address of this machine with --host ADDRESS.";
  return { state: "fail", message: `nothing can listen on ${host}:${port}: ${messageOf(error)}`, remedy };
}

/** Both listeners get their ports, or this very Skiff has them already. */
export const PORTS: Check = {
  name: "ports",
  run: async ({ dataDir, host, port, kubePort }) => {
    const own = ownPorts(dataDir);
    if (port !== 0 && port === kubePort) {
      const remedy = "Choose two different ports with --port N and --kube-port N.";
      return [{ state: "fail", message: `both listeners are to use port ${port}`, remedy }];
    }
    return [await checkPort(host, port, "port", own), await checkPort(host, kubePort, "kube-port", own)];
  },
};
