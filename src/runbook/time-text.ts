/** Years that a person can mean; outside of them something was mistyped. */
const years = { first: 1970, last: 2099 };

/** `YYYY-MM-DD` of a day that exists, else undefined. */
export function canonicalDate(text: string): string | undefined {
  const [, year, month, day] = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text) ?? [];
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined;
  return text;
}

/**
 * An instant as `YYYY-MM-DDTHH:mm:ssZ`: from epoch seconds (Slack's datetimepicker) or from ISO 8601 with a zone.
 * A time without a zone is refused: nobody knows which hour it means. Fractions of a second are cut off.
 */
export function canonicalDateTime(value: string | number): string | undefined {
  const seconds = typeof value === "number" ? value : epochSecondsOf(value);
  if (seconds === undefined || !Number.isInteger(seconds)) return undefined;
  const text = secondsText(seconds);
  const year = Number(text?.slice(0, 4));
  return text !== undefined && year >= years.first && year <= years.last ? text : undefined;
}

/** Epoch seconds as `YYYY-MM-DDTHH:mm:ssZ`; undefined outside of what a `Date` can hold. */
export function secondsText(seconds: number): string | undefined {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(/\.\d{3}Z$/, "Z");
}

const iso =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.[0-9]{1,9})?)?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])$/;

function epochSecondsOf(text: string): number | undefined {
  if (/^[0-9]{9,10}$/.test(text)) return Number(text);
  const [, day, hours, minutes, seconds = "00", zone] = iso.exec(text) ?? [];
  if (day === undefined || canonicalDate(day) === undefined) return undefined;
  return Date.parse(`${day}T${hours}:${minutes}:${seconds}${zone}`) / 1000;
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < years.first || year > years.last || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
