/** Builds the 422 answer that lists an object's faults. */
import type { KubeObject } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import type { Fault } from "../schema/index.ts";
import type { ServedResource } from "../resources.ts";

export const required = (field: string, hint = ""): Fault => ({
  field,
  reason: "FieldValueRequired",
  message: hint === "" ? "Required value" : `Required value: ${hint}`,
});

/** `value` as Go's %#v-like printing of field errors shows scalars; other values as JSON. */
export const invalid = (field: string, value: unknown, text: string): Fault => ({
  field,
  reason: "FieldValueInvalid",
  message: `Invalid value: ${JSON.stringify(value) ?? "null"}: ${text}`,
});

/** An invalid value whose printed form is given. */
export const invalidPrinted = (field: string, printed: string, text: string): Fault => ({
  field,
  reason: "FieldValueInvalid",
  message: `Invalid value: ${printed}: ${text}`,
});

export const unsupported = (field: string, value: unknown, supported: readonly string[]): Fault => ({
  field,
  reason: "FieldValueNotSupported",
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((item) => JSON.stringify(item)).join(", ")}`,
});

export const duplicate = (field: string, value: unknown): Fault => ({
  field,
  reason: "FieldValueDuplicate",
  message: `Duplicate value: ${JSON.stringify(value)}`,
});

export const forbidden = (field: string, text: string): Fault => ({ field, reason: "FieldValueForbidden", message: `Forbidden: ${text}` });

/** The error of an object with faults. */
export function toInvalidError(
  { group, kind }: Pick<ServedResource, "group" | "kind">,
  name: string,
  faults: readonly Fault[],
): SkiffError {
  const texts = faults.map(({ field, message }) => `${field === "" ? "<nil>" : field}: ${message}`);
  const who = group === "" ? kind : `${kind}.${group}`;
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new SkiffError("Invalid", `${who} ${JSON.stringify(name)} is invalid: ${joined}`, {
    details: {
      name,
      ...(group === "" ? {} : { group }),
      kind,
      causes: faults.map(({ field, reason, message }) => ({ reason, message, field })),
    },
  });
}

/** What a check of one kind sees: the object to store and, on updates, the one that is stored. */
export interface Checked {
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
}
