import type { KnownBlock } from "@slack/types";
import {
  approvalOf,
  approvalsOf,
  progressOf,
  type StepProgress,
  stepsFor,
  stepsOf,
} from "../../request/approval.ts";
import { escalationsAhead } from "../../request/escalation.ts";
import type { Request } from "../../request/request.ts";
import { distinctPeople, possiblySamePerson } from "../../request/same-person.ts";
import { leftFor } from "../../request/why-asked.ts";
import { narrowingWords } from "../../runbook/narrowing-words.ts";
import type { PersonId } from "../../runbook/plan.ts";
import type { RunProgress } from "../../workflow/ports.ts";
import { cardActions } from "./card-actions.ts";
import { missedRecipes, whoWantsRecipe } from "./card-recipe.ts";
import { cardHeadline, cardStatus } from "./card-status.ts";
import { maxReason, planBlocks, planSummary } from "./card-plan.ts";
import { context, divider, header, labelled, quote, section } from "./elements.ts";
import { dateToken, joinMarkup, literal, type Markup, markup, mention, utc } from "./markup.ts";
import { askedFor, groups, stateWord, stillAsked, voterOf } from "../sentences.ts";
import { recipeTerms } from "./recipe-words.ts";
import { whyAskedSentence } from "./why-asked.ts";
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

/** The approvers who get a direct message, the same ones each time; after an escalation more of them. */
export function askedDirectly(request: Request): PersonId[] {
  const { escalated: _, ...before } = request;
  const first = distinctPeople(approvalOf(before).approvers).slice(0, maxAskedDirectly);
  const others = distinctPeople(approvalOf(request).approvers).filter(
    (person) => !approvalOf(before).approvers.some((one) => possiblySamePerson(one, person)),
  );
  const standIns = (request.away ?? []).map(({ delegate }) => delegate).slice(0, maxAskedDirectly);
  return distinctPeople([...first, ...others.slice(0, maxAskedDirectly), ...standIns]).filter(
    (person) => !possiblySamePerson(person, request.requester),
  );
}

