/** Reads the beginning of an artifact's content and decides whether it is text. */
import { send } from "../api/request.ts";
import { toText } from "./to-text.ts";

export const PREVIEW_BYTES = 64 * 1_024;

export interface Preview {
  /** Undefined for binary content. */
  readonly text: string | undefined;
  readonly truncated: boolean;
}

/** Reads at most PREVIEW_BYTES, also from a server that ignores ranges. */
export async function readPreview(url: string, signal: AbortSignal): Promise<Preview> {
  const response = await send(url, { headers: { range: `bytes=0-${PREVIEW_BYTES}` }, signal });
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= PREVIEW_BYTES) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  await reader?.cancel();
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { text: toText(bytes.subarray(0, PREVIEW_BYTES)), truncated: length > PREVIEW_BYTES };
}

export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
