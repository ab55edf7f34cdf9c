/** Local time like `2026-11-21T02:10:00`, without a zone; the Swedish form is ISO 8601 with a space. */
export function localTime(timezone: string, at: Date): string {
  const format = new Intl.DateTimeFormat("sv", {
    timeZone: timezone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return format.format(at).replace(" ", "T");
}

/**
 * The moment at which clocks of the zone show this local time, like `2026-12-01T07:00`. Of a time that comes twice
 * or is left out when clocks change, a moment at most an hour away.
 */
export function momentAt(timezone: string, local: string): Date {
  const wanted = Date.parse(`${local}Z`);
  const offset = (at: number) => Date.parse(`${localTime(timezone, new Date(at))}Z`) - at;
  const guess = wanted - offset(wanted);
  return new Date(wanted - offset(guess));
}
