import { approvalOf } from "../request/approval.ts";
import type { PersonProblem, Refusal } from "../request/outcome.ts";
import type { Request, RequestState, RevocationCause, Vote } from "../request/request.ts";
import { distinctPeople, possiblySamePerson } from "../request/same-person.ts";
import { whyAsked } from "../request/why-asked.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import type { AwayRefusal, SubmitRefusal } from "../workflow/use-cases.ts";
import {
  channelMention,
  dateToken,
  joinMarkup,
  literal,
  type Markup,
  markup,
  mention,
} from "./blocks/markup.ts";
import { counted, list, minutes } from "./blocks/words.ts";

/** Every sentence that refuses: what was refused, why, and who can act instead. Shown only to the person who acted. */

export function refusalSentence(why: Refusal, request: Request): Markup {
  switch (why.kind) {
    case "own-request":
      return markup`You asked for this yourself, and nobody decides their own request. ${whoCanDecide(request)}`;
    case "not-an-approver":
      return markup`You are not an approver of this request, so nothing was changed. ${whoCanDecide(request)}`;
    case "not-yours":
      return markup`This is ${mention(request.requester)}’s request, so only they can do that. An approver can revoke running access.`;
    case "no-longer-allowed":
      return request.state === "pending"
        ? markup`The policy changed: ${mention(request.requester)} can’t ask for this runbook any more, so it was not decided. An admin can say why.`
        : markup`The policy changed and does not allow it any more, so nothing was run and the access ends. An admin can say why.`;
    case "denied-by-rule":
      return markup`The rule ${literal(why.rule)} forbids it now: ${literal(why.because)} So nothing was changed. An admin can say more.`;
    case "needs-approval":
      return markup`The policy wants ${literal(list(why.steps, "and"))} to approve this by itself, so nothing was run. Ask for it with \`/jit request\`.`;
    case "group-unavailable":
      return markup`Who is in ${literal(why.group)} can’t be known just now (${literal(why.why)}), and unavailable means no. Try again in a minute.`;
    case "step-complete":
      return markup`Your step (${literal(list(why.steps, "and"))}) has all its approvals, so yours was not needed. ${whoCanDecide(request)}`;
    case "not-your-turn":
      return markup`Your step comes after ${literal(list(why.waitsFor, "and"))}, so nothing was changed. You can decide once that is approved.`;
    case "needed-later":
      return markup`Without you nobody is left for the step ${literal(why.step)}, and nobody counts twice, so your approval was not taken for this one. ${whoCanDecide(request)}`;
    case "person":
      return markup`${personSentence(why.problem)} ${whoCanDecide(request)}`;
    case "already-voted":
      return markup`You answered this request ${dateToken(why.at)} already; one person is one vote. ${whoCanDecide(request)}`;
    case "voted-as-one":
      return why.delegatedBy
        ? markup`${mention(why.by)} approved this step ${dateToken(why.at)} for ${mention(why.delegatedBy)}, and with a delegation two are one person, so your approval was not taken. ${whoCanDecide(request)}`
        : markup`${mention(why.by)} approved this step ${dateToken(why.at)}, and with a delegation two are one person, so your approval was not taken. ${whoCanDecide(request)}`;
    case "already-decided":
      return why.by
        ? markup`Too late: this request is ${literal(stateWord(why.state))} since ${dateToken(why.at)}, by ${mention(why.by)}. Nothing was changed.`
        : markup`Too late: this request is ${literal(stateWord(why.state))} since ${dateToken(why.at)}. Nothing was changed.`;
    case "lapsed":
      return markup`This request lapsed ${dateToken(why.at)} because nobody decided in time. ${mention(request.requester)} can ask again.`;
    case "changed-since-shown":
      return markup`What you saw is not what is stored now, so nothing was decided. Read the updated card and press again.`;
    case "not-our-card":
      return markup`The message with this button is not one that I know to have posted for this request, so nothing was decided. ${whoCanDecide(request)} The card stands in ${channelMention(request.approval.channel)}.`;
    case "cannot-narrow":
      return markup`Less than what was asked for can’t be approved so, and nothing was decided. ${literal(why.sentence)} Approve it as it is, or deny it and say what would do.`;
    case "not-looked-at":
      return request.look?.state === "failed" && !request.look.mayPass
        ? markup`The item could not be looked at, so nobody can judge what would change, and nobody can approve it. ${mention(request.requester)} can cancel and ask again; it can be denied.`
        : markup`The item is being looked at; in a moment the card shows what would change. Then press again.`;
    case "recipe-runs-nothing":
      return markup`A recipe approves requests and runs nothing itself. \`/jit request ${literal(request.plan.runbook.name)}\` asks for a run, which it approves if it is within.`;
    case "recipe-outdated":
      return markup`The runbook or its data source changed since ${mention(request.requester)} asked, so this recipe would approve nothing, and it was not approved. They can cancel and ask again.`;
    case "not-active":
      return markup`This request is ${literal(stateWord(why.state))}, so there is no running access to act on. ${mention(request.requester)} can ask again.`;
    case "window-over":
      return markup`The access ended ${dateToken(why.at)}. ${mention(request.requester)} can ask again.`;
    case "run-in-progress":
      return markup`Run ${why.run} is still going; one run at a time. Its result comes in the thread, then you can run again.`;
    case "no-runs-left":
      return markup`All ${literal(counted(why.max, "run", "runs"))} of this access are used. ${mention(request.requester)} can ask again.`;
    case "this-query-only":
      return markup`The approval is for one query and covers no other, so nothing was run. Ask for this one with \`/jit request\`.`;
    case "guardrails-changed":
      return markup`The runbook or its guardrails changed since they were approved, so no further query runs under this access. ${mention(request.requester)} can ask again.`;
    case "record-full":
      return markup`The record of this access can’t take another query, so nothing was run. ${mention(request.requester)} can ask again.`;
    case "run-not-queued":
      return markup`Run ${why.run} was started already or is over, so it was not started again.`;
    case "run-not-running":
      return markup`Run ${why.run} is not going any more, so nothing was changed.`;
    case "no-review":
      return markup`This was no break-glass, so there is nothing to review.`;
    case "own-review":
      return markup`This is your own break-glass, and nobody reviews their own. ${groups(request.breakGlass?.reviewGroups ?? [])} reviews it.`;
    case "not-a-reviewer":
      return markup`You are not in ${groups(why.groups)}, who review break-glass, so nothing was changed.`;
    case "review-taken":
      return markup`${mention(why.by)} took this review on and has until ${dateToken(why.until)}; after that anybody of ${groups(request.breakGlass?.reviewGroups ?? [])} can take it over. Nothing was changed.`;
    case "already-reviewed":
      return markup`${mention(why.by)} reviewed this break-glass ${dateToken(why.at)}. Nothing was changed.`;
    case "nothing-to-do":
      return markup`There was nothing left to do here: it is done already.`;
  }
}

