import type { KnownBlock } from "@slack/types";
import type { Delivery, Request, Run } from "../../request/request.ts";
import { whatIsUnproven } from "../../request/revoke.ts";
import { limitWords } from "../../request/limit-words.ts";
import { approvalOf, approvalsOf } from "../../request/approval.ts";
import type { RecipeTerms } from "../../runbook/recipe.ts";
import { causeSentence, voterOf, whyCancelled } from "../sentences.ts";
import { context, plain, quote, section } from "./elements.ts";
import { dateToken, joinMarkup, literal, type Markup, markup, mention } from "./markup.ts";
import type { CardExtra } from "./request-card.ts";
import { type Noun, resultHeadline } from "./result-headline.ts";
import { byRecipe, recipeTerms, recipeUsers } from "./recipe-words.ts";
import { progressWords } from "./run-progress.ts";
import { counted, duration } from "./words.ts";

/** The state in words. “Approved” is never shown as “done”, and “ended” only when it is proven. */
export function cardHeadline(request: Request): string {
  if (request.plan.recipe) return recipeHeadline(request);
  return request.breakGlass ? `🚨 Break-glass · ${stateHeadline(request)}` : stateHeadline(request);
}

/** A recipe that is approved runs nothing, so nothing of it is ever “running” or “done”. */
function recipeHeadline(request: Request): string {
  switch (request.state) {
    case "active":
      return "📜 Recipe in force";
    case "revoking":
    case "revoked":
      return "🔒 Recipe ended";
    case "pending":
    case "denied":
    case "cancelled":
    case "lapsed":
      return `📜 Recipe · ${stateHeadline(request)}`;
  }
}

function stateHeadline(request: Request): string {
  switch (request.state) {
    case "pending":
      return `⏳ Waiting for approval${approvalOf(request).count > 1 ? ` (${approvalsOf(request)} of ${approvalOf(request).count})` : ""}`;
    case "active":
      return activeHeadline(request.runs.at(-1), request.breakGlass !== undefined);
    case "revoking":
      return "🔒 Access is ending";
    case "revoked":
      return `🔒 Access ended${endedHow(request.runs.at(-1))}`;
    case "denied":
      return "⛔ Denied";
    case "cancelled":
      return "⚪ Cancelled";
    case "lapsed":
      return "⌛ Lapsed";
  }
}

/** How the request went since it was decided. */
export function cardStatus(request: Request, extra: CardExtra): KnownBlock[] {
  switch (request.state) {
    case "pending":
      return [];
    case "denied":
      return [
        section(markup`⛔ Denied${closedBy(request)}. Nothing was run. Reason:`),
        quote(request.closed?.reason ?? "", 600),
      ];
    case "cancelled":
      return [section(markup`⚪ Cancelled${closedBy(request)}${whyCancelled(request)}. Nothing was run.`)];
    case "lapsed":
      return [
        section(
          markup`⌛ Lapsed${closedBy(request)}: nobody decided in time. Nothing was run. ${mention(request.requester)} can ask again.`,
        ),
      ];
    case "active":
    case "revoking":
    case "revoked":
      return grantBlocks(request, extra);
  }
}

function grantBlocks(request: Request, extra: CardExtra): KnownBlock[] {
  const lines = [approvedLine(request), ...runLines(request, extra), ...endLines(request)];
  const last = request.runs.at(-1);
  const shown = request.runs.slice(-shownRuns);
  return [
    section(joinMarkup(lines, "\n")),
    ...(last?.failure ? [context(plain(`Run ${last.no}: ${last.failure.sentence}`, 1000))] : []),
    ...shown.flatMap(({ no, delivery }) => missingRows(no, delivery)),
    ...(request.revocation?.reason === undefined ? [] : [quote(request.revocation.reason, 600)]),
  ];
}

function approvedLine(request: Request): Markup {
  const { auto, recipe } = request.approval;
  if (recipe) return markup`✅ Approved by ${byRecipe(recipe)}, nobody was asked again`;
  if (request.breakGlass)
    return markup`🚨 Started by ${mention(request.requester)} ${dateToken(request.createdAt)} by break-glass; nobody approved it`;
  if (auto)
    return markup`✅ Approved by the rule ${literal(auto.rule)} (\`${literal(auto.expression)}\`${auto.limits ? markup`; ${literal(limitWords(auto.limits))}` : markup``}), by no person, ${dateToken(request.createdAt)}`;
  const votes = request.votes.filter((vote) => vote.decision === "approve");
  const waited = Date.parse(request.grant?.startsAt ?? request.createdAt) - Date.parse(request.createdAt);
  const by = joinMarkup(votes.map(voterOf), ", ");
  return markup`✅ Approved by ${by} ${dateToken(request.grant?.startsAt ?? request.createdAt)} after ${literal(duration(waited))}`;
}

