import type { KnownBlock } from "@slack/types";
import type { Request } from "../../request/request.ts";
import { actionValue } from "../blocks/card-actions.ts";
import { button, context, divider, section } from "../blocks/elements.ts";
import { dateToken, joinMarkup, literal, type Markup, markup, mention } from "../blocks/markup.ts";
import type { RecipeTerms } from "../../runbook/recipe.ts";
import { recipeTerms } from "../blocks/recipe-words.ts";
import { counted } from "../blocks/words.ts";
import { causeSentence, stateWord } from "../sentences.ts";
import type { PrivateAnswer } from "../tell.ts";
import { shortcuts } from "./help.ts";

const maxOpenShown = 15;
const maxClosedShown = 5;

/** What waits for a person's vote, and their own requests: active with End, pending with Cancel, the last five that are over with their outcome. */
export function statusAnswer(
  requests: readonly Request[],
  waiting: readonly KnownBlock[] = [],
): PrivateAnswer {
  const { active, pending } = sorted(requests);
  return {
    text: `You have ${counted(active.length, "active access", "active accesses")} and ${counted(pending.length, "request", "requests")} waiting for approval.`,
    blocks: [...waiting, ...statusSections(requests), shortcuts()],
  };
}

/** Asked when `/jit end` does not say which. */
export function chooseWhatToEnd(active: readonly Request[]): PrivateAnswer {
  return {
    text: `You have ${active.length} active accesses. Choose which one to end.`,
    blocks: [section(markup`*Which access should end?*`), ...active.slice(0, maxOpenShown).map(activeEntry)],
  };
}

function sorted(requests: readonly Request[]) {
  return {
    active: requests.filter(({ state }) => state === "active" || state === "revoking"),
    pending: requests.filter(({ state }) => state === "pending"),
    closed: requests.filter(({ state }) => ["revoked", "denied", "cancelled", "lapsed"].includes(state)),
  };
}

/** At most 45 blocks: also for the Home tab. */
export function statusSections(requests: readonly Request[]): KnownBlock[] {
  const { active, pending, closed } = sorted(requests);
  const last = closed.slice(0, maxClosedShown);
  if (active.length + pending.length + last.length === 0) {
    return [section(markup`You have asked for nothing yet. \`/jit request\` opens the list of runbooks.`)];
  }
  return [
    ...part(markup`*Active*`, active, activeEntry),
    ...part(markup`*Waiting for approval*`, pending, pendingEntry),
    ...owedReviews(requests),
    ...(last.length > 0
      ? [divider(), section(markup`*Lately*`), section(joinMarkup(last.map(closedLine), "\n"))]
      : []),
  ];
}

/** Break-glass of this person that nobody reviewed yet. */
function owedReviews(requests: readonly Request[]): KnownBlock[] {
  const lines = requests.flatMap((request) => {
    const { breakGlass } = request;
    if (!breakGlass || breakGlass.review) return [];
    const owner = breakGlass.owner ? markup` by ${mention(breakGlass.owner.by)}` : markup``;
    return [
      breakGlass.overdueSince
        ? markup`⚠ ${titleOf(request)} · review${owner} overdue since ${dateToken(breakGlass.reviewDueAt)}: your break-glass is suspended until it is given`
        : markup`${titleOf(request)} · review${owner} owed until ${dateToken(breakGlass.reviewDueAt)}`,
    ];
  });
  if (lines.length === 0) return [];
  return [
    section(markup`*Break-glass waiting for review*`),
    section(joinMarkup(lines.slice(0, maxOpenShown), "\n")),
  ];
}

function part(title: Markup, requests: Request[], entry: (request: Request) => KnownBlock): KnownBlock[] {
  if (requests.length === 0) return [];
  const shown = requests.slice(0, maxOpenShown);
  const hidden = requests.length - shown.length;
  return [
    section(title),
    ...shown.map(entry),
    ...(hidden > 0 ? [context(markup`${hidden} more, older ones, are not shown.`)] : []),
  ];
}

function activeEntry(request: Request): KnownBlock {
  if (request.plan.recipe) return recipeEntry(request, request.plan.recipe);
  if (request.state === "revoking") return section(markup`${titleOf(request)}\nThe access is ending.`);
  const until = request.grant ? markup`Until ${dateToken(request.grant.endsAt)}` : markup`Active`;
  const runs = literal(counted(request.runs.length, "run", "runs"));
  return section(
    markup`${titleOf(request)}\n${until} · ${runs} of ${request.plan.grant.maxRuns}`,
    button("End", "jit_end", actionValue(request), {
      style: "danger",
      label: `End ${request.plan.runbook.title}`,
    }),
  );
}

function recipeEntry(request: Request, recipe: RecipeTerms): KnownBlock {
  return section(
    markup`${titleOf(request)}\n📜 Recipe: ${recipeTerms(recipe)}. \`/jit recipes\` says what is left.`,
    button("End", "jit_end", actionValue(request), {
      style: "danger",
      label: `End the recipe of ${request.plan.runbook.title}`,
    }),
  );
}

function pendingEntry(request: Request): KnownBlock {
  const approvals = request.votes.filter(({ decision }) => decision === "approve").length;
  return section(
    markup`${titleOf(request)}\n${approvals} of ${literal(counted(request.approval.count, "approval", "approvals"))} · lapses ${dateToken(request.lapsesAt)}`,
    button("Cancel", "jit_cancel", actionValue(request), { label: `Cancel ${request.plan.runbook.title}` }),
  );
}

function closedLine(request: Request): Markup {
  return markup`${titleOf(request)} · ${outcome(request)}`;
}

function outcome(request: Request): Markup {
  const run = request.runs.at(-1);
  if (request.state !== "revoked" || !request.revocation) return markup`${literal(stateWord(request.state))}`;
  const result = run?.result
    ? markup`${literal(counted(run.result.rows, "row", "rows"))}`
    : markup`${literal(run?.failure ? "failed" : "nothing read")}`;
  const { cause } = request.revocation;
  if (request.plan.recipe)
    return markup`recipe ended: ${causeSentence(cause, request.revocation, request.plan)}`;
  return markup`${result}, access ended: ${causeSentence(cause, request.revocation, request.plan)}`;
}

function titleOf({ id, plan }: Request): Markup {
  return markup`*${literal(plan.runbook.title)}* \`${literal(id)}\``;
}
