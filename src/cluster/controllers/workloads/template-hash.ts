/** The short name of a pod template's content: `pod-template-hash` and names of revisions. */

// apimachinery's util/rand SafeEncodeString: no vowels, so no words appear by accident.
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** JSON with sorted keys: equal content is equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .join(",")}}`;
}

/** FNV-1a over the template and the number of collisions so far, in the safe alphabet. Follows ComputeHash (its digits differ). */
export function hashTemplate(template: unknown, collisionCount = 0): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${canonical(template)}${collisionCount || ""}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return Array.from(String(hash), (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join("");
}
