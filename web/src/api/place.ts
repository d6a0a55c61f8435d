/** Keeps the place in the dashboard across a sign-in: browsers drop the part after `#` when the sign-in form is sent. */

const KEY = "skiff.place";
const VALID_MS = 30 * 60_000;

/** Stores where the reader is, for this tab. */
export function rememberPlace(): void {
  sessionStorage.setItem(KEY, JSON.stringify({ hash: location.hash, at: Date.now() }));
}

/** Returns to the stored place, once, when the page was opened without one of its own. */
export function restorePlace(): void {
  const stored = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (stored === null || location.hash.length > 2) return;
  const { hash, at } = JSON.parse(stored) as { hash: string; at: number };
  // A hash changes the place within this page and can lead nowhere else.
  if (hash.startsWith("#/") && Date.now() - at < VALID_MS) history.replaceState(null, "", hash);
}
