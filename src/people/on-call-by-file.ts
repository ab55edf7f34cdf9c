import { momentOf, type FileSchedule } from "./oncall-file.ts";
import { zoneClock, type ZoneClock } from "./zoned-time.ts";

const weekMs = 7 * 86_400_000;

/** Slack users on call at that moment: those of the shifts that last then, else the rotation's. */
export function onCallByFile({ timeZone, rotation, shifts = [] }: FileSchedule, at: Date): string[] {
  const clock = zoneClock(timeZone);
  const covering = shifts.filter(
    ({ start, end }) => momentOf(start, clock) <= at && at < momentOf(end, clock),
  );
  if (covering.length > 0) return [...new Set(covering.map(({ user }) => user))];
  const user = rotation && inRotation(rotation, clock, at);
  return user === undefined ? [] : [user];
}

/**
 * Handovers are compared as instants, not as wall times: when clocks go back, a wall time after a handover comes again
 * before it, and nobody is on call twice for that.
 */
function inRotation(
  { startsOn, handover, users }: NonNullable<FileSchedule["rotation"]>,
  clock: ZoneClock,
  at: Date,
): string | undefined {
  const first = Date.parse(`${startsOn}T${handover}Z`);
  const near = Math.floor((clock.wallOf(at) - first) / weekMs);
  const week = [near + 1, near, near - 1].find((n) => clock.instantOf(first + n * weekMs) <= at);
  return week === undefined || week < 0 ? undefined : users[week % users.length];
}
