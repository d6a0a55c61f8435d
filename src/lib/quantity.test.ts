import { expect, test } from "vitest";
import { addQuantities, formatQuantity, parseQuantity, ZERO_QUANTITY, type Quantity } from "./quantity.ts";

const canonical = (text: unknown): string => formatQuantity(parseQuantity(text) ?? ZERO_QUANTITY);

test.each([
  ["0", "0"],
  ["1", "1"],
  ["0.5", "500m"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["1024", "1024"],
  ["1000", "1k"],
  ["1024Mi", "1Gi"],
  ["1.5Gi", "1536Mi"],
  ["100Mi", "100Mi"],
  ["1e3", "1e3"],
  ["12e6", "12e6"],
  ["-2", "-2"],
  ["0.0000000001", "1n"],
  [2, "2"],
])("%s is %s", (text, expected) => {
  expect(canonical(text)).toBe(expected);
});

test.each(["", "a", "1.2.3", "1KiB", "--1", "1e999", "1 Gi", null, {}])("%j is no quantity", (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});

test("sums keep the format of the first", () => {
  const get = (text: string): Quantity => parseQuantity(text) ?? ZERO_QUANTITY;
  expect(formatQuantity(addQuantities(get("1Gi"), get("512Mi")))).toBe("1536Mi");
  expect(formatQuantity(addQuantities(ZERO_QUANTITY, get("512Mi")))).toBe("512Mi");
  expect(formatQuantity(addQuantities(get("250m"), get("1")))).toBe("1250m");
});
