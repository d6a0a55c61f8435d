import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { KubeObject } from "../../../api/index.ts";
import { getTypeSchema } from "../schema/index.ts";
import { applyConfiguration } from "./apply.ts";
import { equalSets, parseFieldsV1, toFieldsV1 } from "./field-set.ts";
import { parseManagers } from "./managed-fields.ts";
import { trackUpdate, type Writer } from "./track-update.ts";

const writer = (manager: string): Writer => ({
  manager,
  apiVersion: "v1",
  subresource: undefined,
  schema: getTypeSchema("core.Pod"),
  hasStatus: true,
  now: "2026-01-01T00:00:00Z",
});

const words = fc.constantFrom("a", "b", "c");
const container = fc.record({ name: words, image: words, tty: fc.boolean() }, { requiredKeys: ["name"] });
const pod = fc.record({
  labels: fc.dictionary(words, words, { maxKeys: 3 }),
  finalizers: fc.uniqueArray(fc.constantFrom("x/a", "x/b", "x/c")),
  hostname: fc.option(words, { nil: undefined }),
  containers: fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 3 }),
});
type Wanted = typeof pod extends fc.Arbitrary<infer T> ? T : never;

const EMPTY = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", uid: "u" } } as KubeObject;

function toPod({ labels, finalizers, hostname, containers }: Wanted): KubeObject {
  const metadata = { name: "p", ...(Object.keys(labels).length > 0 ? { labels } : {}), ...(finalizers.length > 0 ? { finalizers } : {}) };
  const spec = { ...(hostname === undefined ? {} : { hostname }), ...(containers.length > 0 ? { containers } : {}) };
  return structuredClone({ apiVersion: "v1", kind: "Pod", metadata, spec }) as KubeObject;
}

/** True when everything of `part` is in `whole`, items of lists by name or value. */
function holds(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((item: unknown) => whole.some((other: unknown) => holds(other, item)));
  }
  if (typeof part !== "object" || part === null) return whole === part;
  return Object.entries(part).every(([key, value]) => holds((whole as Record<string, unknown> | undefined)?.[key], value));
}

const step = fc.record({ manager: fc.constantFrom("m", "n", "o"), wanted: pod });

it("of chance: a forced apply is there, is idempotent, and leaves the live object alone", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), step, (history, { manager, wanted }) => {
      let live = EMPTY;
      for (const earlier of history) live = applyConfiguration(writer(earlier.manager), live, toPod(earlier.wanted), true);
      const before = structuredClone(live);
      const next = applyConfiguration(writer(manager), live, toPod(wanted), true);
      expect(live).toEqual(before);
      expect(holds(next, toPod(wanted))).toBe(true);
      expect(applyConfiguration(writer(manager), next, toPod(wanted), false)).toEqual(next);
    }),
  );
});

it("of chance: what was applied goes when every applier lets go", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (history) => {
      let live = EMPTY;
      for (const { manager, wanted } of history) live = applyConfiguration(writer(manager), live, toPod(wanted), true);
      for (const { manager } of history) {
        live = applyConfiguration(writer(manager), live, { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } }, true);
      }
      const { metadata, ...rest } = live as KubeObject & { spec?: unknown };
      // An empty spec that nobody owned may have gone to "before-first-apply", as upstream does it.
      expect(JSON.stringify(metadata.managedFields ?? [])).not.toContain('"Apply"');
      expect(metadata.labels ?? {}).toEqual({});
      expect(metadata.finalizers ?? []).toEqual([]);
      const spec = (rest.spec ?? {}) as { containers?: unknown[]; hostname?: string };
      expect(spec.containers ?? []).toEqual([]);
      expect(spec.hostname).toBeUndefined();
    }),
  );
});

it("of chance: every field of an updated object has an owner, and FieldsV1 reads back", () => {
  fc.assert(
    fc.property(pod, pod, (first, second) => {
      const live = toPod(first);
      trackUpdate(writer("m"), undefined, live);
      const next = toPod(second);
      trackUpdate(writer("n"), live, next);
      const managers = parseManagers(next.metadata.managedFields);
      expect(managers).toBeDefined();
      for (const { fields } of managers?.values() ?? []) {
        const again = parseFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(fields))));
        expect(again && equalSets(again, fields)).toBe(true);
      }
      const owned = JSON.stringify(next.metadata.managedFields ?? []);
      for (const key of Object.keys(second.labels)) expect(owned).toContain(`"f:${key}"`);
      for (const { name } of second.containers) expect(owned).toContain(String.raw`k:{\"name\":\"${name}\"}`);
    }),
  );
});
