import type { Report } from "./lane-process.ts";

/** What was played, what was done to it and how it ended; one line for each thing that was counted. */
export function tableOf(
  reports: readonly Report[],
  about: { ms: number; replicas: number; as: string },
): string {
  const total = new Map<string, number>();
  for (const { tally } of reports)
    for (const [name, count] of Object.entries(tally)) total.set(name, (total.get(name) ?? 0) + count);
  const seconds = about.ms / 1_000;
  const violated = reports.filter(({ trouble }) => trouble !== undefined).length;
  const sum = (prefix: string) =>
    [...total].filter(([name]) => name.startsWith(prefix)).reduce((all, [, count]) => all + count, 0);
  const rows: [string, string | number][] = [
    ...[...total].toSorted(([a], [b]) => a.localeCompare(b)),
    ["faults that hit", sum("fault: ")],
    ["requests", sum("request: ")],
    ["runs", sum("run: ")],
    ["stories", `${reports.length} with ${about.replicas} replicas, ${about.as}`],
    ["time", `${Math.round(seconds)} s, ${(reports.length / seconds).toFixed(2)} stories/s`],
    ["stories with a violation", violated],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
