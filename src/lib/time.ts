/** Times as Kubernetes writes them. */

/** metav1.Time: RFC 3339 in UTC with whole seconds. `ms` is milliseconds since the epoch, by default now. */
export function toTime(ms: number = Date.now()): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
