export const dayMs = 86_400_000;

/** How a day is written in a partition; each sorts as text the way its days follow each other. */
const dayFormats = ["yyyy/MM/dd", "yyyy-MM-dd", "yyyyMMdd"] as const;
export type DayFormat = (typeof dayFormats)[number];

/** A UTC time in one of `dayFormats`; undefined for another format. */
export function formatTime(ms: number, format: string): string | undefined {
  if (!isDayFormat(format) || !Number.isFinite(ms)) return undefined;
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  // Beyond four digits texts no longer sort like days.
  if (!(year >= 1 && year <= 9999)) return undefined;
  const two = (value: number) => String(value).padStart(2, "0");
  return format
    .replace("yyyy", String(year).padStart(4, "0"))
    .replace("MM", two(date.getUTCMonth() + 1))
    .replace("dd", two(date.getUTCDate()));
}

/** The start of the day that a text names, as UTC milliseconds; undefined unless it is written exactly so. */
export function parseTime(text: string, format: string): number | undefined {
  if (!isDayFormat(format)) return undefined;
  const pattern = format.replace("yyyy", "(\\d{4})").replace("MM", "(\\d{2})").replace("dd", "(\\d{2})");
  const match = new RegExp(`^${pattern}$`).exec(text);
  if (!match) return undefined;
  const [, year = "", month = "", day = ""] = match;
  const ms = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  // 2026-02-30 is refused or rolled over depending on the engine; only real days come back as written.
  return formatTime(ms, format) === text ? ms : undefined;
}

/** Trino's `date_add`: months and years keep the day of the month as far as the month has it. */
export function addTime(ms: number, amount: number, unit: string): number | undefined {
  const perUnit = unitMs[unit];
  if (perUnit !== undefined) return ms + amount * perUnit;
  const months = { month: 1, quarter: 3, year: 12 }[unit];
  if (months === undefined || !Number.isInteger(amount)) return undefined;
  const date = new Date(ms);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + amount * months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

const unitMs: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: dayMs,
  week: 7 * dayMs,
};

function isDayFormat(format: string): format is DayFormat {
  return (dayFormats as readonly string[]).includes(format);
}
