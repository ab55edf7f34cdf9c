import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";

/** Makes the ids of one workspace: readable and counted, except where Slack's own are random. */
export type Ids = {
  /** `F0001`, `F0002`, … */
  next: (prefix: string) => string;
  /** A message ts, `<unix s>.<6 digits>`, always later than the last. */
  ts: () => string;
  random: () => string;
};

export function createIds(clock: Clock): Ids {
  const counts = new Map<string, number>();
  let lastMicroseconds = 0;
  return {
    next(prefix) {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      return `${prefix}${String(count).padStart(4, "0")}`;
    },
    ts() {
      lastMicroseconds = Math.max(clock.now() * 1000, lastMicroseconds + 100);
      const seconds = Math.floor(lastMicroseconds / 1_000_000);
      return `${seconds}.${String(lastMicroseconds % 1_000_000).padStart(6, "0")}`;
    },
    random: () => randomBytes(6).toString("hex"),
  };
}