/** What did not come although the run is done, and why. */
function missingRows(no: number, delivery: Delivery | undefined): KnownBlock[] {
  switch (delivery?.status) {
    case undefined:
      return [];
    case "withheld":
      return [context(plain(`Run ${no}: its rows were withheld. ${delivery.why}`, 1000))];
    case "lost":
      return [context(plain(`Run ${no}: its rows were lost. ${delivery.why}.`, 1000))];
    case "delivered":
      return delivery.noPreview === undefined
        ? []
        : [context(plain(`Run ${no}: no preview in the thread: ${delivery.noPreview}.`, 1000))];
  }
}

function runLines(request: Request, extra: CardExtra): Markup[] {
  const shown = request.runs.slice(-shownRuns);
  const earlier = request.runs.length - shown.length;
  return [
    ...(earlier > 0
      ? [markup`… ${literal(counted(earlier, "earlier run", "earlier runs"))} in the thread`]
      : []),
    ...shown.map((run) => runLine(run, request.plan.output.noun, extra)),
  ];
}

function runLine(run: Run, noun: Noun, { progress }: CardExtra): Markup {
  switch (run.state) {
    case "queued":
      return markup`▶ Run ${run.no}: waiting for a worker`;
    case "running":
      return progress
        ? markup`▶ Run ${run.no}: running · ${literal(progressWords(progress))} so far`
        : markup`▶ Run ${run.no}: running`;
    case "succeeded":
      return markup`✔ Run ${run.no}: done · ${literal(run.result ? resultHeadline(run.result, noun) : "")}`;
    case "failed":
      return markup`✖ Run ${run.no}: failed`;
    case "stopped":
      return markup`■ Run ${run.no}: stopped`;
    case "unknown":
      return markup`❔ Run ${run.no}: outcome unknown, its worker is gone`;
  }
}

function endLines(request: Request): Markup[] {
  const { grant, revocation, plan } = request;
  if (!revocation) {
    if (!grant) return [];
    return [plan.recipe ? recipeLine(plan.recipe) : markup`Access until ${dateToken(grant.endsAt)}`];
  }
  const cause = causeSentence(revocation.cause, revocation, plan);
  if (plan.recipe)
    return [markup`🔒 Ended ${dateToken(revocation.startedAt)}: ${cause}. It approves nothing any more.`];
  if (!revocation.provenAt) {
    const open = whatIsUnproven(request).join(", ");
    return [
      markup`🔒 Access is ending since ${dateToken(revocation.startedAt)}: ${cause}. No run can start${open === "" ? markup`` : markup`; ${literal(open)}`}.`,
    ];
  }
  return [
    markup`🔒 Access ended ${dateToken(revocation.provenAt)}: ${cause} · lived ${literal(livedWords(request))} · proven`,
  ];
}

function recipeLine(recipe: RecipeTerms): Markup {
  return markup`📜 In force: ${recipeTerms(recipe)}, for ${recipeUsers(recipe)}. \`/jit recipes\` says what is left.`;
}

function livedWords(request: Request): string {
  const ended = request.events.findLast((event) => event.fact.type === "access.revoked");
  return ended?.fact.type === "access.revoked" ? duration(ended.fact.livedSeconds * 1000) : "0 s";
}

function closedBy(request: Request): Markup {
  const { closed } = request;
  if (!closed) return markup``;
  const waited = duration(Date.parse(closed.at) - Date.parse(request.createdAt));
  if (closed.operator !== undefined)
    return markup` by an operator (“${literal(closed.operator)}”) ${dateToken(closed.at)} after ${literal(waited)}`;
  return closed.by
    ? markup` by ${mention(closed.by)} ${dateToken(closed.at)} after ${literal(waited)}`
    : markup` ${dateToken(closed.at)} after ${literal(waited)}`;
}

function activeHeadline(run: Run | undefined, isBreakGlass: boolean): string {
  switch (run?.state) {
    case undefined:
    case "queued":
      return isBreakGlass ? "▶ Starting" : "▶ Approved, starting";
    case "running":
      return "▶ Running";
    case "succeeded":
      return "✔ Done, access still open";
    case "failed":
    case "stopped":
      return `✖ Run ${run.state}, access still open`;
    case "unknown":
      return "❔ Outcome unknown, access still open";
  }
}

function endedHow(run: Run | undefined): string {
  switch (run?.state) {
    case undefined:
    case "queued":
    case "running":
      return "";
    case "succeeded":
      return " · run done";
    case "failed":
      return " · run failed";
    case "stopped":
      return " · run stopped";
    case "unknown":
      return " · outcome unknown";
  }
}

const shownRuns = 5; // a window has up to 25; the thread tells each
