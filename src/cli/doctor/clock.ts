import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { delay } from "../../lib/backoff.ts";
import type { Check, Finding } from "./finding.ts";

const SKEW_MS = 2000;
const DRIFT_MS = 50;
const SAMPLE_MS = 100;
/** Skiff is younger than this; a machine that says otherwise lost its clock, and certificates and tokens with it. */
const EARLIEST = Date.UTC(2026, 0, 1);
const SET = "Set the clock, for example with: timedatectl set-ntp true.";

/** Milliseconds by which the file system's clock is ahead of the system's. */
function fileSystemSkew(): number {
  const folder = mkdtempSync(join(tmpdir(), "skiff-doctor-"));
  try {
    const file = join(folder, "now");
    const before = Date.now();
    writeFileSync(file, "");
    const { mtimeMs } = statSync(file);
    // Kernels stamp files with a coarse clock, a few milliseconds old.
    return mtimeMs < before ? mtimeMs - before : Math.max(0, mtimeMs - Date.now());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The clock: not lost, steady, and the one that stamps files. Tokens, certificates and leases live by it. */
export const CLOCK: Check = {
  name: "clock",
  run: async () => {
    const findings: Omit<Finding, "check">[] = [];
    if (Date.now() < EARLIEST)
      findings.push({ state: "fail", message: `the clock says ${new Date().toISOString()}, which is past`, remedy: SET });
    const skew = fileSystemSkew();
    if (Math.abs(skew) > SKEW_MS) {
      findings.push({
        state: "warn",
        message: `the file system's clock and the system's are ${Math.round(Math.abs(skew) / 1000)} s apart`,
        remedy: SET,
      });
    }
    const [wall, steady] = [Date.now(), performance.now()];
    await delay(SAMPLE_MS);
    const drift = Date.now() - wall - (performance.now() - steady);
    if (Math.abs(drift) > DRIFT_MS) {
      findings.push({
        state: "warn",
        message: `the clock jumped by ${Math.round(drift)} ms within ${SAMPLE_MS} ms`,
        remedy: "Look for two programs that both set the clock.",
      });
    }
    return findings.length > 0
      ? findings
      : [{ state: "ok", message: `${new Date().toISOString()}, steady, the same as the file system's` }];
  },
};
