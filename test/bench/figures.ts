/** The value below which this share of them lies; 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export type Figures = { name: string; times: readonly number[] };

/** A table of medians and p95 in milliseconds, each median also as a multiple of the first line's. */
export function printRatios(title: string, [bare, ...rest]: readonly [Figures, ...Figures[]]): void {
  const bareMedian = quantile(bare.times, 0.5);
  console.log(`\n${title.padEnd(44)}   median      p95  × bare   (ms)`);
  for (const { name, times } of [bare, ...rest]) {
    const median = quantile(times, 0.5);
    const cells = [median.toFixed(1), quantile(times, 0.95).toFixed(1), (median / bareMedian).toFixed(1)];
    console.log(`${name.padEnd(44)} ${cells.map((cell) => cell.padStart(8)).join(" ")}`);
  }
}
