/**
 * The shim: the parent of every container process. It is a constant script whose data arrive as arguments, it belongs to
 * its own session, and it writes down who it is and how its child ended. So a container outlives a crash of Skiff, and its
 * exit code is not lost.
 *
 * A run directory holds `pid` (written by the shim before the child starts) and `exit` (after it ended).
 */

/**
 * Arguments: run directory, owner of the output or "", then the command. `set -C` makes the first write exclusive: of two
 * shims on one run directory only one runs its command, so a container is never started twice. The traps keep the shim
 * alive to report the exit code; children get the default actions back. A disk that is full is waited for: the exit code
 * must not be lost.
 */
const BEGIN = `
run=$1; owner=$2; shift 2
boot=; stat=$$
{ read -r boot < /proc/sys/kernel/random/boot_id; read -r stat < /proc/$$/stat; } 2>/dev/null
set -C
{ : > "$run/pid"; } 2>/dev/null || exit 125
save() { until { echo "$2" >| "$run/$1"; } 2>/dev/null || [ ! -d "$run" ]; do sleep 1; done; }
save pid "$boot $stat"
trap : TERM INT HUP
`;

/** The program writes to the log itself. */
export const SHIM_SCRIPT = `${BEGIN}
"$@"
save exit $?
`;

/**
 * The program writes to a pipe, as with container engines: "> /dev/stderr" would empty a file. The pipe belongs to the
 * program's user, who may open it again. When the log cannot be written, \`cat\` waits and the program with it. Of programs
 * that use up the memory, the kernel is to end the container's before others of the machine.
 */
export const PIPED_SHIM_SCRIPT = `${BEGIN}
{
  trap : TERM INT HUP
  { echo 500 >| /proc/self/oom_score_adj; } 2>/dev/null
  [ -z "$owner" ] || chown "$owner:$owner" /proc/self/fd/1
  "$@"
  save code $?
} 2>&1 | {
  exec 3<&-
  trap : TERM INT HUP
  until cat; do sleep 1; done
}
code=
read -r code < "$run/code"
save exit "\${code:-137}"
`;

/** Programs of the shim's own; what else is below it belongs to the container. */
export const SHIM_PROGRAMS: ReadonlySet<string> = new Set(["cat", "chown", "sleep"]);

export interface ShimIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which the process started; undefined where there is no /proc. */
  readonly startTicks: number | undefined;
  readonly bootId: string;
}

/** Field 22 of /proc/PID/stat. The command name in field 2 may hold spaces and parentheses. */
export function startTicksOf(stat: string): number | undefined {
  const rest = stat.slice(stat.lastIndexOf(")") + 1).trim();
  const ticks = Number(rest.split(" ")[19]);
  return stat.includes(")") && Number.isFinite(ticks) ? ticks : undefined;
}

/** Reads the `pid` file; undefined while it is incomplete. */
export function parseShimIdentity(text: string): ShimIdentity | undefined {
  if (!text.endsWith("\n")) return undefined;
  const space = text.indexOf(" ");
  const stat = text.slice(space + 1).trim();
  const pid = Number.parseInt(stat, 10);
  if (space < 0 || !Number.isInteger(pid) || pid <= 1) return undefined;
  return { pid, startTicks: startTicksOf(stat), bootId: text.slice(0, space) };
}

/** Reads the `exit` file; undefined while it is incomplete. */
export function parseExitCode(text: string): number | undefined {
  if (!text.endsWith("\n")) return undefined;
  const code = Number(text.trim());
  return Number.isInteger(code) && code >= 0 && code <= 255 ? code : undefined;
}
