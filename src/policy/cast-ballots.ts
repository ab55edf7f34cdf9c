import type { Delegation } from "../request/delegation.ts";
import { narrow } from "../request/narrow.ts";
import { type Outcome, refused } from "../request/outcome.ts";
import type { Request, Vote } from "../request/request.ts";
import { type Ballot, castVote } from "../request/vote.ts";
import type { Access } from "../runbook/access-file.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import { delegatedBallots } from "./delegated-ballots.ts";
import { mayVote, whyNotApprovable } from "./may-vote.ts";
import type { Question } from "./question.ts";

/** What a vote is decided by: the files and directories of now, about the requester; absent `question`: the runbook is gone. */
export type VoteScene = {
  access: Access;
  question: Question | undefined;
  /** To the voter, of people who may still act. */
  delegations: readonly Delegation[];
  now: Date;
};

export type Ballots =
  | { status: "may-vote"; ballots: readonly [Ballot, ...Ballot[]] }
  | (Outcome & { status: "refused" });

/** By which rights the person may vote, their own first; else why not. */
export function ballotsOf(
  { access, question, delegations, now }: VoteScene,
  request: Request,
  voter: PersonId,
): Ballots {
  const own = mayVote(access, request, voter, question);
  const lent = delegatedBallots(access, request, voter, question, delegations, now);
  const [first, ...more] = [...(own.status === "allowed" ? [own.ballot] : []), ...lent];
  if (first) return { status: "may-vote", ballots: [first, ...more] };
  return own.status === "refused" ? own : refused({ kind: "not-an-approver" });
}

/**
 * The vote by the first right that it can be given by; what keeps their own right out is told where no other helps
 * either.
 *
 * @param less an approval stands for this plan instead, which was made of the stored one and is narrower
 */
export function castBallots(
  scene: VoteScene,
  request: Request,
  vote: Pick<Vote, "by" | "decision" | "reason">,
  less?: Plan,
): Outcome {
  const may = ballotsOf(scene, request, vote.by);
  if (may.status === "refused") return may;
  if (vote.decision === "approve" && request.state === "pending") {
    const why = whyNotApprovable(scene.access, scene.question, request, scene.now);
    if (why) return why;
  }
  const base = less ? narrow(request, less, vote.by, scene.now) : ({ status: "changed", request } as const);
  if (base.status === "refused") return base;
  const outcomes = may.ballots.map((ballot) => castVote(base.request, vote, ballot, scene.now));
  const [first = refused({ kind: "not-an-approver" })] = outcomes;
  return outcomes.find(({ status }) => status === "changed") ?? first;
}