export function submitRefusalSentence(why: SubmitRefusal): Markup {
  switch (why.kind) {
    case "unknown-runbook":
      return why.nearest === undefined
        ? markup`There is no runbook called “${literal(why.name)}”. \`/jit runbooks\` lists those you can ask for.`
        : markup`There is no runbook called “${literal(why.name)}”. Did you mean “${literal(why.nearest)}”?`;
    case "denied-by-rule":
      return markup`The rule ${literal(why.rule)} of access.yml forbids this: ${literal(why.because)}${why.unknown ? markup` (A fact that it needs can’t be known now, and unavailable means no.)` : markup``} An admin can say more.`;
    case "not-a-requester":
      if (why.unavailable)
        return markup`Only members of ${groups(why.groups)} can ask for this runbook, and who is in ${groups(why.unavailable.map(({ group }) => group))} can’t be known just now (${literal(why.unavailable.map((one) => one.why).join("; "))}). Unavailable means no; try again in a minute.`;
      return markup`Only members of ${groups(why.groups)} can ask for this runbook. An admin can add you to the group in access.yml.`;
    case "person":
      return markup`${personSentence(why.problem)} Nothing was asked for.`;
    case "nobody-can-approve":
      return markup`Nobody could approve this: it needs ${literal(counted(why.needed, "approver", "approvers"))} from ${groups(why.groups)} other than you, and ${why.available} can. An admin can add people to the group in access.yml.`;
    case "policy":
      return markup`This request can’t be made safe, so it was not submitted. ${literal(why.sentence)} The owner of the runbook can change it.`;
    case "already-submitted":
      return markup`This form had been sent before you changed it, and what it said then waits as ${literal(why.requestId)}. Cancel that request with \`/jit status\` and ask again with a new form.`;
    case "no-break-glass":
      return markup`There is no break-glass for ${literal(why.runbook)}, so nothing was started. \`/jit request ${literal(why.runbook)}\` asks for it; security decides in access.yml what break-glass is for.`;
    case "not-for-break-glass":
      return markup`Only members of ${groups(why.groups)} can break the glass${unavailableWords(why.unavailable)}, so nothing was started, and this attempt is recorded. \`/jit request\` asks approvers; an admin can add you to the group in access.yml.`;
    case "nobody-can-review":
      return markup`Nobody of ${groups(why.groups)} other than you is known who could review it afterwards${unavailableWords(why.unavailable)}, so nothing was started. \`/jit request\` asks approvers; an admin can add people to the group in access.yml.`;
    case "review-open":
      return markup`Your break-glass is suspended: the review of your earlier one, \`${literal(why.requestId)}\`, was due ${dateToken(why.dueAt)} and is still open. Ask ${groups(why.groups)} to review it; until then \`/jit request\` asks approvers.`;
    case "review-not-stored":
      return markup`The review that a break-glass owes could not be stored or looked up just now, so nothing was started. Try again in a minute, or ask approvers with \`/jit request\`.`;
    case "no-recipes":
      return markup`The policy allows no recipes for ${literal(why.runbook)}, so people decide each request. An admin can allow them under recipes in access.yml.`;
    case "recipe-of-own-query":
      return markup`“${literal(why.parameter)}” is a query that the requester writes, and nobody can approve in advance what nobody has written. \`/jit request\` asks for each one.`;
    case "recipe-needs-single-run":
      return markup`A recipe approves single runs, and ${literal(why.runbook)} gives windows only. Its owner can allow single-run.`;
    case "recipe-of-looked-at-write":
      return markup`${literal(why.runbook)} changes an item that approvers are shown before each write, so nobody can approve it in advance. \`/jit request ${literal(why.runbook)}\` asks for each write.`;
    case "too-many-recipes":
      return markup`There are ${why.max} recipes already, which is the most at a time. \`/jit recipes\` shows yours; end one that is not used, or wait for one to end.`;
    case "too-many-open":
      return markup`You have ${why.max} open requests, which is the most at a time. Cancel or end one with \`/jit status\`, then ask again.`;
    case "too-large":
      return markup`This request would take ${Math.ceil(why.bytes / 1000)} KB to keep, and ${Math.floor(why.maxBytes / 1000)} KB is the most, so it was not submitted. Shorten the longest thing you typed; if it is short already, an admin can make the groups that approve smaller.`;
  }
}

