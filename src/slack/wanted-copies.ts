import type { Request } from "../request/request.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Copy, Projection } from "../workflow/ports.ts";
import { context } from "./blocks/elements.ts";
import { askedDirectly, type Message, requestCard } from "./blocks/request-card.ts";
import { channelProblemSentence } from "./sentences.ts";

/** A message that should stand in Slack, and where it goes when it does not stand yet. */
export type Wanted = { role: Copy["role"]; key: string; channel: string; message: Message };

export function wantedCard(request: Request): Wanted {
  return {
    role: "card",
    key: "card",
    channel: request.approval.channel,
    message: requestCard(request, "approvers-channel"),
  };
}

/**
 * The requester's own copy, and one for each approver who is asked directly while the request waits. Who was
 * never asked is not told afterwards; who was, sees every change.
 *
 * @param channelProblem why the card does not stand in its channel; the requester is told how to mend it
 */
export function wantedDirectCopies(
  request: Request,
  projection: Projection,
  channelProblem: string | undefined,
  offersAnotherQuery = false,
): Wanted[] {
  const own = requestCard(request, "requester", { offersAnotherQuery });
  const problem = channelProblem && channelProblemSentence(channelProblem, request.approval.channel);
  const approvers = askedDirectly(request).filter(
    (person) => request.state === "pending" || wasAsked(projection, person),
  );
  return [
    {
      role: "requester",
      key: keyOf(request.requester),
      channel: request.requester.userId,
      message: problem ? { ...own, blocks: [...own.blocks, context(problem)] } : own,
    },
    ...approvers.map((person): Wanted => ({
      role: "approver",
      key: keyOf(person),
      channel: person.userId,
      message: requestCard(request, "approver-dm", { asked: person }),
    })),
  ];
}

function wasAsked(projection: Projection, person: PersonId): boolean {
  return projection.copies.some((copy) => copy.role === "approver" && copy.key === keyOf(person));
}

function keyOf(person: PersonId): string {
  return `${person.teamId}:${person.userId}`;
}
