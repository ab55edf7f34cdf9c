import type { KnownBlock } from "@slack/types";
import { approvalsOf } from "../../request/vote.ts";
import type { Request } from "../../request/request.ts";
import { distinctPeople, possiblySamePerson } from "../../request/same-person.ts";
import type { PersonId } from "../../runbook/plan.ts";
import type { RunProgress } from "../../workflow/ports.ts";
import { cardActions } from "./card-actions.ts";
import { cardHeadline, cardStatus } from "./card-status.ts";
import { maxReason, planBlocks, planSummary } from "./card-plan.ts";
import { context, divider, header, labelled, quote, section } from "./elements.ts";
import { dateToken, joinMarkup, literal, type Markup, markup, mention, utc } from "./markup.ts";
import { groups, stateWord, stillAsked } from "../sentences.ts";
import { counted, minutes, shortDigest } from "./words.ts";

/** Who reads this copy. The channel may hold more people than the approvers, so sensitive inputs are masked there. */
export type Audience = "approvers-channel" | "approver-dm" | "requester";

export type CardExtra = {
  progress?: RunProgress;
  /** The approver whose direct message this copy stands in. */
  asked?: PersonId;
};

/** One message's content; `text` is what a notification and a screen reader say. */
export type Message = { text: Markup; blocks: KnownBlock[] };

/** So many approvers get a direct message of their own; the channel is for the rest. */
const maxAskedDirectly = 20;

/** The approvers who get a direct message, the same ones each time. */
export function askedDirectly(request: Request): PersonId[] {
  return distinctPeople(request.approval.approvers)
    .filter((person) => !possiblySamePerson(person, request.requester))
    .slice(0, maxAskedDirectly);
}

/** The request as its card: a pure function of what is stored. While it waits, everything that an approver must judge; after that, how it went. */
export function requestCard(request: Request, audience: Audience, extra: CardExtra = {}): Message {
  return {
    text: cardText(request),
    blocks: [
      header(`${cardHeadline(request)} · ${request.plan.runbook.title}`),
      section(whoAsksForWhat(request)),
      context(markup`Reason given by ${mention(request.requester)}:`),
      quote(request.reason, maxReason),
      ...(request.reference === undefined ? [] : [labelled("Incident or ticket:", request.reference, 200)]),
      ...(request.state === "pending"
        ? [divider(), ...planBlocks(request, audience), divider(), ...decision(request, audience, extra)]
        : [...cardStatus(request, extra), ...planSummary(request, audience)]),
      cardActions(request, audience, extra),
    ],
  };
}

/** A full sentence without inputs, reason or rows: it also appears on lock screens. */
function cardText(request: Request): Markup {
  const { plan } = request;
  const what = markup`${mention(request.requester)} ${asks(request)} to run “${literal(plan.runbook.title)}” (${literal(plan.runbook.name)} v${literal(plan.runbook.version)}) on ${literal(plan.target.environment)} for ${literal(minutes(plan.grant.durationMinutes))}`;
  return request.state === "pending"
    ? markup`Waiting for approval (${approvalsOf(request)} of ${request.approval.count}): ${what}. Lapses at ${literal(utc(request.lapsesAt))}.`
    : markup`This request is ${literal(stateWord(request.state))}: ${what}.`;
}

function whoAsksForWhat(request: Request): Markup {
  const { grant, target } = request.plan;
  const kind =
    grant.kind === "single-run"
      ? markup`one run`
      : markup`up to ${literal(counted(grant.maxRuns, "run", "runs"))}`;
  return markup`${mention(request.requester)} ${asks(request)} for *${literal(minutes(grant.durationMinutes))}*, ${kind}, on *${literal(target.environment)}* ${literal(target.dataSource)} (account ${literal(target.account)}, ${literal(target.region)})`;
}

function asks(request: Request): Markup {
  return request.state === "pending" ? markup`asks` : markup`asked`;
}

function decision(request: Request, audience: Audience, extra: CardExtra): KnownBlock[] {
  const { approval } = request;
  const asked = distinctPeople(approval.approvers).length;
  const given = request.votes.filter((vote) => vote.decision === "approve").map((vote) => mention(vote.by));
  const progress = markup`*${approvalsOf(request)} of ${approval.count}* ${literal(approval.count === 1 ? "approval" : "approvals")} given${given.length > 0 ? markup` (${joinMarkup(given, ", ")})` : markup``}`;
  return [
    section(
      markup`${whyAsked(request, audience)} ${progress}${approvalsOf(request) < approval.count ? markup`` : markup`; the policy asks for more since then`}. ${whoElse(request, extra.asked)}`,
    ),
    context(
      markup`Lapses ${dateToken(request.lapsesAt)} if nobody decides · plan \`${literal(shortDigest(request.planDigest))}\` · request ${literal(request.id)} · policy ${literal(approval.policy)}`,
    ),
    ...(asked > maxAskedDirectly
      ? [
          context(
            markup`${maxAskedDirectly} of ${asked} approvers got a direct message; all of them can decide here.`,
          ),
        ]
      : []),
  ];
}

function whyAsked(request: Request, audience: Audience): Markup {
  switch (audience) {
    case "approver-dm":
      return markup`You are asked because you are in ${groups(request.approval.groups)}.`;
    case "approvers-channel":
      return markup`Anyone in ${groups(request.approval.groups)} except ${mention(request.requester)} can decide.`;
    case "requester":
      return markup`${groups(request.approval.groups)} decide this.`;
  }
}

function whoElse(request: Request, asked: PersonId | undefined): Markup {
  const others = stillAsked(request).filter((person) => person.userId !== asked?.userId);
  if (others.length === 0)
    return asked ? markup`Nobody else can.` : markup`Nobody is left who could; cancel it and ask again.`;
  const shown = joinMarkup(others.slice(0, shownApprovers).map(mention), ", ");
  const rest = others.length - shownApprovers;
  return rest > 0
    ? markup`${shown} and ${literal(counted(rest, "other", "others"))} can${asked ? markup` too` : markup``}.`
    : markup`${shown} can${asked ? markup` too` : markup``}.`;
}

const shownApprovers = 3; // enough to know whom to nudge; the whole list stands behind “Show the exact request”
