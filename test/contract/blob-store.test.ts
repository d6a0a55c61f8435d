/** What a component may rely on in its blob store. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, asyncProperty, stringMatching, uint8Array } from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createDirectoryBlobStore, type BlobStore } from "../../src/kit/index.ts";

const folder = mkdtempSync(join(tmpdir(), "skiff-blob-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

function contract(fresh: () => BlobStore): void {
  it("keeps bytes as they are, of any kind and size", async () => {
    const store = fresh();
    const bytes = uint8Array({ maxLength: 4096 });
    const segment = stringMatching(/^[A-Za-z0-9._ äé-]{1,20}$/).filter((part) => part.replaceAll(".", "") !== "");
    const key = array(segment, { minLength: 1, maxLength: 4 }).map((parts) => ["k", ...parts, "leaf"].join("/"));
    await assert(
      asyncProperty(key, bytes, async (name, content) => {
        await store.put(name, content);
        expect(new Uint8Array(await store.get(name))).toEqual(content);
        expect(await store.stat(name)).toMatchObject({ key: name, size: content.length, directory: false });
        await store.delete(name);
        expect(await store.find(name)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
    const large = Buffer.alloc(9 * 1024 * 1024, 7);
    await store.put("large", large);
    expect(large.equals(await store.get("large"))).toBe(true);
  });

  it("replaces whole blobs: a reader sees the old bytes or the new ones", async () => {
    const store = fresh();
    const versions = Array.from({ length: 20 }, (_, index) => String(index).repeat(50_000));
    await store.put("w/a", versions[0] ?? "");
    const writing = (async () => {
      for (const version of versions) await store.put("w/a", version);
    })();
    const seen = Array.from({ length: 200 }, async () => Buffer.from(await store.get("w/a")).toString());
    for (const text of await Promise.all(seen)) expect(versions).toContain(text);
    await writing;
    expect((await store.list("w")).map(({ key }) => key)).toEqual(["w/a"]);
  });

  it("says what is not there", async () => {
    const store = fresh();
    await expect(store.get("absent")).rejects.toMatchObject({ reason: "NotFound" });
    await expect(store.download("absent", join(folder, "nowhere"))).rejects.toMatchObject({ reason: "NotFound" });
    expect(await store.find("absent/deeper")).toBeUndefined();
    expect(await store.stat("absent")).toBeUndefined();
    expect(await store.list("absent")).toEqual([]);
    await store.delete("absent");
  });

  it("lists one level, and removes everything below a prefix", async () => {
    const store = fresh();
    for (const key of ["p/a", "p/b/c", "p/b/d", "q"]) await store.put(key, key);
    expect((await store.list("p")).toSorted((one, other) => (one.key < other.key ? -1 : 1))).toEqual([
      { key: "p/a", size: 3, directory: false },
      { key: "p/b", size: 0, directory: true },
    ]);
    await store.delete("p/b");
    expect((await store.list("p")).map(({ key }) => key)).toEqual(["p/a"]);
    expect(Buffer.from(await store.get("q")).toString()).toBe("q");
  });

  it("streams a blob, or a range of it", async () => {
    const store = fresh();
    await store.put("a", "0123456789");
    expect(await textOf(store.stream("a"))).toBe("0123456789");
    expect(await textOf(store.stream("a", { start: 2, end: 4 }))).toBe("234");
    expect(await textOf(store.stream("a", { start: 9, end: 99 }))).toBe("9");
    await expect(textOf(store.stream("absent"))).rejects.toThrow();
  });

  it("carries files and folders of the machine in and out, links left behind", async () => {
    const store = fresh();
    const source = mkdtempSync(join(folder, "source-"));
    mkdirSync(join(source, "sub"));
    writeFileSync(join(source, "sub", "file"), "content");
    writeFileSync(join(source, "top"), "top");
    symlinkSync("/etc/passwd", join(source, "sub", "link"));
    await store.upload("tree", source);
    expect(Buffer.from(await store.get("tree/sub/file")).toString()).toBe("content");
    expect(await store.find("tree/sub/link")).toBeUndefined();
    const target = join(folder, "target");
    await store.download("tree", target);
    expect(readFileSync(join(target, "sub", "file"), "utf8")).toBe("content");
    await store.download("tree/top", join(folder, "deep", "er", "file"));
    expect(readFileSync(join(folder, "deep", "er", "file"), "utf8")).toBe("top");
  });

  it("lets no key leave the store", async () => {
    const store = fresh();
    for (const key of ["../out", "a/../../out", "a/..", ".", "", "/", "a\0b", "./a"]) {
      await expect(store.put(key, "x"), JSON.stringify(key)).rejects.toMatchObject({ reason: "BadRequest" });
      await expect(store.get(key), JSON.stringify(key)).rejects.toMatchObject({ reason: "BadRequest" });
    }
    await store.put("/absolute//key/", "x");
    expect(Buffer.from(await store.get("absolute/key")).toString()).toBe("x");
  });
}

describe("blob store in a directory", () => contract(() => createDirectoryBlobStore(mkdtempSync(join(folder, "store-")))));
