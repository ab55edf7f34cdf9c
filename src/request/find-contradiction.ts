import { digest } from "../runbook/digest.ts";
import { approvalOf, isApproved, stepsFor } from "./approval.ts";
import { type AuditEvent, type AuditFact, findBreak } from "./audit-event.ts";
import { breakGlassFact } from "./break-glass.ts";
import { narrowedFact, whyNotNarrowed } from "./narrow.ts";
import type { Approval, AutoApproval, RecipeApproval, Request, RunState } from "./request.ts";
import { certainlySamePerson, distinctPeople, possiblySamePerson } from "./same-person.ts";
import { repeatedVote } from "./delegation.ts";
import { findEscalationContradiction } from "./escalation.ts";
import { sightFact } from "./look.ts";
import { isStricter, policyChangedFact } from "./stricter.ts";
import { recipeFact } from "./recipe.ts";
import { earnedGrant } from "./start-grant.ts";
import { autoApprovedFact, submissionFact } from "./submit.ts";
import { afterRunEvent, type RunEvent } from "./transitions.ts";

/**
 * Replays the events of a request that is about to run: the first thing in its document that they do not say, or
 * nothing when they agree. A chain that was computed anew holds by itself; what it must still tell is who asked,
 * that enough of the people asked approved this very plan, the grant that follows from it, and no end of it.
 */
export function findContradiction(request: Request): string | undefined {
  const broken = findBreak(request.id, request.events);
  if (broken) return `event ${broken.seq} ${broken.problem}`;
  return (
    submission(request) ??
    sight(request) ??
    findEscalationContradiction(request) ??
    narrowings(request) ??
    approvals(request) ??
    grant(request) ??
    end(request) ??
    runs(request)
  );
}

function submission(request: Request): string | undefined {
  const { requester, plan } = request;
  const [first] = request.events;
  if (first?.fact.type !== "request.submitted" || factsOf(request, "request.submitted").length > 1)
    return "the events do not begin with the one submission";
  if (digest(first.fact) !== digest(submissionFact(request)))
    return "what was submitted is not what is stored";
  const asked = first.actor.kind === "person" ? first.actor.id : undefined;
  return asked && certainlySamePerson(asked, requester) && certainlySamePerson(plan.requester, requester)
    ? undefined
    : "the requester is not who submitted it";
}

/** What was seen of a write's item is what was recorded, once, before anybody approved. */
function sight(request: Request): string | undefined {
  const { plan, planDigest, look } = request;
  const [seen, ...more] = factsOf(request, "look.read");
  const isShown = plan.write?.before.status === "read";
  if (plan.write?.before.status === "to-be-read") return "the item of the write was never looked at";
  if (!isShown && !seen && look?.state !== "read") return undefined;
  if (!isShown || !seen || more.length > 0 || look?.state !== "read")
    return "what was seen of the item is not what is recorded";
  if (digest(seen.fact) !== digest(sightFact(plan, planDigest)))
    return "the item that was seen is another one";
  return factsOf(request, "vote.approved").some(({ seq }) => seq < seen.seq)
    ? "somebody approved before the item was seen"
    : undefined;
}

/**
 * Each narrowing is recorded as what it was, by somebody whose vote for the narrower plan comes next, and its plan
 * reaches no further than the one before, so that approvals of that one hold for it.
 */
function narrowings(request: Request): string | undefined {
  const { wider = [], plan } = request;
  const said = factsOf(request, "request.narrowed");
  if (said.length !== wider.length) return "what was narrowed is not what the events say";
  const votes = factsOf(request, "vote.approved");
  for (const [at, { plan: before, planDigest, narrowedBy }] of wider.entries()) {
    const after = wider[at + 1]?.plan ?? plan;
    const event = said[at];
    if (!event || digest(before) !== planDigest) return "a plan that was narrowed is not the one recorded";
    if (digest(event.fact) !== digest(narrowedFact(before, after)))
      return "what was narrowed is not what the events say";
    if (whyNotNarrowed(before, after) !== undefined)
      return "a narrowed plan reaches further than the one before";
    const vote = votes.find(({ seq }) => seq > event.seq);
    const isOwn = [event.actor, vote?.actor].every(
      (actor) => actor?.kind === "person" && certainlySamePerson(actor.id, narrowedBy),
    );
    if (!isOwn || vote?.fact.planDigest !== event.fact.planDigest)
      return "somebody narrowed who did not approve it";
  }
  return undefined;
}

