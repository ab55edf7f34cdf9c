import {
  approvalOf,
  approversOf,
  isApproved,
  progressOf,
  stepsFor,
  stepsOf,
  stepsOfVote,
} from "./approval.ts";
import { assignPeople } from "./assign-people.ts";
import { type DelegatedBy, repeatedVote } from "./delegation.ts";
import { lacksLook } from "./look.ts";
import { type Outcome, record, refused, transition } from "./outcome.ts";
import type { Approval, Request, Vote } from "./request.ts";
import { distinctPeople, possiblySamePerson } from "./same-person.ts";
import { startGrant } from "./start-grant.ts";
import { isStricter, policyChangedFact } from "./stricter.ts";

/** How somebody may vote, as the files of now have it. */
export type Ballot = {
  /** Why they may, in words. */
  rule: string;
  /** Steps that they may decide by the files of now; absent: whichever they were asked for. */
  steps?: readonly string[];
  /** Whose right it is, where they are away. */
  delegatedBy?: DelegatedBy;
  /** What is needed where the policy became stricter since the request was made. */
  stricter?: Approval;
};

/**
 * One person's answer, already known to be allowed to vote. The last approval that is needed starts the grant's
 * full window and queues its first run in the same change; one denial ends the request. A vote counts for one step,
 * whichever of theirs needs it; one that no step needs is refused, so that nobody thinks they approved.
 */
export function castVote(
  request: Request,
  given: Omit<Vote, "at" | "steps" | "delegatedBy">,
  ballot: Ballot,
  now: Date,
): Outcome {
  const at = now.toISOString();
  const { delegatedBy } = ballot;
  const vote = { ...given, ...(delegatedBy ? { delegatedBy } : {}) };
  const refusal = voteRefusal(request, vote, now);
  if (refusal) return refusal;
  const actor = { kind: "person", id: vote.by } as const;

  if (vote.decision === "deny") {
    const reason = vote.reason ?? "";
    const voted = { ...request, votes: [...request.votes, { ...vote, at }] };
    const denied = transition({ ...voted, closed: { at, by: vote.by, reason } }, "deny");
    return {
      status: "changed",
      request: record(
        denied,
        at,
        actor,
        { type: "vote.denied", reason, ...(delegatedBy ? { delegatedBy } : {}) },
        { type: "request.denied" },
      ),
    };
  }

  if (lacksLook(request)) return refused({ kind: "not-looked-at" });
  const asked = withStricter(request, ballot.stricter, at);
  const open = openSteps(asked, vote, ballot.steps);
  if (open.status === "refused") return open;
  const { steps } = open;
  const voted: Request = { ...asked, votes: [...asked.votes, { ...vote, at, steps }] };
  const blocked = findBlocked(voted);
  if (blocked !== undefined && findBlocked(asked) === undefined)
    return refused({ kind: "needed-later", step: blocked });

  const approved = record(voted, at, actor, {
    type: "vote.approved",
    planDigest: request.planDigest,
    rule: ballot.rule,
    steps,
    ...(delegatedBy ? { delegatedBy } : {}),
  });
  return { status: "changed", request: isApproved(approved) ? startGrant(approved, now) : approved };
}

function voteRefusal(request: Request, { by, delegatedBy }: Cast, now: Date): Outcome | undefined {
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
  const eyes = delegatedBy ? [by, delegatedBy.person] : [by];
  if (eyes.some((one) => possiblySamePerson(one, request.requester))) return refused({ kind: "own-request" });
  const earlier = request.votes.find((v) => possiblySamePerson(v.by, by));
  if (earlier) return refused({ kind: "already-voted", at: earlier.at });
  return undefined;
}

/** The request with what the policy asks for besides, recorded once. */
function withStricter(request: Request, stricter: Approval | undefined, at: string): Request {
  if (!stricter || !isStricter(stricter, approvalOf(request))) return request;
  const changed = { ...request, stricter };
  return record(changed, at, { kind: "system" }, policyChangedFact(approvalOf(request), stricter));
}

type Cast = Pick<Vote, "by" | "delegatedBy">;

type Open = { status: "open"; steps: string[] } | (Outcome & { status: "refused" });

/** Of this person's steps those that come now and can use one more approval. */
function openSteps(request: Request, vote: Cast, allowed: readonly string[] | undefined): Open {
  const mine = stepsFor(approvalOf(request), vote.delegatedBy?.person ?? vote.by)
    .map(({ name }) => name)
    .filter((name) => allowed?.includes(name) ?? true);
  if (mine.length === 0) return refused({ kind: "not-an-approver" });
  const progress = progressOf(request);
  const stage = Math.min(...progress.filter(({ isOpen }) => isOpen).map(({ step }) => step.stage));
  const ofStage = progress.filter(({ step }) => step.stage === stage).map(({ step }) => step.name);
  const current = mine.filter((name) => ofStage.includes(name));
  const repeated = current.flatMap((name) => repeatedVote(request.votes, name, vote) ?? [])[0];
  const now = current.filter((name) => !repeatedVote(request.votes, name, vote));
  if (now.length === 0 && repeated) return votedAsOne(repeated);
  if (now.length === 0) {
    const isLater = progress.some(({ step }) => mine.includes(step.name) && step.stage > stage);
    return isLater
      ? refused({ kind: "not-your-turn", waitsFor: ofStage })
      : refused({ kind: "step-complete", steps: mine });
  }
  const missing = countFilled(request);
  const withVote = {
    ...request,
    votes: [...request.votes, { ...vote, decision: "approve", at: "", steps: now } as const],
  };
  return countFilled(withVote) > missing
    ? { status: "open", steps: now }
    : refused({ kind: "step-complete", steps: now });
}

function votedAsOne({ by, delegatedBy, at }: Vote): Outcome & { status: "refused" } {
  return refused({
    kind: "voted-as-one",
    by,
    ...(delegatedBy ? { delegatedBy: delegatedBy.person } : {}),
    at,
  });
}

function countFilled(request: Request): number {
  return progressOf(request).reduce((sum, { by }) => sum + by.length, 0);
}

/** A step that can't be filled any more by who voted and who of those asked has not, nobody twice. */
function findBlocked(request: Request): string | undefined {
  const approval = approvalOf(request);
  const steps = stepsOf(approval);
  const left = distinctPeople(approval.approvers).filter(
    (person) => !request.votes.some(({ by }) => possiblySamePerson(by, person)),
  );
  const seats = assignPeople(steps, [
    ...request.votes.map((vote) => stepsOfVote(approval, vote)),
    ...left.map((person) =>
      steps
        .filter((step) => approversOf(approval, step).some((one) => possiblySamePerson(one, person)))
        .filter(({ name }) => !repeatedVote(request.votes, name, { by: person }))
        .map(({ name }) => name),
    ),
  ]);
  return steps.find(({ name, count }) => seats.filter((seat) => seat === name).length < count)?.name;
}
