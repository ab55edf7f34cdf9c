import type { PersonProblem, Refusal } from "../request/outcome.ts";
import type { Request, RequestState, RevocationCause } from "../request/request.ts";
import { distinctPeople, possiblySamePerson } from "../request/same-person.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { SubmitRefusal } from "../workflow/use-cases.ts";
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
    case "person":
      return markup`${personSentence(why.problem)} ${whoCanDecide(request)}`;
    case "already-voted":
      return markup`You answered this request ${dateToken(why.at)} already; one person is one vote. ${whoCanDecide(request)}`;
    case "already-decided":
      return why.by
        ? markup`Too late: this request is ${literal(stateWord(why.state))} since ${dateToken(why.at)}, by ${mention(why.by)}. Nothing was changed.`
        : markup`Too late: this request is ${literal(stateWord(why.state))} since ${dateToken(why.at)}. Nothing was changed.`;
    case "lapsed":
      return markup`This request lapsed ${dateToken(why.at)} because nobody decided in time. ${mention(request.requester)} can ask again.`;
    case "changed-since-shown":
      return markup`What you saw is not what is stored now, so nothing was decided. Read the updated card and press again.`;
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
    case "not-a-requester":
      return markup`Only members of ${groups(why.groups)} can ask for this runbook. An admin can add you to the group in access.yml.`;
    case "person":
      return markup`${personSentence(why.problem)} Nothing was asked for.`;
    case "nobody-can-approve":
      return markup`Nobody could approve this: it needs ${literal(counted(why.needed, "approver", "approvers"))} from ${groups(why.groups)} other than you, and ${why.available} can. An admin can add people to the group in access.yml.`;
    case "policy":
      return markup`This request can’t be made safe, so it was not submitted. ${literal(why.sentence)} The owner of the runbook can change it.`;
    case "too-many-open":
      return markup`You have ${why.max} open requests, which is the most at a time. Cancel or end one with \`/jit status\`, then ask again.`;
    case "too-large":
      return markup`This request would take ${Math.ceil(why.bytes / 1000)} KB to keep, and ${Math.floor(why.maxBytes / 1000)} KB is the most, so it was not submitted. Shorten the longest thing you typed; if it is short already, an admin can make the groups that approve smaller.`;
  }
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
  by: PersonId | undefined,
  grantMinutes: number,
): Markup {
  switch (cause) {
    case "completed":
      return markup`its run is done`;
    case "expired":
      return markup`the time it was given for (${literal(minutes(grantMinutes))}) is over`;
    case "ended":
      return by ? markup`${mention(by)} ended it` : markup`its owner ended it`;
    case "revoked":
      return by ? markup`${mention(by)} revoked it` : markup`it was revoked`;
    case "plan-changed":
      return markup`what would run is not what was approved`;
    case "no-longer-allowed":
      return markup`the policy does not allow it any more`;
    case "failed":
      return markup`its run failed`;
  }
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
    return markup`${joinMarkup(people, ", ")} or anyone else in ${groups(request.approval.groups)} can decide.`;
  return people.length === 1
    ? markup`${joinMarkup(people, "")} can decide (${groups(request.approval.groups)}).`
    : markup`${joinMarkup(people, " or ")} can decide (${groups(request.approval.groups)}).`;
}

/** Approvers who have not answered. */
export function stillAsked(request: Request): PersonId[] {
  return distinctPeople(request.approval.approvers).filter(
    (person) =>
      !possiblySamePerson(person, request.requester) &&
      !request.votes.some((vote) => possiblySamePerson(vote.by, person)),
  );
}

export function groups(names: readonly string[]): Markup {
  return names.length === 0 ? markup`no group` : markup`${literal(list(names, "or"))}`;
}

const shownPeople = 2; // more names than that are noise in a one-line answer
