/** A real Chromium for the journeys, through playwright-core. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { ROOT } from "./skiff.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where the screenshots of a run are kept. */
export const SCREENSHOTS = join(ROOT, "test-output", "screenshots");

/** Path of a Chromium on this machine, or undefined. */
export function findChromium(): string | undefined {
  return PLACES.find((path) => existsSync(path));
}

/** Starts Chromium without its calls home. */
export function openBrowser(executablePath: string): Promise<Browser> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const quiet = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...quiet] });
}
