import type { Button, KnownBlock } from "@slack/types";
import type { BreakGlass, Request } from "../../request/request.ts";
import { distinctPeople } from "../../request/same-person.ts";
import { groups } from "../sentences.ts";
import { actionValue } from "./card-actions.ts";
import { maxReason, planSummary } from "./card-plan.ts";
import { cardHeadline, cardStatus } from "./card-status.ts";
import { actions, button, context, header, labelled, quote, section } from "./elements.ts";
import { dateToken, joinMarkup, literal, type Markup, markup, mention } from "./markup.ts";
import type { Message } from "./request-card.ts";
import { counted, minutes, verdictWords } from "./words.ts";

export const REVIEW = "jit_review";
/** So many are mentioned; a mention each for a whole department tells nobody. */
const maxMentioned = 10;

/** What security sees of a break-glass: who, what, why, until when, and the review that is owed for it. */
export function breakGlassCard(request: Request, glass: BreakGlass): Message {
  const { requester, plan, grant, reason, reference } = request;
  const until = grant ? markup` until ${dateToken(grant.endsAt)}` : markup``;
  const what = markup`${mention(requester)} broke the glass: *${literal(plan.runbook.title)}* (${literal(plan.runbook.name)} v${literal(plan.runbook.version)}) on *${literal(plan.target.environment)}* ${literal(plan.target.dataSource)} for ${literal(minutes(plan.grant.durationMinutes))}${until}. Nobody approved it.`;
  return {
    text: markup`🚨 Break-glass: ${what}`,
    blocks: [
      header(`${cardHeadline(request)} · ${plan.runbook.title}`),
      section(what),
      context(markup`Reason given by ${mention(requester)}:`),
      quote(reason, maxReason),
      ...(reference === undefined ? [] : [labelled("Incident:", reference, 200)]),
      ...cardStatus(request, {}),
      // As in the approvers' channel: more people than the reviewers may read here.
      ...planSummary(request, "approvers-channel"),
      ...reviewBlocks(glass),
      actions([...acts(request, glass), button("Show the exact request", "jit_show", actionValue(request))]),
    ],
  };
}

/** Nobody reviewed it in time; once somebody has, it says so. */
export function reviewReminder(request: Request, glass: BreakGlass): Message {
  const what = markup`the break-glass of ${mention(request.requester)}, *${literal(request.plan.runbook.title)}* (\`${literal(request.id)}\`)`;
  const text = glass.review
    ? markup`⏰ The review of ${what} was overdue. ${given(glass.review)}.`
    : markup`⏰ *Review overdue* since ${dateToken(glass.reviewDueAt)}: ${what}. ${asked(glass)}: any of you can take it over now. Until it is reviewed, ${mention(request.requester)} can’t break the glass again.`;
  return {
    text,
    blocks: [section(text), ...(glass.review ? [] : [actions([reviewButton(request)])])],
  };
}

function reviewBlocks(glass: BreakGlass): KnownBlock[] {
  const { review, owner, reviewDueAt, reviewGroups } = glass;
  if (review) return [section(markup`${given(review)}:`), quote(review.words, 1000)];
  const who = owner
    ? markup`🔎 ${mention(owner.by)} reviews it, until ${dateToken(reviewDueAt)}.`
    : markup`🔎 *Review owed* until ${dateToken(reviewDueAt)}: ${asked(glass)}. Whoever presses Review… first owns it.`;
  return [
    section(who),
    context(
      markup`${groups(reviewGroups)} reviews; not reviewed by then, it suspends this person’s break-glass.`,
    ),
  ];
}

function given({ verdict, by, at }: NonNullable<BreakGlass["review"]>): Markup {
  return markup`${literal(verdict === "justified" ? "✅" : "⛔")} Reviewed by ${mention(by)} ${dateToken(at)}: *${literal(verdictWords[verdict])}*`;
}

function asked({ reviewers }: BreakGlass): Markup {
  const people = distinctPeople(reviewers);
  const named = joinMarkup(people.slice(0, maxMentioned).map(mention), " ");
  const rest = people.length - maxMentioned;
  return rest > 0 ? markup`${named} and ${literal(counted(rest, "other", "others"))}` : named;
}

function acts(request: Request, { review }: BreakGlass): Button[] {
  const value = actionValue(request);
  return [
    ...(request.state === "active"
      ? [button("Revoke…", "jit_revoke", value, { style: "danger", label: "Revoke this access now" })]
      : []),
    ...(review ? [] : [reviewButton(request)]),
  ];
}

function reviewButton(request: Request): Button {
  return button("Review…", REVIEW, actionValue(request), { label: "Review this break-glass" });
}
