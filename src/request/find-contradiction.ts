import { digest } from "../runbook/digest.ts";
import { type AuditEvent, type AuditFact, findBreak } from "./audit-event.ts";
import type { Request, RunState } from "./request.ts";
import { certainlySamePerson, distinctPeople, possiblySamePerson } from "./same-person.ts";
import { submissionFact } from "./submit.ts";
import { afterRunEvent, type RunEvent } from "./transitions.ts";

/**
 * Replays the events of a request that is about to run: the first thing in its document that they do not say, or
 * nothing when they agree. A chain that was computed anew holds by itself; what it must still tell is who asked,
 * that enough of the people asked approved this very plan, the grant that follows from it, and no end of it.
 */
export function findContradiction(request: Request): string | undefined {
  const broken = findBreak(request.id, request.events);
  if (broken) return `event ${broken.seq} ${broken.problem}`;
  return submission(request) ?? approvals(request) ?? grant(request) ?? end(request) ?? runs(request);
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

function approvals(request: Request): string | undefined {
  const { approval, requester, planDigest } = request;
  const votes = factsOf(request, "vote.approved");
  const voters = votes.flatMap(({ actor }) => (actor.kind === "person" ? [actor.id] : []));
  if (votes.some(({ fact }) => fact.planDigest !== planDigest)) return "an approval is for another plan";
  if (voters.some((voter) => possiblySamePerson(voter, requester)))
    return "the requester approved their own request";
  if (voters.some((voter) => !approval.approvers.some((one) => certainlySamePerson(one, voter))))
    return "somebody approved who was not asked";
  if (voters.length !== votes.length || distinctPeople(voters).length !== voters.length)
    return "somebody approved twice";
  if (voters.length < approval.count) return "the events hold too few approvals";
  const stored = request.votes.map(({ by, decision }) => ({ by, decision }));
  return digest(stored) === digest(voters.map((by) => ({ by, decision: "approve" })))
    ? undefined
    : "the votes are not those of the events";
}

function grant(request: Request): string | undefined {
  const [approved, ...more] = factsOf(request, "request.approved");
  if (!approved || more.length > 0 || !request.grant) return "the events do not hold one grant";
  if (factsOf(request, "vote.approved").some(({ seq }) => seq > approved.seq))
    return "an approval came after the grant";
  const endsAt = Date.parse(approved.at) + request.plan.grant.durationMinutes * 60_000;
  const earned = { startsAt: approved.at, endsAt: new Date(endsAt).toISOString() };
  return digest(request.grant) === digest(earned) && digest(approved.fact.grant) === digest(earned)
    ? undefined
    : "the grant is not the one that was approved";
}

function end(request: Request): string | undefined {
  const over = request.events.find(({ fact }) => endings.has(fact.type));
  return over && `event ${over.seq} says ${over.fact.type}, but the document is ${request.state}`;
}

function runs(request: Request): string | undefined {
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
  "run.failed": "fail",
  "run.stopped": "stop",
  "run.unknown": "lose",
};

type EventOf<T extends AuditFact["type"]> = AuditEvent & { fact: Extract<AuditFact, { type: T }> };

function factsOf<T extends AuditFact["type"]>(request: Request, type: T): EventOf<T>[] {
  return request.events.filter((event): event is EventOf<T> => event.fact.type === type);
}
