/** Kubernetes' quantities (`500m`, `1Gi`, `1e3`): exact arithmetic and the canonical text. Follows apimachinery pkg/api/resource. */

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

export interface Quantity {
  /** Thousand-millionths, rounded up as upstream does. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const NANO = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const SYNTAX = /^([+-]?)(\d{0,30})(?:\.(\d{0,30}))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;
const MAX_EXPONENT = 40;

/** Divides away from zero. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value > 0n ? quotient + 1n : quotient - 1n;
}

/** Parses a quantity; numbers are taken as their text. undefined when it is none. */
export function parseQuantity(value: unknown): Quantity | undefined {
  const text = typeof value === "number" ? String(value) : value;
  const parts = typeof text === "string" ? SYNTAX.exec(text) : null;
  if (!parts) return undefined;
  const [, sign, whole = "", fraction = "", suffix = ""] = parts;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const scale = 10n ** BigInt(fraction.length);
  const shift = BINARY[suffix];
  if (shift !== undefined) return { nano: divideUp(digits * NANO * 2n ** shift, scale), format: "BinarySI" };
  const exponential = suffix.length > 1;
  const exponent = exponential ? Number(suffix.slice(1)) : (DECIMAL[suffix] ?? 0);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const format = exponential ? "DecimalExponent" : "DecimalSI";
  const factor = 10n ** BigInt(Math.abs(exponent));
  return { nano: exponent >= 0 ? divideUp(digits * NANO * factor, scale) : divideUp(digits * NANO, scale * factor), format };
}

function decimalText(nano: bigint, suffixOf: (exponent: number) => string): string {
  let value = nano;
  let exponent = -9;
  while (exponent < 18 && value % 1000n === 0n) {
    value /= 1000n;
    exponent += 3;
  }
  return `${value}${suffixOf(exponent)}`;
}

/** The canonical text: no fraction, the largest suffix that keeps the value exact. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return "0";
  if (format === "BinarySI" && nano % NANO === 0n) {
    let value = nano / NANO;
    let index = 0;
    const suffixes = ["", ...Object.keys(BINARY)];
    while (index < suffixes.length - 1 && value % 1024n === 0n) {
      value /= 1024n;
      index++;
    }
    return `${value}${suffixes[index]}`;
  }
  if (format === "DecimalExponent") return decimalText(nano, (exponent) => (exponent === 0 ? "" : `e${exponent}`));
  const suffixes = new Map(Object.entries(DECIMAL).map(([suffix, exponent]) => [exponent, suffix]));
  return decimalText(nano, (exponent) => suffixes.get(exponent) ?? "");
}

/** The sum, in the format of the first that is not zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

export const ZERO_QUANTITY: Quantity = { nano: 0n, format: "DecimalSI" };
