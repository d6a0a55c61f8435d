/** Far more at once than can be worked on: everything is answered or refused with 429, and memory stays bounded. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openConnection, type Answer, type Connection } from "../../bench/http-connection.ts";
import { startKubeServer, type KubeServer } from "../support/kube-server-process.ts";
import { removeFolder, temporaryFolder } from "../support/skiff.ts";

const REQUESTS = 2000;
/** All bodies together are half as much again as the server may grow by, and each is held several times while it is read. */
const BODY_BYTES = 600_000;
const GROWTH_MEGABYTES = 800;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

describe("a flood", () => {
  const folder = temporaryFolder("skiff-flood-");
  let server: KubeServer;
  let headers: string;
  beforeAll(async () => {
    server = await startKubeServer(folder);
    headers = `authorization: Bearer ${server.token}\r\ncontent-type: application/json\r\n`;
  });
  afterAll(async () => {
    await server.stop();
    removeFolder(folder);
  });

  async function connections(): Promise<Connection[]> {
    const open: Connection[] = [];
    // Handshakes one hundred at a time: it is the requests that shall meet.
    while (open.length < REQUESTS) {
      open.push(...(await Promise.all(Array.from({ length: 100 }, () => openConnection({ port: server.port, tls: true })))));
    }
    return open;
  }

  it(`of ${REQUESTS} writes at once leaves the server small and in order`, { timeout: 300_000 }, async () => {
    const clients = await connections();
    const before = server.memory();
    const filler = "x".repeat(BODY_BYTES);
    const answers: Answer[] = await Promise.all(
      clients.map((client, i) => {
        // Every twentieth one is good, the others are refused after their body was read.
        const value = i % 20 === 0 ? `"value":"${filler}"` : `"value":["${filler}"]`;
        const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${i % 20 === 0 ? `n${i}` : "No Name"}"},"data":{${value}}}`;
        return client.send("POST", CONFIG_MAPS, headers, Buffer.from(body));
      }),
    );
    const growth = server.memory("peak") - before;
    for (const client of clients) client.close();
    const statuses = new Map<number, number>();
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    console.log(`answers ${JSON.stringify([...statuses])}, the server grew by ${growth.toFixed(0)} MB at most`);
    expect([...statuses.keys()].filter((status) => ![201, 400, 422, 429].includes(status))).toEqual([]);
    expect(statuses.get(201) ?? 0).toBeGreaterThan(0);
    expect(growth).toBeLessThan(GROWTH_MEGABYTES);

    const [client] = [await openConnection({ port: server.port, tls: true })];
    const { status, body } = await client.send("GET", `${CONFIG_MAPS}?limit=1`, headers);
    expect([status, (JSON.parse(body.toString()) as { kind: string }).kind]).toEqual([200, "ConfigMapList"]);
    client.close();
  });

  it("of watches that never read costs no memory for what they do not read", { timeout: 180_000 }, async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => openConnection({ port: server.port, tls: true })));
    for (const client of clients) {
      client.stream(`${CONFIG_MAPS}?watch=true&resourceVersion=0`, headers, () => {});
      client.pause();
    }
    const writer = await openConnection({ port: server.port, tls: true });
    await writer.send("GET", `${CONFIG_MAPS}?limit=1`, headers);
    const before = server.memory();
    const body = (i: number): Buffer =>
      Buffer.from(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"slow-${i}"},"data":{"value":"${"x".repeat(500_000)}"}}`);
    for (let i = 0; i < 60; i++) expect((await writer.send("POST", CONFIG_MAPS, headers, body(i))).status).toBe(201);
    const growth = server.memory() - before;
    console.log(`30 MB written past 50 watches that do not read: the server grew by ${growth.toFixed(0)} MB`);
    expect(growth).toBeLessThan(400);
    for (const client of [...clients, writer]) client.close();
  });
});