/** Why nobody was put in somebody's place. */
export function awayRefusalSentence(why: AwayRefusal): Markup {
  switch (why.kind) {
    case "not-set-up":
      return markup`Nobody can approve for somebody else here, so nothing was changed. An admin can name groups for it under delegation in access.yml.`;
    case "yourself":
      return markup`You can’t approve for yourself while you are away, so nothing was changed. Name somebody else.`;
    case "no-date":
      return markup`That day is not in the calendar, so nothing was changed. Example: until 2026-12-01.`;
    case "over":
      return markup`That time is over before it begins, so nothing was changed. Say a later day.`;
    case "too-long":
      return markup`At most ${why.maxDays} days at a time, and not further ahead, so nothing was changed. Say an earlier day.`;
    case "not-in-group":
      return markup`Only members of ${groups(why.groups)} can approve for somebody else, so nothing was changed. Name one of them; an admin can change that in access.yml.`;
    case "group-unavailable":
      return markup`Who is in ${literal(why.group)} can’t be known just now (${literal(why.why)}), and unavailable means no. Try again in a minute.`;
    case "person":
      return why.who === "delegator"
        ? markup`${personSentence(why.problem)} Nothing was changed.`
        : markup`They can’t approve for you: ${literal(personProblemOf(why.problem))}. Nothing was changed; name somebody else.`;
  }
}

/** “X”, or “X for Y (away until …)” where it was Y’s right. */
export function voterOf({ by, delegatedBy }: Pick<Vote, "by" | "delegatedBy">): Markup {
  return delegatedBy
    ? markup`${mention(by)} for ${mention(delegatedBy.person)} (away until ${dateToken(delegatedBy.until)})`
    : mention(by);
}

/** An approver, or who is asked for them while they are away. */
export function askedFor(request: Request, person: PersonId): Markup {
  const away = request.away?.find(({ delegator }) => possiblySamePerson(delegator, person));
  const hasVoted = away && request.votes.some(({ by }) => possiblySamePerson(by, away.delegate));
  return away && !hasVoted
    ? voterOf({ by: away.delegate, delegatedBy: { person, until: away.endsAt } })
    : mention(person);
}

function unavailableWords(unavailable: readonly { group: string; why: string }[]): Markup {
  const [first] = unavailable;
  return first
    ? markup`, and who is in ${literal(first.group)} can’t be known just now (${literal(first.why)})`
    : markup``;
}

/** Why a person may not act at all, addressed to them. */
function personSentence(problem: PersonProblem): Markup {
  switch (problem) {
    case "deactivated":
      return markup`Your Slack account is deactivated, so it can’t act here.`;
    case "bot":
      return markup`Bots and workflows can’t act here; a person has to.`;
    case "guest":
      return markup`Guest accounts can’t ask for or decide on access. A full member can.`;
    case "stranger":
      return markup`You belong to another organisation, so you can’t act here. A member of this workspace can.`;
    case "other-team":
      return markup`You belong to another workspace, so you can’t act here. A member of this workspace can.`;
    case "unknown":
      return markup`Slack could not say who you are just now, and unavailable means no. Try again in a minute.`;
  }
}

