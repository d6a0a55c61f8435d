/** Serves the built single-page application. Its URLs use the hash, so there is no fallback: an unknown path is 404. */
import { createHash } from "node:crypto";
import { lstat, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { SkiffError } from "../../lib/errors.ts";

export interface WebFiles {
  /** Answers GET and HEAD for a path below `prefix`. */
  serve(request: Request, prefix: string): Promise<Response>;
  /** Rejects when the application was not built. */
  check(): Promise<void>;
}

interface LoadedFile {
  readonly stamp: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer> | undefined;
  readonly etag: string;
  readonly type: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
const COMPRESSIBLE = new Set([".html", ".js", ".css", ".json", ".svg", ".txt"]);
const SECURITY_HEADERS = {
  // Inline style elements come from the component library, which writes the theme's variables at start.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};
const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Skiff</title>
<h1>The dashboard was not built</h1><p>Run <code>npm run build:web</code> and load this page again. The APIs work without it.</p></html>`;

const compress = promisify(gzip);

/** The file's path below the root, or undefined when the URL names something outside it. */
export function findRelativePath(pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const segments = decoded.split("/").filter((segment) => segment !== "");
  const unsafe = segments.some((segment) => segment.startsWith(".") || segment.includes("\\") || segment.includes("\0"));
  if (unsafe) return undefined;
  return segments.length === 0 ? "index.html" : segments.join("/");
}

function respond(request: Request, status: number, body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string>): Response {
  const all = { ...SECURITY_HEADERS, ...headers };
  return new Response(request.method === "HEAD" ? null : body, { status, headers: all });
}

/** True when `if-none-match` names the tag; weak comparison, RFC 9110 §13.1.2. */
function isMatch(header: string | null, etag: string): boolean {
  return header !== null && header.split(",").some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()));
}

/** Creates the server of the folder `root`; files are read once and again when they change. */
export function createWebFiles(root: string): WebFiles {
  const loaded = new Map<string, LoadedFile>();

  const load = async (relative: string): Promise<LoadedFile | undefined> => {
    const path = join(root, relative);
    const stat = await lstat(path).catch(() => undefined);
    if (!stat?.isFile()) {
      loaded.delete(relative);
      return undefined;
    }
    const stamp = `${stat.size}-${stat.mtimeMs}`;
    const known = loaded.get(relative);
    if (known?.stamp === stamp) return known;
    const body = new Uint8Array(await readFile(path));
    const extension = extname(relative);
    const file: LoadedFile = {
      stamp,
      body,
      zipped: COMPRESSIBLE.has(extension) && body.length > 1_024 ? new Uint8Array(await compress(body)) : undefined,
      etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
      type: TYPES[extension] ?? "application/octet-stream",
    };
    loaded.set(relative, file);
    return file;
  };

  return {
    serve: async (request, prefix) => {
      if (request.method !== "GET" && request.method !== "HEAD") {
        return respond(request, 405, "Method Not Allowed\n", { "content-type": "text/plain", allow: "GET, HEAD" });
      }
      const { pathname, search } = new URL(request.url);
      // A relative asset URL needs the slash; browsers keep the fragment across the redirect.
      if (prefix !== "" && pathname === prefix) return respond(request, 302, "", { location: `${prefix}/${search}` });
      const relative = findRelativePath(pathname.slice(prefix.length));
      const file = relative === undefined ? undefined : await load(relative);
      if (relative === undefined || file === undefined) {
        if (relative === "index.html") return respond(request, 503, NOT_BUILT, { "content-type": "text/html; charset=utf-8" });
        return respond(request, 404, "Not Found\n", { "content-type": "text/plain", "cache-control": "no-store" });
      }
      const zip = file.zipped && /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
      const etag = zip ? `${file.etag.slice(0, -1)}-gz"` : file.etag;
      const headers = {
        etag,
        vary: "accept-encoding",
        "cache-control": relative.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache",
      };
      if (isMatch(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
      const body = zip && file.zipped ? file.zipped : file.body;
      return respond(request, 200, body, {
        ...headers,
        ...(zip ? { "content-encoding": "gzip" } : {}),
        "content-type": file.type,
        "content-length": String(body.length),
      });
    },
    check: async () => {
      if (!(await load("index.html"))) {
        throw new SkiffError("NotFound", "the dashboard was not built", { remedy: "Run npm run build:web." });
      }
    },
  };
}
