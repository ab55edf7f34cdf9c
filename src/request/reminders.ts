import type { RiskLevel } from "../runbook/plan.ts";
import type { AccessReminders } from "../runbook/access-waiting.ts";
import { progressOf, approversOf, approvalOf } from "./approval.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Instant, Request } from "./request.ts";
import { distinctPeople, possiblySamePerson } from "./same-person.ts";
import { localTime, momentAt } from "./zoned-time.ts";

/** When people are reminded of a request made now; those that quiet hours move to one moment are one. */
export function reminderTimes(
  { afterMinutes, quietHours }: AccessReminders,
  { riskLevel, timezone }: { riskLevel: RiskLevel; timezone: string },
  now: Date,
): Instant[] {
  const isUrgent = riskLevel === "high" || riskLevel === "critical";
  const times = afterMinutes.map((minutes) => {
    const at = new Date(now.getTime() + minutes * 60_000);
    return quietHours === undefined || isUrgent ? at : afterQuiet(at, quietHours, timezone);
  });
  return [...new Set(times.map((at) => at.toISOString()))].toSorted();
}

/** When the next reminder is due; nothing when nobody is reminded any more. */
export function reminderDueAt(request: Request): Instant | undefined {
  return request.state === "pending" ? request.remindAt?.[lastReminder(request)] : undefined;
}

/** Records the reminder that is due; of several that nobody could give in time only the last, so that people hear it once. */
export function remind(request: Request, now: Date): Outcome {
  const at = now.toISOString();
  const dueAt = reminderDueAt(request);
  if (dueAt === undefined || at < dueAt || at >= request.lapsesAt) return refused({ kind: "nothing-to-do" });
  const times = request.remindAt ?? [];
  const no = times.filter((one) => one <= at).length;
  const fact = { type: "approvers.reminded", no, of: times.length } as const;
  return { status: "changed", request: record(request, at, { kind: "system" }, fact) };
}

/** Those of the steps that come now who have not answered. */
export function awaitedPeople(request: Request): PersonId[] {
  const approval = approvalOf(request);
  const open = progressOf(request).filter(({ isOpen }) => isOpen);
  return distinctPeople(open.flatMap(({ step }) => approversOf(approval, step))).filter(
    (person) =>
      !possiblySamePerson(person, request.requester) &&
      !request.votes.some(({ by }) => possiblySamePerson(by, person)),
  );
}

function lastReminder(request: Request): number {
  const told = request.events.flatMap(({ fact }) => (fact.type === "approvers.reminded" ? [fact.no] : []));
  return told.at(-1) ?? 0;
}

/** The moment itself, or the end of the quiet hours that it falls into. */
function afterQuiet(at: Date, quietHours: string, timezone: string): Date {
  const [start = "", end = ""] = quietHours.split("-");
  const local = localTime(timezone, at);
  const time = local.slice(11, 16);
  const overnight = start > end;
  const isQuiet = overnight ? time >= start || time < end : time >= start && time < end;
  if (!isQuiet) return at;
  const day = new Date(`${local.slice(0, 10)}T00:00Z`);
  if (overnight && time >= start) day.setUTCDate(day.getUTCDate() + 1);
  return momentAt(timezone, `${day.toISOString().slice(0, 10)}T${end}`);
}