/** Of the plan as it was before that event: narrowings since then took away from it. */
function digestAt(request: Request, seq: number): string {
  const before = factsOf(request, "request.narrowed").filter((event) => event.seq < seq);
  return request.wider?.[before.length]?.planDigest ?? request.planDigest;
}

function approvals(request: Request): string | undefined {
  if (request.breakGlass || factsOf(request, "request.break-glass").length > 0) return brokenGlass(request);
  const { approval, requester } = request;
  const votes = factsOf(request, "vote.approved");
  const voters = votes.flatMap(({ actor }) => (actor.kind === "person" ? [actor.id] : []));
  if (votes.some(({ seq, fact }) => fact.planDigest !== digestAt(request, seq)))
    return "an approval is for another plan";
  if (voters.some((voter) => possiblySamePerson(voter, requester)))
    return "the requester approved their own request";
  if (voters.length !== votes.length || distinctPeople(voters).length !== voters.length)
    return "somebody approved twice";
  const changed = stricter(request);
  if (changed) return changed;
  const asked = approvalOf(request);
  const seats = votes.map(({ seq, fact }, at) => ({ seq, person: fact.delegatedBy?.person ?? voters[at] }));
  if (seats.some(({ seq, person }) => !person || stepsFor(askedBefore(request, seq), person).length === 0))
    return "somebody approved who was not asked";
  if (!approval.auto && !approval.recipe && voters.length < asked.count)
    return "the events hold too few approvals";
  const stored = request.votes.map(({ by, decision, steps, delegatedBy }) => ({
    by,
    decision,
    ...(steps && { steps }),
    ...(delegatedBy && { delegatedBy }),
  }));
  const said = votes.map(({ fact: { steps, delegatedBy } }, at) => ({
    by: voters[at],
    decision: "approve",
    ...(steps && { steps }),
    ...(delegatedBy && { delegatedBy }),
  }));
  if (digest(stored) !== digest(said)) return "the votes are not those of the events";
  const lent = delegations(request);
  if (lent) return lent;
  const cast = request.votes.every(({ by, steps, delegatedBy }) => {
    const own = stepsFor(asked, delegatedBy?.person ?? by).map(({ name }) => name);
    return steps?.every((name) => own.includes(name)) ?? true;
  });
  if (!cast) return "somebody approved a step that was not theirs";
  if (approval.auto) return autoApproval(request, approval.auto);
  if (factsOf(request, "request.auto-approved").length > 0) return "a rule approved what people should";
  if (approval.recipe) return byRecipe(request, approval.recipe);
  if (factsOf(request, "request.approved-by-recipe").length > 0)
    return "a recipe approved what people should";
  return isApproved(request) ? undefined : "the events hold too few approvals";
}

/** As it was asked when this event came. */
function askedBefore(request: Request, seq: number): Approval {
  const told = factsOf(request, "step.escalated").filter((event) => event.seq < seq);
  const { escalated: _, ...rest } = request;
  return approvalOf({ ...rest, escalated: told.map(({ at, fact: { step } }) => ({ step, at })) });
}

/** A vote for somebody who is away came before they were back, and nobody counts twice by it in a step. */
function delegations({ requester, votes }: Request): string | undefined {
  for (const [index, vote] of votes.entries()) {
    const { delegatedBy, steps = [], at } = vote;
    if (delegatedBy && possiblySamePerson(delegatedBy.person, requester))
      return "somebody approved for the requester";
    if (delegatedBy && at >= delegatedBy.until) return "somebody approved for a person who was back";
    if (steps.some((step) => repeatedVote(votes.slice(0, index), step, vote)))
      return "somebody approved twice, by a delegation";
  }
  return undefined;
}

/** What the policy asked for besides is what the last such event says, and takes nothing away. */
function stricter(request: Request): string | undefined {
  const last = factsOf(request, "policy.changed").at(-1);
  if (!last || !request.stricter)
    return last || request.stricter ? "the events do not hold the change of the policy" : undefined;
  const { approversDigest, stepsDigest, count } = policyChangedFact(request.approval, request.stricter);
  const same =
    approversDigest === last.fact.approversDigest &&
    stepsDigest === last.fact.stepsDigest &&
    count === last.fact.count;
  return same && !isStricter(request.approval, request.stricter)
    ? undefined
    : "what the policy asks for besides is not what the events say";
}

