import type { PersonId } from "../runbook/plan.ts";
import { queuedRun } from "./run.ts";
import { type Outcome, record, refused, transition } from "./outcome.ts";
import type { Request, Vote } from "./request.ts";
import { distinctPeople, possiblySamePerson } from "./same-person.ts";

/**
 * One person's answer, already known to be allowed to vote. The last approval that is needed starts the grant's
 * full window and queues its first run in the same change; one denial ends the request.
 * `policy` is what `access.yml` says now; the higher count of then and now is needed.
 */
export function castVote(
  request: Request,
  vote: Omit<Vote, "at">,
  policy: { rule: string; count: number },
  now: Date,
): Outcome {
  const at = now.toISOString();
  const refusal = voteRefusal(request, vote.by, now);
  if (refusal) return refusal;
  const actor = { kind: "person", id: vote.by } as const;
  const voted: Request = { ...request, votes: [...request.votes, { ...vote, at }] };

  if (vote.decision === "deny") {
    const reason = vote.reason ?? "";
    const denied = transition({ ...voted, closed: { at, by: vote.by, reason } }, "deny");
    return {
      status: "changed",
      request: record(denied, at, actor, { type: "vote.denied", reason }, { type: "request.denied" }),
    };
  }

  const approved = record(voted, at, actor, {
    type: "vote.approved",
    planDigest: request.planDigest,
    rule: policy.rule,
  });
  if (approvalsOf(approved) < Math.max(request.approval.count, policy.count))
    return { status: "changed", request: approved };
  return { status: "changed", request: startGrant(approved, now) };
}

/** Distinct people who approved. */
export function approvalsOf(request: Request): number {
  const approvals = request.votes.filter(({ decision }) => decision === "approve");
  return distinctPeople(approvals.map(({ by }) => by)).length;
}

function voteRefusal(request: Request, by: PersonId, now: Date): Outcome | undefined {
  if (request.state === "lapsed") return refused({ kind: "lapsed", at: request.lapsesAt });
  if (request.state !== "pending") {
    const last = request.votes.at(-1);
    return refused({
      kind: "already-decided",
      state: request.state,
      at: request.closed?.at ?? last?.at ?? request.createdAt,
      ...(request.closed?.by ? { by: request.closed.by } : last ? { by: last.by } : {}),
    });
  }
  // The time to live is checked in the write itself: buttons may still be visible a millisecond later.
  if (now.toISOString() >= request.lapsesAt) return refused({ kind: "lapsed", at: request.lapsesAt });
  if (possiblySamePerson(by, request.requester)) return refused({ kind: "own-request" });
  const earlier = request.votes.find((v) => possiblySamePerson(v.by, by));
  if (earlier) return refused({ kind: "already-voted", at: earlier.at });
  return undefined;
}

function startGrant(request: Request, now: Date): Request {
  const at = now.toISOString();
  const endsAt = new Date(now.getTime() + request.plan.grant.durationMinutes * 60_000).toISOString();
  const grant = { startsAt: at, endsAt };
  const run = queuedRun(request, request.requester, at);
  return record(
    transition({ ...request, grant, runs: [run] }, "approve"),
    at,
    { kind: "system" },
    { type: "request.approved", grant },
    { type: "run.queued", run: run.no },
  );
}
