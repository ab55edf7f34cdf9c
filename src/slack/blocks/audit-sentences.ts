import type { Actor, AuditEvent, AuditFact } from "../../request/audit-event.ts";
import type { Delivery } from "../../request/request.ts";
import { dateToken, literal, type Markup, markup, mention } from "./markup.ts";
import { byRecipe } from "./recipe-words.ts";
import { counted, list, minutes, queryEndWords, shortDigest, verdictWords } from "./words.ts";

/** A recorded fact as one line, with its place in the chain. What people typed stays out: it is shown quoted elsewhere. */
export function auditSentence(event: AuditEvent): Markup {
  const say = sentences[event.fact.type] as (fact: never) => Markup;
  return markup`${event.seq}. ${dateToken(event.at)} ${who(event.actor)}: ${say(event.fact as never)} \`${literal(shortDigest(event.hash))}\``;
}

const sentences: { [T in AuditFact["type"]]: (fact: Extract<AuditFact, { type: T }>) => Markup } = {
  "request.submitted": ({ runbook, version, approvers, count }) =>
    markup`asked for ${literal(runbook)} v${literal(version)}; ${literal(counted(count, "approval", "approvals"))} needed, ${literal(counted(approvers, "person", "people"))} could give it`,
  "vote.approved": ({ planDigest, rule, delegatedBy }) =>
    markup`approved plan ${literal(shortDigest(planDigest))}${delegatedBy ? markup` for ${mention(delegatedBy.person)}, away until ${dateToken(delegatedBy.until)}` : markup``} (${literal(rule)})`,
  "request.narrowed": ({ widerDigest, planDigest, changes }) =>
    markup`narrowed plan ${literal(shortDigest(widerDigest))} to ${literal(shortDigest(planDigest))} (${literal(changes.join("; "))})`,
  "policy.changed": ({ steps, count }) =>
    markup`the policy asks for more: ${literal(counted(count, "approval", "approvals"))} now (${literal(steps.join("; "))})`,
  "step.escalated": ({ step, afterMinutes, groups, approvers }) =>
    markup`nobody decided ${literal(step)} in ${literal(minutes(afterMinutes))}: ${literal(list(groups, "or"))} may too from now on (${literal(counted(approvers, "person", "people"))} more)`,
  "approvers.reminded": ({ no, of }) =>
    markup`reminded those who can decide (${no} of ${literal(counted(of, "reminder", "reminders"))})`,
  "request.auto-approved": ({ rule, expression, facts }) =>
    markup`approved by the rule ${literal(rule)}: ${literal(expression)} (${literal(factWords(facts))})`,
  "request.approved-by-recipe": ({ recipeDigest, ...recipe }) =>
    markup`approved by ${byRecipe(recipe)}, as its approvers approved plan ${literal(shortDigest(recipeDigest))}`,
  "request.break-glass": ({ planDigest, groups, reviewers, reviewDueAt }) =>
    markup`break-glass as one of ${literal(groups.join(", "))}: started plan ${literal(shortDigest(planDigest))} without any approval; a review by one of ${literal(counted(reviewers, "person", "people"))} is owed until ${dateToken(reviewDueAt)}`,
  "review.taken": () => markup`took the review of the break-glass on`,
  "review.overdue": () => markup`the review of the break-glass is overdue, the reviewers are reminded`,
  "review.given": ({ verdict }) => markup`reviewed the break-glass: ${literal(verdictWords[verdict])}`,
  "vote.denied": ({ delegatedBy }) =>
    delegatedBy
      ? markup`denied for ${mention(delegatedBy.person)}, away until ${dateToken(delegatedBy.until)}`
      : markup`denied`,
  "request.approved": ({ grant }) => markup`approved, access until ${dateToken(grant.endsAt)}`,
  "request.denied": () => markup`denied, nothing runs`,
  "request.cancelled": ({ cause }) =>
    cause === undefined ? markup`cancelled` : markup`cancelled with its incident`,
  "request.lapsed": () => markup`lapsed, nobody decided in time`,
  "run.queued": ({ run }) => markup`run ${run} queued`,
  "query.admitted": ({ run, planDigest, guardrailsDigest, textDigest }) =>
    markup`own query for run ${run}, text ${literal(shortDigest(textDigest))}, plan ${literal(shortDigest(planDigest))}, admitted by the approved guardrails ${literal(shortDigest(guardrailsDigest))}`,
  "look.started": ({ attempt }) => markup`looks at the item before anybody decides (attempt ${attempt})`,
  "look.read": ({ planDigest, attributes, imageDigest }) =>
    markup`saw ${literal(counted(attributes.length, "attribute", "attributes"))} of the item, image ${literal(shortDigest(imageDigest))}; the plan is ${literal(shortDigest(planDigest))} from now on`,
  "look.failed": ({ failure }) => markup`could not look at the item (${literal(failure.code)})`,
  "read-back.started": ({ run, attempt }) =>
    markup`reads the item back to learn what became of run ${run} (attempt ${attempt})`,
  "run.settled": ({ run }) => markup`run ${run} was done: the item, read back, shows it`,
  "run.started": ({ run, planDigest }) =>
    markup`run ${run} started with plan ${literal(shortDigest(planDigest))}`,
  "lease.issued": ({ run, lease }) =>
    markup`run ${run} got session ${literal(lease.sessionName)} until ${dateToken(lease.expiresAt)}; its policy was proven on ${literal(counted(lease.checks.allowed, "allowed call", "allowed calls"))} and ${literal(counted(lease.checks.denied, "denied one", "denied ones"))}`,
  "query.started": ({ run, queryExecutionId, workgroup }) =>
    markup`Athena took the query of run ${run} as ${literal(queryExecutionId)} in workgroup ${literal(workgroup)}`,
  "query.ended": ({ run, state }) => markup`Athena’s query of run ${run} ${literal(queryEndWords[state])}`,
  "run.succeeded": ({ run, result }) =>
    markup`run ${run} done, ${literal(counted(result.rows, "row", "rows"))}, result ${literal(shortDigest(result.sha256))}`,
  "run.failed": ({ run, failure }) => markup`run ${run} failed (${literal(failure.code)})`,
  "run.stopped": ({ run, failure }) => markup`run ${run} stopped (${literal(failure.code)})`,
  "run.unknown": ({ run, failure }) => markup`outcome of run ${run} unknown (${literal(failure.code)})`,
  "result.settled": ({ run, delivery }) => settled(run, delivery),
  "result.removed": ({ run }) => markup`rows of run ${run} taken out of Slack`,
  "result.stuck": ({ run, what, error }) =>
    markup`the ${literal(what)} of run ${run} still stands in Slack, which refused to remove it (${literal(error)})`,
  "revocation.started": ({ cause }) => markup`access is ending (${literal(cause)})`,
  "grant.denied": ({ how, until }) =>
    how === "listed"
      ? markup`the data role denies everything to this grant until ${dateToken(until)}`
      : markup`the data role denies everything to every session that is older, until ${dateToken(until)}`,
  "grant.purged": () => markup`this grant is out of the data role’s deny-list`,
  "revocation.overdue": ({ unproven }) =>
    markup`the end of the access is overdue: ${literal(unproven.join("; "))}`,
  "lease.ended": ({ run, end }) =>
    markup`session of run ${run} is dead (${literal(end.proof)}) since ${dateToken(end.at)}`,
  "access.revoked": ({ cause, livedSeconds }) =>
    markup`access ended (${literal(cause)}), lived ${literal(counted(livedSeconds, "second", "seconds"))}`,
};

function settled(run: number, delivery: Delivery): Markup {
  const missing = delivery.status === "delivered" ? delivery.noPreview : delivery.why;
  const what = delivery.status === "delivered" && missing !== undefined ? ", no preview" : "";
  return markup`rows of run ${run} ${literal(delivery.status)}${literal(what)}${missing === undefined ? markup`` : markup` (${literal(missing)})`}`;
}

function factWords(facts: Readonly<Record<string, string>>): string {
  const words = Object.entries(facts).map(([name, value]) => `${name} = ${value}`);
  return words.length === 0 ? "by no fact" : words.join(", ");
}

function who(actor: Actor): Markup {
  switch (actor.kind) {
    case "person":
      return actor.id.subject === undefined
        ? mention(actor.id)
        : markup`${mention(actor.id)} (${literal(actor.id.subject)})`;
    case "system":
      return markup`jit`;
    case "worker":
      return markup`worker ${literal(actor.id)}`;
    case "operator":
      return markup`operator ${literal(actor.name)}`;
  }
}
