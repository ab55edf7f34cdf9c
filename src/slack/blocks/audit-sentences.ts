import type { Actor, AuditEvent, AuditFact } from "../../request/audit-event.ts";
import { dateToken, literal, type Markup, markup, mention } from "./markup.ts";
import { counted, queryEndWords, shortDigest } from "./words.ts";

/** A recorded fact as one line, with its place in the chain. What people typed stays out: it is shown quoted elsewhere. */
export function auditSentence(event: AuditEvent): Markup {
  const say = sentences[event.fact.type] as (fact: never) => Markup;
  return markup`${event.seq}. ${dateToken(event.at)} ${who(event.actor)}: ${say(event.fact as never)} \`${literal(shortDigest(event.hash))}\``;
}

const sentences: { [T in AuditFact["type"]]: (fact: Extract<AuditFact, { type: T }>) => Markup } = {
  "request.submitted": ({ runbook, version, approvers, count }) =>
    markup`asked for ${literal(runbook)} v${literal(version)}; ${literal(counted(count, "approval", "approvals"))} needed, ${literal(counted(approvers, "person", "people"))} could give it`,
  "vote.approved": ({ planDigest, rule }) =>
    markup`approved plan ${literal(shortDigest(planDigest))} (${literal(rule)})`,
  "vote.denied": () => markup`denied`,
  "request.approved": ({ grant }) => markup`approved, access until ${dateToken(grant.endsAt)}`,
  "request.denied": () => markup`denied, nothing runs`,
  "request.cancelled": () => markup`cancelled`,
  "request.lapsed": () => markup`lapsed, nobody decided in time`,
  "run.queued": ({ run }) => markup`run ${run} queued`,
  "query.admitted": ({ run, planDigest, guardrailsDigest, textDigest }) =>
    markup`own query for run ${run}, text ${literal(shortDigest(textDigest))}, plan ${literal(shortDigest(planDigest))}, admitted by the approved guardrails ${literal(shortDigest(guardrailsDigest))}`,
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
  "result.settled": ({ run, delivery }) => markup`rows of run ${run} ${literal(delivery.status)}`,
  "result.removed": ({ run }) => markup`rows of run ${run} taken out of Slack`,
  "revocation.started": ({ cause }) => markup`access is ending (${literal(cause)})`,
  "lease.ended": ({ run, end }) =>
    markup`session of run ${run} is dead (${literal(end.proof)}) since ${dateToken(end.at)}`,
  "access.revoked": ({ cause, livedSeconds }) =>
    markup`access ended (${literal(cause)}), lived ${literal(counted(livedSeconds, "second", "seconds"))}`,
};

function who(actor: Actor): Markup {
  switch (actor.kind) {
    case "person":
      return mention(actor.id);
    case "system":
      return markup`jit`;
    case "worker":
      return markup`worker ${literal(actor.id)}`;
  }
}
