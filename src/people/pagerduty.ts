import * as z from "zod";
import { askJson, deadlineIn, type Deadline, type Question } from "./ask-json.ts";
import { known, unavailable, type Asked } from "./asked.ts";
import { answerTimeoutMs, originOf, type Provider, type ProviderAccess } from "./provider-access.ts";
import {
  eachOnce,
  type ProviderPerson,
  type ProviderQuestion,
  type ProviderSchedules,
} from "./provider-schedule.ts";
import { why } from "./sentences.ts";

/** Hosts by region: https://support.pagerduty.com/main/docs/service-regions */
const pagerDuty: Provider = {
  name: "PagerDuty",
  origins: { us: "https://api.pagerduty.com", eu: "https://api.eu.pagerduty.com" },
};

const pageSize = 100; // the most that a page may have: "Pagination" of https://developer.pagerduty.com/docs
const maxPages = 5; // five hundred entries of one schedule at one moment are a mistake

const reference = z.object({ id: z.string().min(1).max(64) });
const timestamp = z.iso.datetime({ offset: true });

const page = z.object({
  oncalls: z.array(
    z.object({
      user: reference.extend({ summary: z.string().nullish() }),
      /** `null` for somebody whom an escalation rule names directly. */
      schedule: reference.nullish(),
      escalation_policy: reference.nullish(),
      /** `null`: always on call. */
      start: timestamp.nullable(),
      /** `null`: never off call. */
      end: timestamp.nullable(),
    }),
  ),
  more: z.boolean(),
});

type OnCall = z.infer<typeof page>["oncalls"][number];

const scheduleAnswer = z.union([
  z.object({ schedule: reference.extend({ escalation_policies: z.array(z.unknown()).nullish() }) }),
  z.literal("of another kind"),
]);

/**
 * On-call people of PagerDuty schedules, by `GET /oncalls` at one moment (`since` = `until`, both of which default to "now"):
 * https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls. A scoped token needs `oncalls.read` and,
 * for the sentence about a schedule that has nobody, `schedules.read`.
 *
 * That list knows layer-based and shift-based (v3) schedules alike, but only those that an escalation policy uses. Whether it
 * answers an unknown schedule with 404 or with an empty list is not documented, so an empty list is followed by a look at
 * the schedule itself; both ways nobody is on call.
 *
 * @throws ConfigError for an endpoint or a token that can't be used.
 */
export function pagerDutySchedules(access: ProviderAccess): ProviderSchedules {
  const client = { origin: originOf(pagerDuty, access), token: access.token };
  const timeoutMs = access.timeoutMs ?? answerTimeoutMs;
  return {
    async onCall(question) {
      if (!isId(question.schedule)) return unavailable(why.notAScheduleId(pagerDuty.name, question.schedule));
      const deadline = deadlineIn(timeoutMs);
      const found = await listOnCalls(client, question, deadline);
      if (found.status === "unavailable") return found;
      const people = found.value.filter((entry) => counts(entry, question)).map(({ user }) => person(user));
      return people.length > 0 ? known(eachOnce(people)) : whyNobody(client, question.schedule, deadline);
    },
  };
}

type Client = { origin: string; token: string };

/** Ids are upper-case letters and digits; older ones may differ, so only what a path or a filter would misread is refused. */
function isId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

async function listOnCalls(
  client: Client,
  { schedule, escalationPolicy, at }: ProviderQuestion,
  deadline: Deadline,
): Promise<Asked<readonly OnCall[]>> {
  const moment = `${at.toISOString().slice(0, 19)}Z`;
  const entries: OnCall[] = [];
  for (let number = 0; number < maxPages; number += 1) {
    const query = new URLSearchParams({
      "schedule_ids[]": schedule,
      ...(escalationPolicy !== undefined && { "escalation_policy_ids[]": escalationPolicy }),
      since: moment,
      until: moment,
      time_zone: "UTC",
      limit: String(pageSize),
      offset: String(number * pageSize),
    });
    const answer = await askJson({
      ...questionOf(client, schedule, deadline),
      path: "/oncalls",
      query,
      schema: page,
    });
    if (answer.status === "unavailable") return answer;
    entries.push(...answer.value.oncalls);
    if (!answer.value.more) return known(entries);
  }
  return unavailable(why.tooMany(pagerDuty.name));
}

/** "Authentication" and "Versioning" of https://developer.pagerduty.com/docs */
function questionOf({ origin, token }: Client, schedule: string, deadline: Deadline) {
  return {
    peer: pagerDuty.name,
    origin,
    headers: { authorization: `Token token=${token}`, accept: "application/vnd.pagerduty+json;version=2" },
    deadline,
    notFound: why.noSchedule(pagerDuty.name, schedule),
  } satisfies Partial<Question<unknown>>;
}

/** What was asked for is checked again here: a filter that the peer overlooks must not put anybody on call. */
function counts(entry: OnCall, { schedule, escalationPolicy, at }: ProviderQuestion): boolean {
  if (entry.schedule?.id !== schedule) return false;
  if (escalationPolicy !== undefined && entry.escalation_policy?.id !== escalationPolicy) return false;
  return (
    (entry.start === null || new Date(entry.start) <= at) && (entry.end === null || at < new Date(entry.end))
  );
}

function person({ id, summary }: OnCall["user"]): ProviderPerson {
  return { providerId: id, ...(summary && { display: summary }) };
}

/**
 * Shift-based schedules are under `/v3/schedules`, which answers 400 for a layer-based one; those are under `/schedules`
 * ("Schedules API: v2 → v3 Upgrade Guide" of https://developer.pagerduty.com/docs).
 */
async function whyNobody(
  client: Client,
  schedule: string,
  deadline: Deadline,
): Promise<Asked<readonly ProviderPerson[]>> {
  const question = {
    ...questionOf(client, schedule, deadline),
    query: new URLSearchParams(),
    schema: scheduleAnswer,
  };
  const otherKind = new Map([400, 404].map((status) => [status, "of another kind" as const]));
  let answer = await askJson({ ...question, path: `/v3/schedules/${schedule}`, statusAnswers: otherKind });
  if (answer.status === "known" && answer.value === "of another kind")
    answer = await askJson({ ...question, path: `/schedules/${schedule}` });
  if (answer.status === "unavailable") return answer;
  if (answer.value === "of another kind") return unavailable(why.wrongShape(pagerDuty.name));
  const unused = answer.value.schedule.escalation_policies?.length === 0;
  return unused ? unavailable(why.noEscalationPolicy(schedule)) : known([]);
}
