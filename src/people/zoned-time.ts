/**
 * Wall clock times of a time zone, and the instants they mean. A wall time that a clock change makes happen twice means its first
 * occurrence; one that it skips means as much after the change as it is after the skipped hour's beginning (as
 * `Temporal`'s "compatible" does). So neighbouring shifts that meet at a wall time always meet, without gap or overlap.
 */

/** Milliseconds as if the wall clock showed UTC. */
type WallTime = number;

export type ZoneClock = {
  wallOf(instant: Date): WallTime;
  instantOf(wall: WallTime): Date;
};

const dayMs = 86_400_000;

export function zoneClock(timeZone: string): ZoneClock {
  const formatter = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const wallOf = (instant: number) => instant + offsetAt(formatter, instant);
  return {
    wallOf: (instant) => wallOf(instant.getTime()),
    instantOf(wall) {
      // A day away on both sides the offsets before and after a clock change near this time are in force.
      const before = wall - offsetAt(formatter, wall - dayMs);
      const after = wall - offsetAt(formatter, wall + dayMs);
      const meant = [before, after].filter((instant) => wallOf(instant) === wall);
      return new Date(meant.length > 0 ? Math.min(...meant) : before);
    },
  };
}

/** Whether it is a name of the IANA data base, e.g. `Europe/Dublin`; a bare offset has no clock changes and is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Z]/i.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false; // the formatter's only failure here is an unknown zone
  }
}

/** What the zone's clocks are ahead of UTC at that instant. */
function offsetAt(formatter: Intl.DateTimeFormat, instant: number): number {
  const seconds = Math.floor(instant / 1000) * 1000;
  const parts = formatter.formatToParts(seconds);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  const [year, month, day] = [part("year"), part("month") - 1, part("day")];
  return Date.UTC(year, month, day, part("hour"), part("minute"), part("second")) - seconds;
}
