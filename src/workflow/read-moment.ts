import { momentAt } from "../request/zoned-time.ts";

/** `2026-12-01` or `2026-12-01 18:00`, in the zone of `access.yml`; a day that ends it is meant to its end. */
export function readMoment(typed: string, timezone: string, edge: "start" | "end"): Date | undefined {
  const [, day = "", time] = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}))?$/.exec(typed) ?? [];
  const date = new Date(`${day}T${time ?? "00:00"}Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day) return undefined;
  if (time === undefined && edge === "end") date.setUTCDate(date.getUTCDate() + 1);
  return momentAt(timezone, date.toISOString().slice(0, "2026-12-01T18:00".length));
}