/** Its requester started it, as the one event says, and nothing else approved it. */
function brokenGlass(request: Request): string | undefined {
  const { approval, breakGlass, requester, stricter: changed, votes } = request;
  const [said, ...more] = factsOf(request, "request.break-glass");
  const others = [
    ...factsOf(request, "vote.approved"),
    ...factsOf(request, "request.auto-approved"),
    ...factsOf(request, "request.approved-by-recipe"),
  ];
  const isSame = said && breakGlass && digest(said.fact) === digest(breakGlassFact(request, breakGlass));
  const isTheirs = said?.actor.kind === "person" && certainlySamePerson(said.actor.id, requester);
  const isAlone = more.length + others.length + votes.length === 0 && !approval.auto && changed === undefined;
  return isSame && isTheirs && isAlone ? undefined : "the break-glass is not what the events say";
}

function autoApproval(request: Request, auto: AutoApproval): string | undefined {
  const [said, ...more] = factsOf(request, "request.auto-approved");
  const isSame = said && digest(said.fact) === digest(autoApprovedFact(request, auto));
  return isSame && said.actor.kind === "system" && more.length === 0 && request.votes.length === 0
    ? undefined
    : "the rule that approved is not what the events say";
}

function byRecipe(request: Request, recipe: RecipeApproval): string | undefined {
  const [said, ...more] = factsOf(request, "request.approved-by-recipe");
  const isSame = said && digest(said.fact) === digest(recipeFact(request, recipe));
  const isAlone = more.length + request.votes.length === 0 && !request.approval.auto && !request.stricter;
  const isOwn = recipe.approvers.some((one) => possiblySamePerson(one, request.requester));
  if (isOwn) return "the requester approved the recipe";
  return isSame && said.actor.kind === "system" && isAlone && !request.plan.recipe
    ? undefined
    : "the recipe that approved is not what the events say";
}

function grant(request: Request): string | undefined {
  const [approved, ...more] = factsOf(request, "request.approved");
  if (!approved || more.length > 0 || !request.grant) return "the events do not hold one grant";
  if (factsOf(request, "vote.approved").some(({ seq }) => seq > approved.seq))
    return "an approval came after the grant";
  const earned = earnedGrant(request.plan, approved.at);
  return digest(request.grant) === digest(earned) && digest(approved.fact.grant) === digest(earned)
    ? undefined
    : "the grant is not the one that was approved";
}

function end(request: Request): string | undefined {
  const over = request.events.find(({ fact }) => endings.has(fact.type));
  return over && `event ${over.seq} says ${over.fact.type}, but the document is ${request.state}`;
}

function runs(request: Request): string | undefined {
  if (request.plan.recipe && request.runs.length > 0) return "a recipe runs nothing itself";
  const states = new Map<number, RunState>();
  for (const { seq, fact } of request.events) {
    if (fact.type === "run.queued") {
      if (fact.run !== states.size + 1) return `event ${seq} queues run ${fact.run} out of its turn`;
      states.set(fact.run, "queued");
    }
    const event = runEvents[fact.type];
    if (!event || !("run" in fact)) continue;
    const before = states.get(fact.run);
    const after = before && afterRunEvent(before, event);
    if (!after) return `event ${seq} says ${fact.type} of a run that is ${before ?? "not queued"}`;
    states.set(fact.run, after);
  }
  const stored = request.runs.map(({ no, state }) => [no, state]);
  return digest(stored) === digest([...states]) ? undefined : "the runs are not those of the events";
}

const endings = new Set<AuditFact["type"]>([
  "vote.denied",
  "request.denied",
  "request.cancelled",
  "request.lapsed",
  "revocation.started",
  "access.revoked",
]);

const runEvents: Partial<Record<AuditFact["type"], RunEvent>> = {
  "run.started": "start",
  "run.succeeded": "succeed",
  "run.settled": "settle",
  "run.failed": "fail",
  "run.stopped": "stop",
  "run.unknown": "lose",
};

type EventOf<T extends AuditFact["type"]> = AuditEvent & { fact: Extract<AuditFact, { type: T }> };

function factsOf<T extends AuditFact["type"]>(request: Request, type: T): EventOf<T>[] {
  return request.events.filter((event): event is EventOf<T> => event.fact.type === type);
}
