import * as z from "zod";
import { askJson, deadlineIn } from "./ask-json.ts";
import { known, unavailable, type Asked } from "./asked.ts";
import { answerTimeoutMs, originOf, type Provider, type ProviderAccess } from "./provider-access.ts";
import {
  eachOnce,
  type ProviderPerson,
  type ProviderQuestion,
  type ProviderSchedules,
} from "./provider-schedule.ts";
import { why } from "./sentences.ts";

const opsgenie: Provider = {
  name: "Opsgenie",
  origins: { us: "https://api.opsgenie.com", eu: "https://api.eu.opsgenie.com" },
};

const participant = z.object({
  id: z.string().min(1).max(64),
  /** A user's name is their user name, which is an e-mail address. */
  name: z.string().nullish(),
  /** `user`, `team`, `escalation`, `schedule`, … */
  type: z.string(),
  /** Minutes after which an escalation comes to them. */
  escalationTime: z.number().nullish(),
  /** Whom of a schedule or team an escalation notifies: `default`, `next`, `previous`, `users`, `admins`, `all`, `random`. */
  notifyType: z.string().nullish(),
  get onCallParticipants(): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof participant>>> {
    return z.array(participant).nullish();
  },
});

type Participant = z.infer<typeof participant>;

const answerSchema = z.object({
  data: z.object({
    _parent: z.object({ id: z.string(), name: z.string(), enabled: z.boolean() }),
    onCallParticipants: z.array(participant),
  }),
});

type OnCalls = z.infer<typeof answerSchema>["data"];

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * On-call people of Opsgenie schedules, by `GET /v2/schedules/{schedule}/on-calls` with participants (`flat=false`), because the
 * flat form has user names only and those are e-mail addresses: https://docs.opsgenie.com/docs/who-is-on-call-api. A key that
 * belongs to a team reads that team's schedules only.
 *
 * Atlassian ends Opsgenie, its REST API included, on 5 April 2027:
 * https://support.atlassian.com/opsgenie/docs/what-happens-when-opsgenie-is-turned-off
 *
 * @throws ConfigError for an endpoint or a token that can't be used.
 */
export function opsgenieSchedules(access: ProviderAccess): ProviderSchedules {
  const origin = originOf(opsgenie, access);
  const timeoutMs = access.timeoutMs ?? answerTimeoutMs;
  return {
    async onCall({ schedule, escalationPolicy, at }) {
      if (escalationPolicy !== undefined) return unavailable(why.escalationPolicyUnused);
      if (!isIdentifier(schedule)) return unavailable(why.notAScheduleId(opsgenie.name, schedule));
      const answer = await askJson({
        peer: opsgenie.name,
        origin,
        path: `/v2/schedules/${encodeURIComponent(schedule)}/on-calls`,
        query: new URLSearchParams({
          scheduleIdentifierType: uuid.test(schedule) ? "id" : "name",
          flat: "false",
          // The documented form has an offset; whether `Z` would do is not said.
          date: `${at.toISOString().slice(0, 19)}+00:00`,
        }),
        headers: { authorization: `GenieKey ${access.token}` },
        schema: answerSchema,
        deadline: deadlineIn(timeoutMs),
        notFound: why.noSchedule(opsgenie.name, schedule),
      });
      return answer.status === "unavailable" ? answer : peopleOf(answer.value.data, schedule);
    },
  };
}

/** A path segment that stays one: URLs drop `.` and `..`. */
function isIdentifier(schedule: ProviderQuestion["schedule"]): boolean {
  return (
    schedule.length > 0 && schedule.length <= 200 && !/^\.{1,2}$/.test(schedule) && schedule.isWellFormed()
  );
}

function peopleOf(
  { _parent: parent, onCallParticipants }: OnCalls,
  schedule: string,
): Asked<readonly ProviderPerson[]> {
  const same = uuid.test(schedule)
    ? parent.id.toLowerCase() === schedule.toLowerCase()
    : parent.name === schedule;
  if (!same) return unavailable(why.otherSchedule(opsgenie.name, schedule));
  if (!parent.enabled) return unavailable(why.switchedOff(opsgenie.name, schedule));
  return known(eachOnce(usersIn(onCallParticipants).map(toPerson)));
}

/**
 * The users, also those inside schedules, escalations and teams that are on call; but only whom a page would reach now and
 * as the one on call: not who comes minutes later, not the next or the previous one, and never everybody in a team.
 */
function usersIn(participants: readonly Participant[]): Participant[] {
  const users: Participant[] = [];
  const open = [...participants];
  for (let one = open.shift(); one; one = open.shift()) {
    if ((one.escalationTime ?? 0) > 0 || (one.notifyType ?? "default") !== "default") continue;
    if (one.type === "user") users.push(one);
    else open.push(...(one.onCallParticipants ?? []));
  }
  return users;
}

function toPerson({ id, name }: Participant): ProviderPerson {
  return { providerId: id, ...(name && { display: name }) };
}
