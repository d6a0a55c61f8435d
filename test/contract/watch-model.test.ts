/**
 * Readers that list and watch as client-go's reflector does, against a model: whatever is written, however they pause,
 * reconnect or meet compaction and restarts, they see every change once and in order.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openReadFixture, type OpenWatch, type ReadFixture } from "../support/read-fixture.ts";

const KEPT = 12;
const RUNS = Number(process.env["SKIFF_PROPERTY_RUNS"] ?? 150);

interface State {
  readonly value: string;
  readonly app: string;
}

interface LogEntry {
  readonly revision: number;
  readonly name: string;
  readonly before: State | undefined;
  readonly after: State | undefined;
}

/** What the store must hold, and everything that happened to it. */
interface Model {
  readonly log: LogEntry[];
  readonly state: Map<string, State>;
}

type Selects = (state: State | undefined) => boolean;

interface Expected {
  readonly type: string;
  readonly name: string;
  readonly value: string;
  readonly revision: number;
}

function toExpected({ revision, name, before, after }: LogEntry, selects: Selects): Expected | undefined {
  const was = selects(before);
  const is = selects(after);
  if (!was && !is) return undefined;
  const type = is ? (was ? "MODIFIED" : "ADDED") : "DELETED";
  return { type, name, value: (is ? after : before)?.value ?? "", revision };
}

function stateAt({ log }: Model, revision: number): Map<string, State> {
  const state = new Map<string, State>();
  for (const entry of log) {
    if (entry.revision > revision) break;
    if (entry.after) state.set(entry.name, entry.after);
    else state.delete(entry.name);
  }
  return state;
}

const byName = (entries: Iterable<readonly [string, string]>): Record<string, string> => Object.fromEntries(entries);

const ENDED = Symbol("the watch ended");

/** An event that does not come is a lost one. */
async function withDeadline<T>(event: Promise<T>, expected: Expected): Promise<T> {
  const { promise, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error(`lost: ${JSON.stringify(expected)}`)), 3000);
  try {
    return await Promise.race([event, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** One reflector. Checks every list and every event against the model as it reads. */
function createReader(fixture: ReadFixture, model: Model, app: string | undefined) {
  const selects: Selects = (state) => state !== undefined && (app === undefined || state.app === app);
  const selector = app === undefined ? "" : `&labelSelector=app%3D${app}`;
  const cache = new Map<string, string>();
  let watching: OpenWatch | undefined;
  let position = 0;

  /** The events that it has not seen yet. */
  const pending = (): Expected[] =>
    model.log.filter((entry) => entry.revision > position).flatMap((entry) => toExpected(entry, selects) ?? []);
  const list = async (limit: number, between: () => Promise<void>): Promise<void> => {
    cache.clear();
    let token: string | undefined;
    do {
      const { status, body } = await fixture.list(`limit=${limit}${selector}${token === undefined ? "" : `&continue=${token}`}`);
      if (status === 410) return list(limit, between);
      for (const { metadata, data } of body.items) cache.set(metadata.name, data?.["value"] ?? "");
      position = Number(body.metadata.resourceVersion);
      token = body.metadata.continue;
      await between();
    } while (token !== undefined);
    const expected = [...stateAt(model, position)].filter(([, state]) => selects(state)).map(([name, { value }]) => [name, value] as const);
    expect(byName(cache)).toEqual(byName(expected));
  };
  /** Reads one event, or finds that its position was compacted. */
  const readOne = async (): Promise<typeof ENDED | undefined> => {
    const [expected] = pending();
    if (!expected || !watching) return ENDED;
    const event = await withDeadline(watching.next(), expected);
    if (event?.type === "ERROR") {
      expect(event.object).toMatchObject({ code: 410 });
      expect(position).toBeLessThan(fixture.store.revision() - KEPT);
      watching = undefined;
      return ENDED;
    }
    const { type, object } = event ?? { type: "END", object: undefined };
    const revision = Number(object?.metadata.resourceVersion);
    expect({ type, name: object?.metadata.name, value: object?.data?.["value"], revision }).toEqual(expected);
    position = revision;
    if (type === "DELETED") cache.delete(expected.name);
    else cache.set(expected.name, expected.value);
    return undefined;
  };
  const isSettled = (): boolean => position > 0 && pending().length === 0;
  const self = {
    connect: async (limit: number, between: () => Promise<void>): Promise<void> => {
      if (position === 0) await list(limit, between);
      watching = fixture.watch(`resourceVersion=${position}${selector}`);
    },
    disconnect: (): void => {
      watching?.stop();
      watching = undefined;
    },
    /** Reads up to `count` events that are there. */
    read: async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        if ((await readOne()) !== ENDED) continue;
        if (!watching) position = 0;
        return;
      }
    },
    /** Reads everything, listing again where it must, and compares the cache with the model. */
    settle: async (): Promise<void> => {
      do {
        if (!watching) await self.connect(3, async () => {});
        await self.read(Number.POSITIVE_INFINITY);
      } while (!isSettled());
      const expected = [...model.state].filter(([, state]) => selects(state)).map(([name, { value }]) => [name, value] as const);
      expect(byName(cache)).toEqual(byName(expected));
      self.disconnect();
    },
  };
  return self;
}

const name = fc.constantFrom("a", "b", "c", "d", "e");
const app = fc.constantFrom("x", "y");
const reader = fc.nat({ max: 3 });
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("put" as const), name, app }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("burst" as const), name, app, count: fc.integer({ min: 2, max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("connect" as const), reader, limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("disconnect" as const), reader }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("read" as const), reader, count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compact" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
);

describe("readers against a model", () => {
  it("see every change once, in order, through reconnects, compaction and restarts", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
        const fixture = openReadFixture(KEPT);
        const model: Model = { log: [], state: new Map() };
        const readers = [undefined, "x", "y", "x"].map((wanted) => createReader(fixture, model, wanted));
        let counter = 0;
        const record = (revision: number, changed: string, after: State | undefined): void => {
          model.log.push({ revision, name: changed, before: model.state.get(changed), after });
          if (after) model.state.set(changed, after);
          else model.state.delete(changed);
        };
        const put = async (changed: string, label: string): Promise<void> => {
          const value = String(counter++);
          // Large enough that a reader that pauses falls behind what is queued for it.
          const revision = await fixture.put(changed, value, { app: label, filler: "x".repeat(60_000) });
          record(revision, changed, { value, app: label });
        };
        try {
          for (const step of actions) {
            switch (step.do) {
              case "put":
                await put(step.name, step.app);
                break;
              case "burst":
                for (let i = 0; i < step.count; i++) await put(step.name, i % 2 === 0 ? step.app : "y");
                break;
              case "remove":
                if (model.state.has(step.name)) record(await fixture.remove(step.name), step.name, undefined);
                break;
              case "connect":
                readers[step.reader]?.disconnect();
                await readers[step.reader]?.connect(step.limit, () => put("e", "x"));
                break;
              case "disconnect":
                readers[step.reader]?.disconnect();
                break;
              case "read":
                await readers[step.reader]?.read(step.count);
                break;
              case "compact":
                fixture.store.compact();
                break;
              case "restart":
                for (const one of readers) one.disconnect();
                fixture.restart();
                break;
            }
          }
          for (const one of readers) await one.settle();
        } finally {
          fixture.close();
        }
      }),
      { numRuns: RUNS },
    );
  });
});
