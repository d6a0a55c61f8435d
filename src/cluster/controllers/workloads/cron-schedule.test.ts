import { describe, expect, test } from "vitest";
import { parseSchedule } from "./cron-schedule.ts";

const at = (text: string): number => Date.parse(text);
const next = (schedule: string, after: string, zone?: string): string | undefined => {
  const time = parseSchedule(schedule, zone).next(at(after));
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);
};

describe("parseSchedule", () => {
  test.each([
    ["*/15 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:15"],
    ["0 9 * * MON-FRI", "2026-01-02T10:00:00Z", "2026-01-05T09:00"],
    ["@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00"],
    ["@hourly", "2026-01-01T00:30:00Z", "2026-01-01T01:00"],
    ["0 0 ? * *", "2026-01-01T00:00:00Z", "2026-01-02T00:00"],
    // Day of month and day of week: either will do, as cron has it.
    ["0 0 13 * FRI", "2026-01-01T12:00:00Z", "2026-01-02T00:00"],
    ["@every 1h30m", "2026-01-01T00:00:00Z", "2026-01-01T01:30"],
    ["0 0 30 2 *", "2026-01-01T00:00:00Z", undefined],
  ])("%s after %s is %s", (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });

  test("in a time zone, over a change of clocks", () => {
    expect(next("0 9 * * *", "2026-01-01T12:00:00Z", "Europe/Berlin")).toBe("2026-01-02T08:00");
    expect(next("0 9 * * *", "2026-07-01T12:00:00Z", "Europe/Berlin")).toBe("2026-07-02T07:00");
    const across = parseSchedule("0 9 * * *", "Europe/Berlin").next(at("2026-03-28T12:00:00Z"));
    expect(new Date(across ?? 0).toISOString()).toBe("2026-03-29T07:00:00.000Z");
  });

  test("missed times: the latest counts, however many there are", () => {
    const minutely = parseSchedule("* * * * *");
    expect(minutely.missed(at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:59Z"))).toBeUndefined();
    expect(minutely.missed(at("2026-01-01T00:00:00Z"), at("2026-01-01T00:01:00Z"))).toEqual({
      latest: at("2026-01-01T00:01:00Z"),
      count: 1,
    });
    expect(minutely.missed(at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:30Z"))).toEqual({
      latest: at("2026-01-01T00:00:00Z"),
      count: 101,
    });
    expect(minutely.missed(at("2026-01-01T00:01:00Z"), at("2026-01-01T00:00:00Z"))).toBeUndefined();
    expect(parseSchedule("@every 10m").missed(at("2026-01-01T00:00:00Z"), at("2026-01-01T00:25:00Z"))).toEqual({
      latest: at("2026-01-01T00:20:00Z"),
      count: 2,
    });
  });

  test.each(["", "61 * * * *", "* * * *", "* * * * * *", "@every x", "@sometimes"])("%j is no schedule", (text) => {
    expect(() => parseSchedule(text)).toThrow(/unparseable schedule/);
  });

  test("an unknown time zone is refused", () => {
    expect(() => parseSchedule("* * * * *", "Mars/Olympus").next(0)).toThrow();
  });
});
