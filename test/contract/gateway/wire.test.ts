/** Requests as bytes on a socket: framing tricks, odd methods and slow clients end cleanly and reach nothing. */
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawRequest } from "../browser.ts";
import { openBox, type Box } from "../platform-in-a-box.ts";
import { MOUNTS, PASSWORD, signInTo } from "../sign-in-steps.ts";

let box: Box;
let session = "";
const seen: string[] = [];

beforeAll(async () => {
  const mounts = MOUNTS.map((mount) => ({
    ...mount,
    fetch: (request: Request) => {
      seen.push(`${request.method} ${new URL(request.url).pathname}`);
      return mount.fetch?.(request) ?? new Response(null, { status: 404 });
    },
  }));
  const streaming = {
    prefix: "/stream",
    access: "identity",
    fetch: () =>
      new Response(new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new TextEncoder().encode("open\n")) })),
  } as const;
  box = await openBox({ initialPassword: PASSWORD, mounts: [...mounts, streaming], sessionCheckMs: 50 });
  await box.identity.ready();
  session = (await signInTo(box)).browser.cookies.get("authservice_session") ?? "";
});
afterAll(() => box.close());

const host = (): string => `Host: 127.0.0.1:${box.port}`;
const open = (): Socket => connect(box.port, "127.0.0.1").on("error", () => undefined);

/** Sends bytes and collects what comes back until the server closes, or `ms` milliseconds of silence. */
function exchange(bytes: string, ms = 400): Promise<string> {
  return new Promise((resolve) => {
    const socket = open();
    let text = "";
    let quiet = setTimeout(() => socket.destroy(), ms);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      clearTimeout(quiet);
      quiet = setTimeout(() => socket.destroy(), ms);
    });
    socket.once("close", () => resolve(text));
    socket.write(bytes, "latin1");
  });
}
const statuses = (text: string): number[] => [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
const lines = (...parts: string[]): string => `${parts.join("\r\n")}\r\n\r\n`;

describe("framing that two servers could read differently", () => {
  const smuggled = "GET /public/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  const cases: Record<string, () => string> = {
    "two lengths": () =>
      `${lines("POST /public/a HTTP/1.1", host(), "Content-Length: 0", `Content-Length: ${smuggled.length}`)}${smuggled}`,
    "length and chunks": () =>
      `${lines("POST /public/a HTTP/1.1", host(), "Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n${smuggled}`,
    "an encoding that is not chunked": () =>
      `${lines("POST /public/a HTTP/1.1", host(), "Transfer-Encoding: xchunked")}0\r\n\r\n${smuggled}`,
    "chunked twice": () => `${lines("POST /public/a HTTP/1.1", host(), "Transfer-Encoding: chunked, identity")}0\r\n\r\n${smuggled}`,
    "a blank before the colon": () => `${lines("POST /public/a HTTP/1.1", host(), `Content-Length : ${smuggled.length}`)}${smuggled}`,
    "a folded header": () =>
      `${lines("POST /public/a HTTP/1.1", host(), "X-A: b", `\tContent-Length: ${smuggled.length}`, "Transfer-Encoding:", " chunked")}0\r\n\r\n${smuggled}`,
    "a bare line feed": () => `POST /public/a HTTP/1.1\r\n${host()}\r\nX: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    "a signed length": () => `${lines("POST /public/a HTTP/1.1", host(), "Content-Length: +5")}hello${smuggled}`,
    "a chunk size with a sign": () => `${lines("POST /public/a HTTP/1.1", host(), "Transfer-Encoding: chunked")}-1\r\n\r\n${smuggled}`,
    "a NUL in a value": () => lines("GET /public/a HTTP/1.1", host(), "X: a\0b"),
    "two hosts": () => lines("GET /public/a HTTP/1.1", host(), "Host: evil.example"),
    "no host": () => lines("GET /public/a HTTP/1.1", "X: y"),
    "another host in the target": () => lines("GET http://evil.example/public/a HTTP/1.1", host()),
    "user and password in the target": () => lines(`GET http://a@127.0.0.1:${box.port}/public/a HTTP/1.1`, host()),
    "headers of 40 kB": () => lines("GET /public/a HTTP/1.1", host(), `X: ${"a".repeat(40_000)}`),
    "no request at all": () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  };
  for (const [what, bytes] of Object.entries(cases)) {
    test(`${what}: refused, and nothing behind it is read`, async () => {
      seen.length = 0;
      const answer = await exchange(bytes());
      expect(
        statuses(answer).every((status) => status >= 400 && status < 500),
        answer,
      ).toBe(true);
      expect(statuses(answer).length, answer).toBeLessThanOrEqual(1);
      expect(seen.filter((path) => path.includes("smuggled"))).toEqual([]);
    });
  }

  test("the absolute form of our own host is an ordinary request", async () => {
    expect(statuses(await exchange(lines(`GET http://127.0.0.1:${box.port}/public/a HTTP/1.1`, host())))).toEqual([200]);
  });
});

