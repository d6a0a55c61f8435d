import { expect, it } from "vitest";
import { isReason } from "../lib/errors.ts";
import { createInFlightLimit } from "./in-flight.ts";

it("runs so many at once, lets so many wait in order and refuses the rest", async () => {
  const limit = createInFlightLimit({ running: 2, waiting: 2 });
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const runs = gates.map(({ promise }, index) =>
    limit.run(async () => {
      started.push(index);
      await promise;
      return index;
    }),
  );
  await expect(runs[4]).rejects.toSatisfy((error) => isReason(error, "TooManyRequests"));
  expect(started).toEqual([0, 1]);
  gates[1]?.reject(new Error("failed"));
  await expect(runs[1]).rejects.toThrow("failed");
  for (const { resolve } of gates) resolve();
  expect(await Promise.all([runs[0], runs[2], runs[3]])).toEqual([0, 2, 3]);
  expect(started).toEqual([0, 1, 2, 3]);
});