/** The request as its card: a pure function of what is stored. While it waits, everything that an approver must judge; after that, how it went. */
export function requestCard(request: Request, audience: Audience, extra: CardExtra = {}): Message {
  return {
    text: cardText(request),
    blocks: [
      header(`${cardHeadline(request)} · ${request.plan.runbook.title}`),
      section(request.plan.recipe ? whoWantsRecipe(request) : whoAsksForWhat(request)),
      ...narrowedLine(request),
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
  const act = plan.recipe ? markup`to approve in advance ${recipeTerms(plan.recipe)} of` : markup`to run`;
  const what = markup`${mention(request.requester)} ${asks(request)} ${act} “${literal(plan.runbook.title)}” (${literal(plan.runbook.name)} v${literal(plan.runbook.version)}) on ${literal(plan.target.environment)}${plan.recipe ? markup`` : markup` for ${literal(minutes(plan.grant.durationMinutes))}`}`;
  if (request.breakGlass) return markup`🚨 Break-glass: ${what}; nobody approved it.`;
  return request.state === "pending"
    ? markup`Waiting for approval (${approvalsOf(request)} of ${approvalOf(request).count}): ${what}. Lapses at ${literal(utc(request.lapsesAt))}.`
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

/** What was asked for first, where an approver approved less. */
function narrowedLine({ wider = [], plan }: Request): KnownBlock[] {
  const [asked] = wider;
  if (!asked) return [];
  const by = new Map(wider.map(({ narrowedBy }) => [narrowedBy.userId, mention(narrowedBy)]));
  const words = narrowingWords(asked.plan, plan);
  return [
    labelled("✂ Narrowed:", words.join("; "), 800),
    context(markup`by ${joinMarkup([...by.values()], ", ")}`),
  ];
}

function asks(request: Request): Markup {
  return request.state === "pending" ? markup`asks` : markup`asked`;
}

function decision(request: Request, audience: Audience, extra: CardExtra): KnownBlock[] {
  const approval = approvalOf(request);
  const asked = distinctPeople(approval.approvers).length;
  const given = request.votes.filter((vote) => vote.decision === "approve").map(voterOf);
  const progress = markup`*${approvalsOf(request)} of ${approval.count}* ${literal(approval.count === 1 ? "approval" : "approvals")} given${given.length > 0 ? markup` (${joinMarkup(given, ", ")})` : markup``}`;
  return [
    section(
      markup`${whoIsAsked(request, audience, extra.asked)} ${progress}${request.stricter || approvalsOf(request) >= approval.count ? markup`; the policy asks for more since then` : markup``}. ${whoElse(request, extra.asked)}`,
    ),
    ...stepLines(request),
    ...missedRecipes(request),
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

/** Where there is more than one step or a rule asks: how far each is and why it is there. */
function stepLines(request: Request): KnownBlock[] {
  const approval = approvalOf(request);
  const steps = progressOf(request);
  const unknown = (approval.unavailable ?? []).map(
    ({ group, why }) =>
      markup`Who is in ${literal(group)} can’t be known now (${literal(why)}), so nobody counts as one of them and no rule approves by it: people decide (manual path).`,
  );
  const isPlain = steps.length === 1 && stepsOf(approval)[0]?.because.length === 1;
  const lines = isPlain
    ? []
    : steps.map(
        (one) =>
          markup`*${literal(one.step.name)}* ${one.by.length} of ${one.step.count} from ${groups(one.step.groups)}${stepState(request, one)} (${literal(one.step.because.join("; "))})`,
      );
  const ahead = escalationsAhead(request).map(
    ({ step, at }) =>
      markup`If nobody decides ${literal(step.name)} by ${dateToken(at)}, ${groups(step.escalate?.groups ?? [])} can too.`,
  );
  return [...lines, ...ahead, ...unknown].map((line) => context(line));
}

/** Who approved in it, and what is still missing, from whom. */
function stepState(request: Request, { step, by, isOpen }: StepProgress): Markup {
  const given = by.length > 0 ? markup` by ${joinMarkup(by.map(mention), ", ")}` : markup``;
  const missing = step.count - by.length;
  if (missing <= 0) return markup`${given} ✔`;
  const left = leftFor(request, step.name);
  const from = left.slice(0, shownApprovers).map(mention);
  const more = left.length - from.length;
  const whom = markup`${joinMarkup(from, ", ")}${more > 0 ? markup` and ${literal(counted(more, "other", "others"))}` : markup``}`;
  const can = left.length > 0 ? markup`: ${whom} can` : markup``;
  return markup`${given}; ${missing} missing${can}${isOpen ? markup`` : markup`, after the steps before it`}`;
}

function whoIsAsked(request: Request, audience: Audience, asked: PersonId | undefined): Markup {
  const approval = approvalOf(request);
  switch (audience) {
    case "approver-dm": {
      const isAsked = asked !== undefined && stepsFor(approval, asked).length > 0;
      const lent = (request.away ?? []).find((one) => asked && possiblySamePerson(one.delegate, asked));
      return !isAsked && lent
        ? markup`You are asked for ${mention(lent.delegator)}, who is away until ${dateToken(lent.endsAt)}.`
        : whyAskedSentence(request, asked);
    }
    case "approvers-channel":
      return markup`Anyone in ${groups(approval.groups)} except ${mention(request.requester)} can decide.`;
    case "requester":
      return markup`${groups(approval.groups)} decide this.`;
  }
}

function whoElse(request: Request, asked: PersonId | undefined): Markup {
  const others = stillAsked(request).filter((person) => person.userId !== asked?.userId);
  if (others.length === 0)
    return asked ? markup`Nobody else can.` : markup`Nobody is left who could; cancel it and ask again.`;
  const shown = joinMarkup(
    others.slice(0, shownApprovers).map((person) => askedFor(request, person)),
    ", ",
  );
  const rest = others.length - shownApprovers;
  const people = rest > 0 ? markup`${shown} and ${literal(counted(rest, "other", "others"))}` : shown;
  return asked ? markup`Also: ${people}.` : markup`${people} can.`;
}

const shownApprovers = 3; // enough to know whom to nudge; the whole list stands behind “Show the exact request”
