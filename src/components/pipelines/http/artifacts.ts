/** Artifacts of runs: records and contents. Contents are users' bytes: they are never rendered in the platform's origin. */
import type { BlobInfo, BlobStore, ByteRange } from "../../../kit/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { artifactKey, isSafeTail, tailOfUri } from "../steps/layout.ts";
import type { RunStore } from "../store/run-store.ts";
import type { ArtifactRow } from "../store/schema.ts";
import { toArtifact } from "../store/wire.ts";
import { toPathSegment } from "../engine/task-ids.ts";
import type { Call, Handler } from "./handler.ts";

export type ArtifactRoute = "listArtifacts" | "getArtifact" | "readArtifact";

const SAFE_HEADERS = {
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
  "cache-control": "private, no-store",
} as const;

// Enough to tell text from bytes without reading a model of gigabytes.
const SNIFF_BYTES = 4096;

/** Parses one byte range of a content of `size` bytes; undefined without a usable one. Throws nothing: RFC 9110 lets a server ignore it. */
function parseRange(header: string | null, size: number): ByteRange | "unsatisfiable" | undefined {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!parts) return undefined;
  const [, first = "", last = ""] = parts;
  if (first === "" && last === "") return undefined;
  if (first === "") return Number(last) === 0 || size === 0 ? "unsatisfiable" : { start: Math.max(0, size - Number(last)), end: size - 1 };
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size || start > end ? "unsatisfiable" : { start, end };
}

async function isText(blobs: BlobStore, info: BlobInfo): Promise<boolean> {
  if (info.size === 0) return true;
  const parts: Uint8Array[] = [];
  for await (const chunk of blobs.stream(info.key, { start: 0, end: Math.min(SNIFF_BYTES, info.size) - 1 })) parts.push(chunk);
  const head = Buffer.concat(parts);
  if (head.includes(0)) return false;
  try {
    // A character may be cut in two at the end; `stream` leaves it open.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

async function sendFile(blobs: BlobStore, info: BlobInfo, request: Request): Promise<Response> {
  const text = await isText(blobs, info);
  const name = toPathSegment(info.key.split("/").at(-1) ?? "artifact");
  const headers: Record<string, string> = {
    ...SAFE_HEADERS,
    "accept-ranges": "bytes",
    "content-type": text ? "text/plain; charset=utf-8" : "application/octet-stream",
    "content-disposition": `${text ? "inline" : "attachment"}; filename="${name}"`,
  };
  const range = parseRange(request.headers.get("range"), info.size);
  if (range === "unsatisfiable")
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${info.size}` } });
  if (range) {
    const length = {
      "content-length": String(range.end - range.start + 1),
      "content-range": `bytes ${range.start}-${range.end}/${info.size}`,
    };
    return new Response(blobs.stream(info.key, range), { status: 206, headers: { ...headers, ...length } });
  }
  return new Response(info.size === 0 ? "" : blobs.stream(info.key), { headers: { ...headers, "content-length": String(info.size) } });
}

/** The handlers of artifacts. */
export function artifactHandlers({ runs, blobs }: { readonly runs: RunStore; readonly blobs: BlobStore }): Record<ArtifactRoute, Handler> {
  const authorizedArtifact = async ({ params, authorize }: Call): Promise<ArtifactRow> => {
    const id = params["artifact_id"] ?? "";
    const row = await runs.findArtifact(id);
    if (!row) throw new SkiffError("NotFound", `ResourceNotFoundError: Artifact ${id} not found`);
    await authorize(row.namespace);
    return row;
  };
  return {
    listArtifacts: async ({ params, authorize }) => {
      const run = await runs.get(params["run_id"] ?? "");
      await authorize(run.namespace);
      const rows = await runs.artifacts(run.run_id);
      return Response.json(rows.length === 0 ? {} : { artifacts: rows.map(toArtifact) });
    },
    getArtifact: async (call) => Response.json(toArtifact(await authorizedArtifact(call))),
    readArtifact: async (call) => {
      const row = await authorizedArtifact(call);
      const tail = tailOfUri(row.uri);
      if (tail === undefined)
        throw new SkiffError("NotFound", `the artifact's content lies outside Skiff, at ${row.uri}`, { remedy: "Fetch it from there." });
      const path = call.url.searchParams.get("path") ?? "";
      if (path !== "" && !isSafeTail(path)) throw new SkiffError("BadRequest", `invalid path ${JSON.stringify(path.slice(0, 200))}`);
      const key = artifactKey(row.namespace, path === "" ? tail : `${tail}/${path}`);
      const info = await blobs.stat(key);
      if (!info) throw new SkiffError("NotFound", `artifact ${row.artifact_id} has no content${path === "" ? "" : " at this path"}`);
      if (!info.directory) return sendFile(blobs, info, call.request);
      const entries = await blobs.list(key);
      const files = entries.map((entry) => ({
        name: entry.key.split("/").at(-1) ?? "",
        size: String(entry.size),
        directory: entry.directory,
      }));
      return Response.json({ files: files.sort((a, b) => (a.name < b.name ? -1 : 1)) }, { headers: SAFE_HEADERS });
    },
  };
}
