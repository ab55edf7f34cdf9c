/**
 * The deepest folder that holds all of the prefixes, or the prefixes themselves if none does. `2026/11/20/` and
 * `2026/11/21/` lie in `2026/11/`. Each prefix ends in `/`; the result is sorted.
 */
export function sharedFolder(prefixes: readonly string[]): string[] {
  const [first, ...others] = [...new Set(prefixes)].sort();
  if (first === undefined) return [];
  const folders = first.split("/").slice(0, -1);
  const ways = folders.map((_, depth) => `${folders.slice(0, depth + 1).join("/")}/`);
  const shared = ways.findLast((way) => others.every((other) => other.startsWith(way)));
  return shared === undefined ? [first, ...others] : [shared];
}
