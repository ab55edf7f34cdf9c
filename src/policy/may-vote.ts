import { stepsFor, stepsOf } from "../request/approval.ts";
import { type Outcome, refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import { possiblySamePerson } from "../request/same-person.ts";
import { withEscalation } from "../request/with-escalation.ts";
import { stricterOf } from "../request/stricter.ts";
import type { Ballot } from "../request/vote.ts";
import type { Access } from "../runbook/access-file.ts";
import type { PersonId } from "../runbook/plan.ts";
import { decide } from "./decide.ts";
import type { Question } from "./question.ts";
import { isMember } from "./resolve-steps.ts";

export type MayVote = { status: "allowed"; ballot: Ballot } | (Outcome & { status: "refused" });

/**
 * Four eyes and membership, decided from the request and from the policy as it is now: a voter must have been
 * an approver when the request was made and still be one, so that the stricter of both policies counts. `question` is
 * about the requester, with the files and directories of now; absent: the runbook is gone.
 */
export function mayVote(
  access: Access,
  request: Request,
  voter: PersonId,
  question: Question | undefined,
): MayVote {
  // Also by what is linked to either account since the request was made.
  const requesters = [request.requester, ...(question ? [question.requester] : [])];
  if (requesters.some((one) => possiblySamePerson(one, voter))) return refused({ kind: "own-request" });
  const before = request.stricter ?? request.approval;
  const verdict = question && decide(access, question);
  const needed = verdict?.status === "decided" ? verdict.approval : undefined;
  const stricter = needed && stricterOf(before, needed);
  const now = needed && withEscalation(needed, request.escalated);

  const asked = stepsFor(withEscalation(stricter ?? before, request.escalated), voter);
  if (asked.length === 0) return refused({ kind: "not-an-approver" });
  const still = now && question ? asked.filter(({ name, groups }) => isStill(now, name, groups)) : asked;
  if (still.length === 0) {
    const unknown =
      question &&
      isMember(
        asked.flatMap(({ groups }) => groups),
        voter,
        question.groups,
      ).unavailable[0];
    return refused(unknown ? { kind: "group-unavailable", ...unknown } : { kind: "not-an-approver" });
  }
  return {
    status: "allowed",
    ballot: {
      rule: `${before.policy}: member of ${[...new Set(still.flatMap(({ groups }) => groups))].join(" or ")}`,
      steps: still.map(({ name }) => name),
      ...(stricter ? { stricter } : {}),
    },
  };

  /** In the step as it is asked for now; where it is not asked for any more, in one of its groups. */
  function isStill(current: typeof before, name: string, groups: readonly string[]): boolean {
    const step = stepsOf(current).find((one) => one.name === name);
    if (step) return stepsFor(current, voter).some((one) => one.name === name);
    if (!question) return false;
    const found = isMember(groups, voter, question.groups);
    return found.member;
  }
}

/** Why the policy of now would not let this be approved any more, or not so late; a denial needs none of it. */
export function whyNotApprovable(
  access: Access,
  question: Question | undefined,
  { createdAt }: Pick<Request, "createdAt">,
  now: Date,
): (Outcome & { status: "refused" }) | undefined {
  const verdict = question && decide(access, question);
  if (!verdict) return refused({ kind: "no-longer-allowed" });
  switch (verdict.status) {
    case "decided": {
      const [unknown] = verdict.approval.unavailable ?? [];
      if (verdict.lacking)
        return refused(unknown ? { kind: "group-unavailable", ...unknown } : { kind: "no-longer-allowed" });
      const lapsesAt = new Date(Date.parse(createdAt) + verdict.pendingMinutes * 60_000);
      return now >= lapsesAt ? refused({ kind: "lapsed", at: lapsesAt.toISOString() }) : undefined;
    }
    case "denied-by-rule":
      return refused({ kind: "denied-by-rule", rule: verdict.rule, because: verdict.because });
    case "not-a-requester": {
      const [unknown] = verdict.unavailable;
      return refused(unknown ? { kind: "group-unavailable", ...unknown } : { kind: "no-longer-allowed" });
    }
  }
}