describe("methods", () => {
  test("TRACE, TRACK and CONNECT are not served, and no error is logged", async () => {
    const errors = (): number => box.lines.filter((line) => line.includes("request failed")).length;
    const before = errors();
    for (const path of ["/public/a", "/x"]) {
      expect(statuses(await exchange(lines(`TRACE ${path} HTTP/1.1`, host(), "Cookie: a=b")))).toEqual([405]);
      // Node's parser does not know TRACK.
      expect(statuses(await exchange(lines(`TRACK ${path} HTTP/1.1`, host())))).toEqual([400]);
    }
    expect(statuses(await exchange(lines("CONNECT evil.example:443 HTTP/1.1", host())))).toEqual([]);
    expect(errors()).toBe(before);
  });

  test("HEAD has the headers of GET and no body; OPTIONS gives other sites no leave", async () => {
    const cookie = ["Cookie", `authservice_session=${session}`];
    const head = await rawRequest(box.port, { method: "HEAD", path: "/x", headers: cookie });
    expect([head.status, head.body]).toEqual([200, ""]);
    const options = await rawRequest(box.port, {
      method: "OPTIONS",
      path: "/pipeline/x",
      headers: [...cookie, "Origin", "http://evil.example", "Access-Control-Request-Method", "POST"],
    });
    expect([...options.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("an upgrade is answered as the ordinary request it also is, and only for those who may", async () => {
    const upgrade = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    expect(statuses(await exchange(lines("GET /pipeline/x HTTP/1.1", host(), ...upgrade)))).toEqual([401]);
    expect(
      statuses(await exchange(lines("GET /public/x HTTP/1.1", host(), "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"))),
    ).toEqual([200]);
  });
});

describe("what caches and other callers see", () => {
  test("answers that depend on the caller are not for keeping", async () => {
    for (const headers of [[], ["Cookie", `authservice_session=${session}`]]) {
      for (const path of ["/x", "/x.css", "/pipeline/x"]) {
        const reply = await rawRequest(box.port, { path, headers });
        expect([path, reply.status, reply.headers.get("cache-control")]).toEqual([path, reply.status, "no-store"]);
      }
    }
  });

  test("a Host header of one's own leads nobody there but its sender", async () => {
    const reply = await rawRequest(box.port, { path: "/x", headers: ["Host", "evil.example"] });
    const location = reply.headers.get("location") ?? "";
    expect(location.startsWith("/dex/auth?")).toBe(true);
    for (const bad of ["evil.example/x", "a@b", "a,b", "[::1", "a:99999999", ""]) {
      expect([bad, (await rawRequest(box.port, { path: "/x", headers: ["Host", bad] })).status]).toEqual([bad, 400]);
    }
  });

  test("cookies: odd ones are no session, and many change nothing", async () => {
    const odd = [
      "authservice_session",
      "authservice_session=",
      `authservice_session=${session}x`,
      `Authservice_Session=${session}`,
      "=;=;;",
    ];
    for (const cookie of [...odd, `x=${"y".repeat(8000)}`]) {
      expect([cookie.slice(0, 30), (await rawRequest(box.port, { path: "/pipeline/x", headers: ["Cookie", cookie] })).status]).toEqual([
        cookie.slice(0, 30),
        401,
      ]);
    }
    const twice = ["Cookie", "authservice_session=wrong", "Cookie", `oauth2_proxy_kubeflow=${session}`];
    expect((await rawRequest(box.port, { path: "/pipeline/x", headers: twice })).status).toBe(200);
  });
});

describe("slow clients", () => {
  test("300 unfinished requests hold up nobody", async () => {
    const sockets = Array.from({ length: 300 }, (_, i) => {
      const socket = open();
      socket.write(
        i % 2 === 0 ? "GET /public/a HTTP/1.1\r\nHost: x\r\nX-A: " : lines("POST /public/a HTTP/1.1", host(), "Content-Length: 10"),
      );
      return socket;
    });
    const start = performance.now();
    expect((await rawRequest(box.port, { path: "/ping" })).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(2000);
    for (const socket of sockets) socket.destroy();
  });

  test("a body that nobody reads ends with its connection", async () => {
    const socket = open();
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(lines("POST /pipeline/x HTTP/1.1", host(), "Content-Length: 1000000000"));
    const feed = setInterval(() => socket.write("x".repeat(1000)), 20);
    await closed;
    clearInterval(feed);
    expect(statuses(answer)).toEqual([401]);
  }, 10_000);
});

test("a stream ends with the session it was opened with", async () => {
  const { browser } = await signInTo(box);
  const id = browser.cookies.get("authservice_session") ?? "";
  const socket = open();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  let answer = "";
  const opened = new Promise<void>((resolve) =>
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
      if (answer.includes("open\n")) resolve();
    }),
  );
  socket.write(lines("GET /stream/x HTTP/1.1", host(), `Cookie: authservice_session=${id}`));
  await opened;
  await new Promise((next) => setTimeout(next, 150));
  expect(socket.destroyed).toBe(false);
  await browser.once("GET", "/oauth2/sign_out");
  await closed;
});
