import * as z from "zod";
import type { Problem } from "../errors.ts";
import { readYamlFile, type ReadYamlFile } from "../runbook/yaml-file.ts";
import type { PeopleFile } from "./people-file.ts";
import { slackMember } from "./slack-member.ts";
import { isTimeZone, zoneClock, type ZoneClock } from "./zoned-time.ts";

const aDate = "a date like 2026-01-05";
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, aDate)
  .refine((text) => z.iso.date().safeParse(text).success, aDate);
const wallClock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a wall clock time like 09:00");
/** Without an offset it is a wall time of the schedule's zone. */
const moment = z.union(
  [z.iso.datetime({ local: true }), z.iso.datetime({ offset: true })],
  "a time like 2026-01-05T09:00 in the schedule's zone, or with an offset",
);

const schedule = z
  .strictObject({
    timeZone: z
      .string()
      .refine(isTimeZone, "a time zone of the IANA data base, e.g. Europe/Dublin")
      .meta({ description: "Every time without an offset is a wall time there." }),
    rotation: z
      .strictObject({
        startsOn: date.meta({ description: "Day of the first handover; its weekday is every handover's." }),
        handover: wallClock,
        users: z.array(slackMember).min(1, "a rotation needs at least one person"),
      })
      .exactOptional()
      .meta({ description: "One week each, in this order, over and over." }),
    shifts: z
      .array(z.strictObject({ start: moment, end: moment, user: slackMember }))
      .exactOptional()
      .meta({ description: "While any of these lasts, they are on call and the rotation is not." }),
  })
  .refine(({ rotation, shifts }) => rotation || shifts, "a schedule needs a rotation or shifts");

/** `oncall.yml`: schedules of a deployment that has no provider for them. */
export const onCallSchema = z.strictObject({
  schedules: z.record(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "a name like orders-primary"), schedule),
});

export type OnCallFile = z.infer<typeof onCallSchema>;
export type FileSchedule = OnCallFile["schedules"][string];

/** Also refused: a shift that ends before it starts. */
export function readOnCall(file: string, bytes: Uint8Array): PeopleFile<OnCallFile> {
  const read = readYamlFile(file, bytes, onCallSchema);
  if (read.status === "refused") return read;
  const problems = endlessShifts(read);
  return problems.length > 0 ? { status: "refused", problems } : { status: "read", value: read.value };
}

/** The instant that a shift's `start` or `end` means. */
export function momentOf(text: string, clock: ZoneClock): Date {
  return /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? new Date(text) : clock.instantOf(Date.parse(`${text}Z`));
}

function endlessShifts({ value, problemAt }: ReadYamlFile<OnCallFile>): Problem[] {
  return Object.entries(value.schedules).flatMap(([name, { timeZone, shifts = [] }]) => {
    const clock = zoneClock(timeZone);
    return shifts.flatMap(({ start, end }, at) =>
      momentOf(start, clock) < momentOf(end, clock)
        ? []
        : [problemAt(["schedules", name, "shifts", at, "end"], "a shift ends after it starts")],
    );
  });
}
