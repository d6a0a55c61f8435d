import { readFileSync } from "node:fs";
import type { Check, Finding } from "./finding.ts";
import { tryProgram } from "./trial.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);
const NOBODY = "65534";
/** As strict as Skiff's own sandbox where machines differ: new namespaces, also for the network. */
const TRIAL = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"];

function setting(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Why a bubblewrap that is installed does not work here, with what changes that. */
function explain(output: string): { message: string; remedy: string } {
  const message = `bubblewrap does not work here: ${output.split("\n").at(-1) ?? ""}`;
  if (setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === "1") {
    const profile = "abi <abi/4.0>, include <tunables/global> profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }";
    return {
      message: `${message} (AppArmor restricts unprivileged user namespaces, as Ubuntu 24.04 and newer do)`,
      remedy: `As root, run: echo '${profile}' > /etc/apparmor.d/bwrap && apparmor_parser -r /etc/apparmor.d/bwrap.`,
    };
  }
  if (setting("/proc/sys/user/max_user_namespaces") === "0") {
    return { message: `${message} (user namespaces are switched off)`, remedy: "As root, run: sysctl -w user.max_user_namespaces=15000." };
  }
  if (setting("/proc/sys/kernel/unprivileged_userns_clone") === "0") {
    return {
      message: `${message} (user namespaces are for root only)`,
      remedy: "As root, run: sysctl -w kernel.unprivileged_userns_clone=1.",
    };
  }
  return {
    message,
    remedy: "In a container, allow user namespaces for it (Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined).",
  };
}

async function look(): Promise<Omit<Finding, "check">> {
  if (process.platform !== "linux") {
    return {
      state: "warn",
      message: "this system has no sandbox: pods are plain processes of yours",
      remedy: "Run Skiff on Linux where several people share it.",
    };
  }
  // Root would be let through where pods, which run under other users, are not.
  const drop = process.getuid?.() === 0 ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "bwrap"] : ["bwrap"];
  const [program = "bwrap", ...before] = drop;
  const version = await tryProgram("bwrap", ["--version"]);
  if (version.outcome === "absent") {
    return {
      state: "warn",
      message: "bubblewrap is not installed, so pods are not kept apart",
      remedy: "Install it (on Debian and Ubuntu: apt install bubblewrap).",
    };
  }
  const trial = await tryProgram(program, [...before, ...TRIAL]);
  return trial.outcome === "ok" ? { state: "ok", message: `${version.output} works` } : { state: "warn", ...explain(trial.output) };
}

/** bubblewrap works, tried as pods use it: under an unprivileged user, in new namespaces. */
export const SANDBOX: Check = {
  name: "sandbox",
  run: async ({ sandbox, host }) => {
    const found = await look();
    // Without one, Skiff starts for one person on this machine only.
    const needed = sandbox === "bwrap" || !LOOPBACK.has(host);
    return [found.state === "warn" && needed ? { ...found, state: "fail" } : found];
  },
};
