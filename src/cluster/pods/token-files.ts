/** Keeps a pod's token files fresh: each is written again after 80 % of its lifetime, as kubelet's token manager does. */
import { backoffDelay, delay } from "../../lib/backoff.ts";
import type { Log } from "../../lib/log.ts";
import { writeVolumeFile, type TokenFile } from "./volumes.ts";

export type IssueTokenForFile = (file: TokenFile) => Promise<string>;

/** Writes every token once; rejects when one cannot be issued. */
export async function writeTokens(files: readonly TokenFile[], issue: IssueTokenForFile, uid: number | undefined): Promise<void> {
  for (const file of files) await writeVolumeFile(file.file, await issue(file), uid);
}

/** 80 % of the lifetime, and not longer than a timer of Node can wait. */
function renewalMs({ expirationSeconds }: TokenFile): number {
  return Math.min(Math.max(expirationSeconds * 800, 10_000), 2 ** 31 - 1);
}

/** Renews the tokens until `signal` aborts; `now` renews them at once, when nobody knows how old they are. */
export async function renewTokens(
  files: readonly TokenFile[],
  issue: IssueTokenForFile,
  uid: number | undefined,
  { log, now }: { log: Log; now: boolean },
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    files.map(async (file) => {
      let failures = 0;
      let wait = now ? 0 : renewalMs(file);
      for (;;) {
        await delay(wait, signal);
        if (signal.aborted) return;
        try {
          await writeTokens([file], issue, uid);
          failures = 0;
          wait = renewalMs(file);
        } catch (error) {
          log.warn("a pod's token could not be renewed, will retry", { error });
          wait = backoffDelay(failures++, { initialMs: 1000, maxMs: 60_000 });
        }
      }
    }),
  );
}
