import type { Sample } from "./exposition.ts";

export type Tally<T extends string> = { add(value: T): void; samples(): Sample[] };

/** Counts since this process began, by one label whose values are all known: each stands there from the start, as 0. */
export function tally<T extends string>(family: string, label: string, values: readonly T[]): Tally<T> {
  const counts = new Map<T, number>(values.map((value) => [value, 0]));
  return {
    add: (value) => void counts.set(value, (counts.get(value) ?? 0) + 1),
    samples: () => [...counts].map(([text, value]) => ({ family, labels: { [label]: text }, value })),
  };
}

/** How many, without a label. */
export function count(family: string): { add(): void; samples(): Sample[] } {
  let value = 0;
  return {
    add: () => {
      value += 1;
    },
    samples: () => [{ family, value }],
  };
}

/** How long something took, in seconds, for each value of one label. @param bounds upper bounds, ascending */
export function durations<T extends string>(
  family: string,
  label: string,
  values: readonly T[],
  bounds: readonly number[],
): { add(value: T, seconds: number): void; samples(): Sample[] } {
  const seen = new Map(
    values.map((value): [T, Seen] => [value, { within: bounds.map(() => 0), sum: 0, count: 0 }]),
  );
  return {
    add(value, seconds) {
      const own = seen.get(value);
      if (!own) return;
      own.sum += seconds;
      own.count += 1;
      own.within = own.within.map((so, index) => so + (seconds <= (bounds[index] ?? 0) ? 1 : 0));
    },
    samples: () =>
      [...seen].flatMap(([text, { within, sum, count: all }]) => {
        const labels = { [label]: text };
        const bucket = (le: string, value: number): Sample => ({
          family,
          ending: "_bucket",
          labels: { ...labels, le },
          value,
        });
        return [
          ...within.map((value, index) => bucket(String(bounds[index]), value)),
          bucket("+Inf", all),
          { family, ending: "_sum", labels, value: sum },
          { family, ending: "_count", labels, value: all },
        ];
      }),
  };
}

/** `within`: how many took no longer than each bound. */
type Seen = { within: number[]; sum: number; count: number };
