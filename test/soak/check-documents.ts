import { type AuditEvent, findBreak } from "../../src/request/audit-event.ts";
import type { Request } from "../../src/request/request.ts";
import { digest } from "../../src/runbook/digest.ts";
import type { StoredRequest } from "../../src/workflow/ports.ts";
import { sessionsOf } from "./sessions-of.ts";
import { emergencies, steps } from "./soak-runbooks.ts";
import type { Violation } from "./violation.ts";

const admins = new Set(["U0SECURITY"]);

/**
 * What must hold of every stored request once everything is over.
 *
 * @param jumped the hosts' clocks were moved meanwhile, so that their moments can't be compared with each other
 * @param awsNow AWS's time, past which every session's must be
 */
export function checkDocument({ request }: StoredRequest, jumped: boolean, awsNow: Date): Violation[] {
  const violations: Violation[] = [];
  const say = (invariant: number, what: string) =>
    violations.push({ invariant, what, requestId: request.id });
  const broken = findBreak(request.id, request.events);
  if (broken) say(9, `event ${broken.seq} ${broken.problem}`);
  if (digest(request.plan) !== request.planDigest) say(1, "the plan is not the one of its digest");
  for (const what of contradictions(request)) say(9, what);
  for (const what of badVotes(request)) say(2, what);
  for (const what of unearned(request)) say(1, what);
  for (const what of unprovenEnds(request, jumped, awsNow)) say(4, what);
  return violations;
}

const next: Record<string, { from: string; to: string }> = {
  "request.approved": { from: "pending", to: "active" },
  "request.denied": { from: "pending", to: "denied" },
  "request.cancelled": { from: "pending", to: "cancelled" },
  "request.lapsed": { from: "pending", to: "lapsed" },
  "revocation.started": { from: "active", to: "revoking" },
  "access.revoked": { from: "revoking", to: "revoked" },
};

const nextOfRun: Record<string, { from: string[]; to: string }> = {
  "run.started": { from: ["queued"], to: "running" },
  "run.succeeded": { from: ["running"], to: "succeeded" },
  "run.failed": { from: ["queued", "running", "unknown"], to: "failed" },
  "run.stopped": { from: ["queued", "running"], to: "stopped" },
  "run.unknown": { from: ["running"], to: "unknown" },
  "run.settled": { from: ["unknown"], to: "succeeded" },
};

/** The events told once more, by a table of our own. */
function contradictions(request: Request): string[] {
  const problems: string[] = [];
  let state = "pending";
  const runs = new Map<number, string>();
  for (const { seq, fact } of request.events) {
    if ((seq === 0) !== (fact.type === "request.submitted")) problems.push(`event ${seq} is ${fact.type}`);
    const step = next[fact.type];
    if (step) {
      if (state !== step.from) problems.push(`${fact.type} while it was ${state}`);
      state = step.to;
    }
    if (fact.type === "run.queued") {
      if (state !== "active") problems.push(`run ${fact.run} queued while it was ${state}`);
      if ([...runs.values()].some((one) => ["queued", "running", "unknown"].includes(one)))
        problems.push(`run ${fact.run} queued beside an open one`);
      runs.set(fact.run, "queued");
    }
    const ofRun = nextOfRun[fact.type];
    if (ofRun && "run" in fact) {
      const before = runs.get(fact.run) ?? "nothing";
      if (!ofRun.from.includes(before)) problems.push(`${fact.type} of run ${fact.run}, which was ${before}`);
      if (fact.type === "run.started" && state !== "active")
        problems.push(`run ${fact.run} started while it was ${state}`);
      runs.set(fact.run, ofRun.to);
    }
  }
  if (state !== request.state)
    problems.push(`the events end in ${state}, the document says ${request.state}`);
  for (const { no, state: stored } of request.runs)
    if (runs.get(no) !== stored) problems.push(`run ${no} is ${stored}, its events say ${runs.get(no)}`);
  const delivered = ofType(request, "result.settled").map(({ fact }) => fact.run);
  for (const run of new Set(delivered)) {
    const settled = ofType(request, "result.settled").filter(({ fact }) => fact.run === run);
    // Rows withheld while Slack was taking them arrived all the same: both are said.
    const isRecall = settled[1]?.fact.delivery.status === "delivered" && settled.length === 2;
    if (settled.length > 1 && !isRecall)
      problems.push(`the rows of run ${run} were settled ${settled.length} times`);
  }
  if (request.runs.length > request.plan.grant.maxRuns) problems.push("more runs than were approved");
  return problems;
}