/** The same about somebody else, for the thread and for results that are withheld. */
export function personProblemOf(problem: PersonProblem): string {
  switch (problem) {
    case "deactivated":
      return "their Slack account is deactivated";
    case "bot":
      return "the account is a bot";
    case "guest":
      return "the account is a guest now";
    case "stranger":
      return "the account belongs to another organisation";
    case "other-team":
      return "the account belongs to another workspace";
    case "unknown":
      return "Slack could not say who they are, and unavailable means no";
  }
}

/** As in “this request is …”. */
export function stateWord(state: RequestState): string {
  switch (state) {
    case "pending":
      return "waiting for approval";
    case "active":
      return "approved and active";
    case "revoking":
      return "ending";
    case "revoked":
      return "over, its access ended";
    case "denied":
      return "denied";
    case "cancelled":
      return "cancelled";
    case "lapsed":
      return "lapsed";
  }
}

/** As in “Access ended: …”. */
export function causeSentence(
  cause: RevocationCause,
  { by, operator }: { by?: PersonId; operator?: string },
  { grant, recipe }: Pick<Plan, "grant" | "recipe">,
): Markup {
  switch (cause) {
    case "completed":
      return markup`its run is done`;
    case "expired":
      return recipe
        ? markup`its time is over`
        : markup`the time it was given for (${literal(minutes(grant.durationMinutes))}) is over`;
    case "ended":
      return by ? markup`${mention(by)} ended it` : markup`its owner ended it`;
    case "revoked":
      if (operator !== undefined) return markup`an operator (“${literal(operator)}”) revoked it`;
      return by ? markup`${mention(by)} revoked it` : markup`it was revoked`;
    case "plan-changed":
      return markup`what would run is not what was approved`;
    case "no-longer-allowed":
      return markup`the policy does not allow it any more`;
    case "requester-gone":
      return markup`its requester’s account may not act any more`;
    case "runbook-withdrawn":
      return markup`the approved version of its runbook is not published any more`;
    case "incident-closed":
      return by
        ? markup`${mention(by)} closed its incident`
        : markup`the channel of its incident was archived`;
    case "failed":
      return markup`its run failed`;
  }
}

/** Follows “Cancelled …”; nothing when a person simply took it back. */
export function whyCancelled({ closed }: Request): Markup {
  if (closed?.cause === undefined) return markup``;
  return closed.by ? markup`: its incident is over` : markup`: the channel of its incident was archived`;
}

/** Why the card does not stand in its channel, with the exact fix; for the requester. */
export function channelProblemSentence(error: string, channel: string): Markup {
  const where = channelMention(channel);
  switch (error) {
    case "not_in_channel":
      return markup`I am not in ${where}, so the approvers were asked by direct message only. To mend it: type \`/invite @jit\` in ${where}.`;
    case "channel_not_found":
      return markup`I can’t see the approvals channel ${literal(channel)}, so the approvers were asked by direct message only. To mend it: type \`/invite @jit\` in it, or have an admin correct the channel in access.yml.`;
    case "is_archived":
    case "is_inactive":
      return markup`${where} is archived, so the approvers were told by direct message only. To mend it: unarchive it, or have an admin name another channel in access.yml.`;
    default:
      return markup`I can’t post in ${where} (${literal(error)}), so the approvers were told by direct message only. An admin can allow me to post there or name another channel in access.yml.`;
  }
}

/** “<@lead> or anyone in orders-platform can decide.” */
export function whoCanDecide(request: Request): Markup {
  if (request.state !== "pending") return markup``;
  const left = stillAsked(request);
  if (left.length === 0)
    return markup`Nobody else can decide it now; ${mention(request.requester)} can cancel and ask again.`;
  const others = left.length - shownPeople;
  const people = left.slice(0, shownPeople).map(mention);
  if (others > 0)
    return markup`${joinMarkup(people, ", ")} or anyone else in ${groups(approvalOf(request).groups)} can decide.`;
  return people.length === 1
    ? markup`${joinMarkup(people, "")} can decide (${groups(approvalOf(request).groups)}).`
    : markup`${joinMarkup(people, " or ")} can decide (${groups(approvalOf(request).groups)}).`;
}

/** Approvers who have not answered and whose step still needs somebody. */
export function stillAsked(request: Request): PersonId[] {
  return distinctPeople(approvalOf(request).approvers).filter(
    (person) =>
      !possiblySamePerson(person, request.requester) &&
      !request.votes.some((vote) => possiblySamePerson(vote.by, person)) &&
      whyAsked(request, person).some(({ turn }) => turn !== "complete"),
  );
}

export function groups(names: readonly string[]): Markup {
  return names.length === 0 ? markup`no group` : markup`${literal(list(names, "or"))}`;
}

const shownPeople = 2; // more names than that are noise in a one-line answer
