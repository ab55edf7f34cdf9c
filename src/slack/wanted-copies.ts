import type { Request } from "../request/request.ts";
import { distinctPeople } from "../request/same-person.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Copy, Projection } from "../workflow/ports.ts";
import { breakGlassCard, reviewReminder } from "./blocks/break-glass-card.ts";
import { context } from "./blocks/elements.ts";
import { askedDirectly, type Message, requestCard } from "./blocks/request-card.ts";
import { channelProblemSentence } from "./sentences.ts";

/** A message that should stand in Slack, and where it goes when it does not stand yet. It is drawn when it is read: one that can't be drawn must not keep the others away. */
export type Wanted = { role: Copy["role"]; key: string; channel: string; readonly message: Message };

export function wantedCard(request: Request): Wanted {
  return {
    role: "card",
    key: "card",
    channel: request.approval.channel,
    get message() {
      return requestCard(request, "approvers-channel");
    },
  };
}

/** What security sees of a break-glass in its channel, and the reminder once its review is overdue. */
export function wantedSecurityCopies(request: Request): Wanted[] {
  const { breakGlass } = request;
  if (!breakGlass) return [];
  const { channel, overdueSince } = breakGlass;
  return [
    {
      role: "break-glass",
      key: "channel",
      channel,
      get message() {
        return breakGlassCard(request, breakGlass);
      },
    },
    ...(overdueSince === undefined
      ? []
      : [
          {
            role: "review-reminder" as const,
            key: "channel",
            channel,
            get message() {
              return reviewReminder(request, breakGlass);
            },
          },
        ]),
  ];
}

/** The same for each reviewer directly: a security channel that can't be posted to keeps nobody from hearing of it. */
export function toReviewers(wanted: Wanted, { breakGlass }: Request): Wanted[] {
  return distinctPeople(breakGlass?.reviewers ?? [])
    .slice(0, maxReviewersDirectly)
    .map((person) => ({
      role: wanted.role,
      key: keyOf(person),
      channel: person.userId,
      get message() {
        return wanted.message;
      },
    }));
}

const maxReviewersDirectly = 20;

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
): Wanted[] {
  const problem = channelProblem && channelProblemSentence(channelProblem, request.approval.channel);
  const approvers = askedDirectly(request).filter(
    (person) => request.state === "pending" || wasAsked(projection, person),
  );
  return [
    {
      role: "requester",
      key: keyOf(request.requester),
      channel: request.requester.userId,
      get message() {
        const own = requestCard(request, "requester");
        return problem ? { ...own, blocks: [...own.blocks, context(problem)] } : own;
      },
    },
    ...approvers.map((person): Wanted => ({
      role: "approver",
      key: keyOf(person),
      channel: person.userId,
      get message() {
        return requestCard(request, "approver-dm", { asked: person });
      },
    })),
  ];
}

function wasAsked(projection: Projection, person: PersonId): boolean {
  return projection.copies.some((copy) => copy.role === "approver" && copy.key === keyOf(person));
}

function keyOf(person: PersonId): string {
  return `${person.teamId}:${person.userId}`;
}