function badVotes(request: Request): string[] {
  const problems: string[] = [];
  const voters = request.events.flatMap(({ actor, fact }) =>
    fact.type === "vote.approved" || fact.type === "vote.denied"
      ? [actor.kind === "person" ? actor.id.userId : "nobody"]
      : [],
  );
  const approvers = new Set(stepsOf(request).flatMap(({ people }) => people));
  if (request.breakGlass && voters.length > 0) problems.push("somebody decided about a broken glass");
  for (const voter of voters) {
    if (voter === request.requester.userId) problems.push("somebody decided about their own request");
    else if (!approvers.has(voter)) problems.push(`${voter} voted, who is no approver`);
  }
  if (new Set(voters).size !== voters.length) problems.push("somebody voted twice");
  if (request.votes.length !== voters.length) problems.push("the votes are not those of the events");
  for (const { actor, fact } of ofType(request, "revocation.started")) {
    if (actor.kind !== "person") continue;
    const { userId } = actor.id;
    const mayEnd = userId === request.requester.userId || approvers.has(userId) || admins.has(userId);
    if (!mayEnd) problems.push(`${userId} ended it (${fact.cause}), who may not`);
  }
  return problems;
}

function unearned(request: Request): string[] {
  const { grant, plan } = request;
  const wasStarted = request.events.some(({ fact }) => fact.type === "run.started");
  const approved = ofType(request, "request.approved")[0];
  if (!approved) return grant || wasStarted ? ["it has a grant or a run that nobody approved"] : [];
  const problems = request.breakGlass ? unallowedBreak(request) : missingVotes(request, approved.seq);
  if (plan.write?.before.status === "to-be-read") problems.push("a write was approved that nobody had seen");
  const lateMs = Date.parse(approved.at) - Date.parse(request.lapsesAt);
  if (lateMs >= 0) problems.push(`approved ${lateMs} ms after it had lapsed`);
  const lifeMs = grant ? Date.parse(grant.endsAt) - Date.parse(grant.startsAt) : 0;
  if (lifeMs !== plan.grant.durationMinutes * 60_000) problems.push(`its window is ${lifeMs} ms long`);
  return problems;
}

/** For each step enough distinct people of it, and nobody for two steps. */
function missingVotes(request: Request, before: number): string[] {
  const votes = ofType(request, "vote.approved").filter(
    ({ seq, fact }) => seq < before && fact.planDigest === request.planDigest,
  );
  const left = votes.flatMap(({ actor }) => (actor.kind === "person" ? [actor.id.userId] : []));
  return stepsOf(request).flatMap(({ count, people }, no) => {
    const taken = left.filter((voter) => people.includes(voter)).slice(0, count);
    for (const voter of taken) left.splice(left.indexOf(voter), 1);
    return taken.length < count ? [`step ${no + 1} was approved by ${taken.length} of ${count}`] : [];
  });
}

function unallowedBreak({ requester, plan, breakGlass: glass }: Request): string[] {
  return [
    ...(emergencies.people.includes(requester.userId) ? [] : ["a stranger broke the glass"]),
    ...(emergencies.runbooks.includes(plan.runbook.name) ? [] : ["the glass was broken for another runbook"]),
    ...(glass?.reviewers.some(({ userId }) => userId === requester.userId)
      ? ["whoever broke the glass reviews it"]
      : []),
  ];
}

function stepsOf({ plan }: Request): (typeof steps)[keyof typeof steps] {
  const found = Object.entries(steps).find(([name]) => name === plan.runbook.name);
  if (!found) throw new Error(`No story asks for ${plan.runbook.name}`);
  return found[1];
}

function unprovenEnds(request: Request, jumped: boolean, awsNow: Date): string[] {
  const { grant, plan, runs, revocation, state } = request;
  const problems: string[] = [];
  if (state === "revoked" && !revocation?.provenAt) problems.push("revoked without a proof");
  for (const run of runs) {
    // What became of a write can stay unknown: the window was over before its item could be looked at.
    const open = plan.write ? ["queued", "running"] : ["queued", "running", "unknown"];
    if (open.includes(run.state)) problems.push(`run ${run.no} is ${run.state} at the end`);
    if (run.query && !run.query.ended) problems.push(`nobody knows how the query of run ${run.no} ended`);
  }
  for (const holder of [...runs, ...(request.look ? [request.look] : [])]) {
    for (const lease of sessionsOf(holder)) {
      if (!lease.end) problems.push(`session ${lease.accessKeyId} has no proven end`);
      // What AWS refused is over, also where the host's clock went back meanwhile.
      else if (lease.end.at < lease.localExpiresAt && !(jumped && lease.end.proof === "probe-denied"))
        problems.push(
          `session ${lease.accessKeyId} proven over ${lease.end.at}, before ${lease.localExpiresAt}`,
        );
      if (lease.end?.proof === "expired" && lease.expiresAt > awsNow.toISOString())
        problems.push(
          `session ${lease.accessKeyId} taken for over, and AWS allows it until ${lease.expiresAt}`,
        );
      if (!jumped && grant && holder !== request.look && lease.localExpiresAt > grant.endsAt)
        problems.push(
          `session ${lease.accessKeyId} lives until ${lease.localExpiresAt}, its grant until ${grant.endsAt}`,
        );
    }
  }
  return problems;
}

type EventOf<T extends AuditEvent["fact"]["type"]> = AuditEvent & {
  fact: Extract<AuditEvent["fact"], { type: T }>;
};

function ofType<T extends AuditEvent["fact"]["type"]>({ events }: Request, type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.fact.type === type);
}
