import { dayMs, formatTime, parseTime } from "../sql/calendar.ts";

/** More prefixes than these are not worth their characters in a session policy; a coarser one stands for them. */
const maxPrefixes = 4;

/** More days than `maxPrefixes` years have: no way of writing them fits, so they need not be written. */
const maxDays = (maxPrefixes + 1) * 366;

/** What a query holds a partition column to. */
export type Pin =
  | { kind: "values"; values: readonly string[] }
  /** Days as `yyyy-MM-dd`, both included; `only` when some between them are left out. */
  | { kind: "days"; format: string; from: string; to: string; only?: readonly string[] };

/**
 * The S3 prefixes under which the rows of a query lie. Each `{column}` that the query holds to few values is filled
 * in, from the left; days that are too many become their months or years where the path has them as folders. The first
 * one that is not held ends the prefix at the folder before. Each ends in `/`.
 */
export function dataPrefixes(template: string, pins: Readonly<Record<string, Pin | undefined>>): string[] {
  let prefixes = [""];
  for (const part of template.split(/(\{[a-z0-9_]+\})/)) {
    if (!part.startsWith("{")) {
      prefixes = prefixes.map((prefix) => prefix + part);
      continue;
    }
    const pin = pins[part.slice(1, -1)];
    const choice = (pin ? candidates(pin) : []).find(
      ({ texts }) => prefixes.length * texts.length <= maxPrefixes,
    );
    if (!choice) return [...new Set(prefixes.map((prefix) => prefix.slice(0, prefix.lastIndexOf("/") + 1)))];
    prefixes = prefixes.flatMap((prefix) => choice.texts.map((text) => prefix + text));
    if (choice.ends) return prefixes.map((prefix) => `${prefix}/`);
  }
  return prefixes;
}

/** Four days, so as many prefixes as there can be, for the length that a policy can reach. */
export function widestDays(format: string): Pin {
  return { kind: "days", format, from: "2026-10-10", to: "2026-10-13" };
}

type Candidate = { texts: readonly string[]; ends: boolean };

/** From the narrowest to the widest way of writing a pin. */
function candidates(pin: Pin): Candidate[] {
  if (pin.kind === "values") {
    // Anything else could change the meaning of the path, or of the pattern that a policy makes of it.
    const plain = pin.values.every((value) => /^[A-Za-z0-9_=-][A-Za-z0-9_.=-]{0,99}$/.test(value));
    return plain && pin.values.length > 0 ? [{ texts: pin.values, ends: false }] : [];
  }
  const days = daysOf(pin);
  if (days.length === 0) return [];
  const exact = { texts: days, ends: false };
  if (pin.format !== "yyyy/MM/dd") return [exact];
  return [exact, folders(days, 7), folders(days, 4)];
}

function folders(days: readonly string[], length: number): Candidate {
  return { texts: [...new Set(days.map((day) => day.slice(0, length)))], ends: true };
}

/** Every day of a pin, never a part of them; none when they are too many for any folder. */
function daysOf({ format, from, to, only }: Pin & { kind: "days" }): string[] {
  const written = format === "date" ? "yyyy-MM-dd" : format;
  const days = only?.map((day) => parseTime(day, "yyyy-MM-dd")) ?? daysBetween(from, to);
  const texts = days.map((ms) => (ms === undefined ? undefined : formatTime(ms, written)));
  return texts.length > maxDays || texts.includes(undefined) ? [] : texts.filter((day) => day !== undefined);
}

function daysBetween(from: string, to: string): number[] {
  const first = parseTime(from, "yyyy-MM-dd");
  const last = parseTime(to, "yyyy-MM-dd");
  if (first === undefined || last === undefined) return [];
  const days = Math.round((last - first) / dayMs) + 1;
  return days > maxDays ? [] : Array.from({ length: Math.max(0, days) }, (_, at) => first + at * dayMs);
}
