import { known, unavailable, type Asked } from "./asked.ts";
import { linkPeople } from "./link-people.ts";
import { onCallByFile } from "./on-call-by-file.ts";
import type { OnCallFile } from "./oncall-file.ts";
import type { People } from "./people-file.ts";
import type { OnCallPerson, ScheduleRef, Schedules } from "./ports.ts";
import type { ProviderSchedules } from "./provider-schedule.ts";
import { why } from "./sentences.ts";

export type SchedulesOptions = {
  pagerDuty?: ProviderSchedules;
  opsgenie?: ProviderSchedules;
  /** `oncall.yml` as last read. */
  onCallFile?: () => OnCallFile;
  /** `people.yml` as last read. */
  people: () => People;
};

/** Every kind of schedule behind one question. Remembers nothing: each answer is fresh. */
export function createSchedules(options: SchedulesOptions): Schedules {
  return {
    async onCall(ref, at) {
      if (Number.isNaN(at.getTime())) return unavailable(why.noTime);
      return ref.provider === "file"
        ? fromFile(options.onCallFile?.(), ref.schedule, at)
        : fromProvider(options, ref, at);
    },
  };
}

function fromFile(file: OnCallFile | undefined, name: string, at: Date): Asked<readonly OnCallPerson[]> {
  const schedule = file && Object.hasOwn(file.schedules, name) ? file.schedules[name] : undefined;
  if (!schedule) return unavailable(why.noSchedule("oncall.yml", name));
  return known(onCallByFile(schedule, at).map((user) => ({ providerId: user, slackUserId: user })));
}

async function fromProvider(
  { pagerDuty, opsgenie, people }: SchedulesOptions,
  { provider, schedule, escalationPolicy }: Exclude<ScheduleRef, { provider: "file" }>,
  at: Date,
): Promise<Asked<readonly OnCallPerson[]>> {
  const schedules = provider === "pagerduty" ? pagerDuty : opsgenie;
  if (!schedules) return unavailable(why.notSetUp(provider === "pagerduty" ? "PagerDuty" : "Opsgenie"));
  const found = await schedules.onCall({
    schedule,
    ...(escalationPolicy !== undefined && { escalationPolicy }),
    at,
  });
  return found.status === "unavailable" ? found : known(linkPeople(provider, found.value, people()));
}
