import type { AutoLimits } from "./request.ts";

/** `at most 5 requests, 100 rows and 4,096 bytes of one person a day` */
export function limitWords({ perPersonPerDay, rowsPerDay, bytesPerDay }: AutoLimits): string {
  const parts = [
    `${perPersonPerDay} ${perPersonPerDay === 1 ? "request" : "requests"}`,
    ...(rowsPerDay === undefined ? [] : [`${rowsPerDay.toLocaleString("en-GB")} rows`]),
    ...(bytesPerDay === undefined ? [] : [`${bytesPerDay.toLocaleString("en-GB")} bytes`]),
  ];
  const last = parts.at(-1) ?? "";
  const all = parts.length === 1 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
  return `at most ${all} of one person a day`;
}
