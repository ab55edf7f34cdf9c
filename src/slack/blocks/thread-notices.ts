import type { KnownBlock } from "@slack/types";
import type { AuditEvent, AuditFact } from "../../request/audit-event.ts";
import { correlationId, type Failure, leasesOf, type Request, type Run } from "../../request/request.ts";
import { runOf } from "../../request/run.ts";
import { forRun } from "../../request/further-query.ts";
import { approvalsOf } from "../../request/vote.ts";
import type { Runbook } from "../../runbook/runbook.ts";
import type { Heartbeat } from "../../workflow/ports.ts";
import { causeSentence } from "../sentences.ts";
import { queryScope } from "./card-query.ts";
import { bullets, button, context, plain, preformatted, quote, section } from "./elements.ts";
import { dateToken, joinMarkup, literal, type Markup, markup, mention } from "./markup.ts";
import { plannedQuery } from "./planned-query.ts";
import { shownQuery } from "./query-values.ts";
import type { Message } from "./request-card.ts";
import { resultHeadline } from "./result-headline.ts";
import { progressWords } from "./run-progress.ts";
import { duration, queryEndWords, shortDigest } from "./words.ts";

/** The runbook's own words on how its result is read. */
export type Reading = Pick<Runbook["documentation"], "interpretation" | "escalation">;

/** What the thread says about a recorded fact; nothing when the fact is of no interest there (the card or a later notice tells it). */
export function threadNotice(event: AuditEvent, request: Request, reading?: Reading): Message | undefined {
  const tell: Teller<never> = told[event.fact.type];
  return tell === "untold" ? undefined : tell(event.fact as never, { event, request, reading });
}

/** How far a run is; the same message is edited, and says so when it is over. */
export function progressNotice(request: Request, run: Run, beat: Heartbeat): Message {
  const counts = progressWords(beat.progress ?? { pages: 0, rows: 0, itemsScanned: 0 });
  const elapsed = duration(
    beat.progress?.query?.elapsedMs ?? Date.parse(beat.at) - Date.parse(run.startedAt ?? beat.at),
  );
  return message(
    run.state === "running"
      ? markup`▶ Run ${run.no} is running · ${literal(counts)} · ${literal(elapsed)}`
      : markup`Run ${run.no} of ${literal(request.id)} is over; its outcome is below.`,
  );
}

type Scene = { event: AuditEvent; request: Request; reading: Reading | undefined };
type Teller<T extends AuditFact["type"]> =
  | "untold"
  | ((fact: Extract<AuditFact, { type: T }>, scene: Scene) => Message | undefined);

/** Which facts the thread tells, and how. */
const told: { [T in AuditFact["type"]]: Teller<T> } = {
  "request.submitted": "untold",
  "vote.approved": (_, scene) => voteOnTheWay(scene),
  "vote.denied": "untold",
  "request.approved": ({ grant }, { request }) =>
    message(
      markup`✅ Approved by ${approvers(request)} for ${mention(request.requester)} after ${literal(waited(request, grant.startsAt))}. Access until ${dateToken(grant.endsAt)}.`,
    ),
  "request.denied": (_, { request }) =>
    message(
      markup`⛔ Denied${byWhom(request)} for ${mention(request.requester)} after ${literal(waited(request, request.closed?.at))}. Nothing was run. Reason:`,
      quote(request.closed?.reason ?? "", 1000),
    ),
  "request.cancelled": (_, { request }) =>
    message(
      markup`⚪ Cancelled${byWhom(request)} after ${literal(waited(request, request.closed?.at))}. Nothing was run.`,
    ),
  "request.lapsed": (_, { request }) =>
    message(
      markup`⌛ Lapsed after ${literal(waited(request, request.closed?.at))}: nobody decided in time. Nothing was run; ${mention(request.requester)} can ask again.`,
    ),
  "run.queued": "untold",
  "query.admitted": ({ run, guardrailsDigest }, { request }) => {
    const { plan } = forRun(request, run);
    const query = plannedQuery(plan);
    if (!query) return undefined;
    return message(
      markup`🔎 ${mention(request.requester)} asks a query of their own in run ${run}; the approved guardrails (\`${literal(shortDigest(guardrailsDigest))}\`) admit it:`,
      preformatted(shownQuery(plan, query, true).text, maxQuery),
      section(plain(queryScope(plan, query, true))),
    );
  },
  "run.started": ({ run }, { request }) =>
    message(markup`▶ Run ${run} started · \`${literal(correlationId(request.id, run))}\``),
  "lease.issued": "untold",
  "query.started": ({ run, queryExecutionId, workgroup }) =>
    message(
      markup`🔎 Athena took the query of run ${run}: \`${literal(queryExecutionId)}\` in workgroup ${literal(workgroup)}`,
    ),
  "query.ended": ({ run, state }, { request }) => {
    // What its worker saw to the end, the outcome of the run tells; a cancelled query is a fact of its own.
    const facts = runOf(request, run);
    const isCut = facts?.state === "stopped" || facts?.state === "unknown";
    if (!facts?.query || (state !== "CANCELLED" && !isCut)) return undefined;
    return message(
      markup`■ The query of run ${run} ${literal(queryEndWords[state])} in Athena: \`${literal(facts.query.queryExecutionId)}\``,
    );
  },
  "run.succeeded": ({ run, result }, { request, reading }) =>
    message(
      markup`✔ *${literal(resultHeadline(result, request.plan.output.noun))}* · run ${run}`,
      ...(result.rows === 0 ? [section(plain(request.plan.output.emptyResult))] : []),
      ...(reading ? howToRead(reading) : []),
    ),
  "run.failed": ({ run, failure }) => failed(markup`✖ Run ${run} failed.`, failure),
  "run.stopped": ({ run, failure }) => failed(markup`■ Run ${run} was stopped.`, failure),
  "run.unknown": ({ run, failure }) => failed(markup`❔ The outcome of run ${run} is unknown.`, failure),
  "result.settled": ({ run, delivery }, { request, event }) => {
    const { requester, plan } = request;
    switch (delivery.status) {
      case "delivered":
        if (delivery.as === "empty") return undefined; // the result itself said that nothing was found
        return message(
          markup`The rows of run ${run} went to ${mention(requester)} by direct message, as a ${literal(delivery.as === "table" ? "table" : "CSV file")}${plan.output.removeOnEnd ? markup`; they are removed ${dateToken(request.grant?.endsAt ?? event.at)}` : markup``}.`,
        );
      case "withheld":
        return message(
          markup`The rows of run ${run} were withheld${delivery.by ? markup` by ${mention(delivery.by)}` : markup``}.`,
          section(plain(delivery.why)),
          ...(delivery.reason === undefined ? [] : [quote(delivery.reason, 1000)]),
        );
      case "lost":
        return message(
          markup`The rows of run ${run} did not reach ${mention(requester)}; they are not kept. Run it again, or ask again when the access is over.`,
          section(plain(delivery.why)),
        );
    }
  },
  "result.removed": ({ run }) => message(markup`The rows of run ${run} were taken out of Slack.`),
  "revocation.started": ({ cause, reason }, { request }) => {
    // The other causes end within moments, and the end itself tells them.
    const isTold =
      cause === "ended" || cause === "revoked" || cause === "plan-changed" || cause === "no-longer-allowed";
    if (!isTold) return undefined;
    const why = causeSentence(cause, request.revocation?.by, request.plan.grant.durationMinutes);
    return message(
      markup`🔒 Access is ending: ${why}. No run can start any more.`,
      ...(reason === undefined || reason === "" ? [] : [quote(reason, 1000)]),
    );
  },
  "lease.ended": "untold",
  "access.revoked": ({ cause, livedSeconds }, { request }) => {
    const why = causeSentence(cause, request.revocation?.by, request.plan.grant.durationMinutes);
    const proofs = proofLines(request);
    return message(
      markup`🔒 Access ended: ${why}. It lived ${literal(duration(livedSeconds * 1000))}${proofs.length > 0 ? markup`, and its end is proven:` : markup`; no session was ever issued.`}`,
      ...(proofs.length > 0 ? [context(joinMarkup(proofs.slice(0, shownProofs), "\n"))] : []),
      ...(proofs.length > shownProofs
        ? [
            context(
              plain(`${shownProofs} of ${proofs.length} proofs shown; “Show the exact request” has all.`),
            ),
          ]
        : []),
    );
  },
};

const shownProofs = 10;
const maxQuery = 2900; // of a text’s 3,000 characters; “Show the exact request” has all
const shownNext = 3; // more choices than that help nobody at night

function message(text: Markup, ...more: KnownBlock[]): Message {
  return { text, blocks: [section(text), ...more] };
}

function failed(text: Markup, failure: Failure): Message {
  return message(text, section(plain(failure.sentence)));
}

/** The vote that decides is told as the decision; each one before it is told by itself. */
function voteOnTheWay({ event, request }: Scene): Message | undefined {
  const decided = request.events[event.seq + 1]?.fact.type === "request.approved";
  if (decided || event.actor.kind !== "person") return undefined;
  const soFar = request.events.filter((e) => e.fact.type === "vote.approved" && e.seq <= event.seq).length;
  const missing = request.approval.count - soFar;
  const after = duration(Date.parse(event.at) - Date.parse(request.createdAt));
  return message(
    missing > 0
      ? markup`${mention(event.actor.id)} approved after ${literal(after)}: ${soFar} of ${request.approval.count}, ${missing} more needed.`
      : markup`${mention(event.actor.id)} approved after ${literal(after)}. The policy asks for more people since then, so it still waits.`,
  );
}

function approvers(request: Request): Markup {
  const votes = request.votes.filter((vote) => vote.decision === "approve");
  return approvalsOf(request) === 0
    ? markup`nobody`
    : joinMarkup(
        votes.map((vote) => mention(vote.by)),
        ", ",
      );
}

function byWhom(request: Request): Markup {
  return request.closed?.by ? markup` by ${mention(request.closed.by)}` : markup``;
}

function waited(request: Request, until: string | undefined): string {
  return duration(Date.parse(until ?? request.createdAt) - Date.parse(request.createdAt));
}

function howToRead(reading: Reading): KnownBlock[] {
  const rows = reading.interpretation.map(({ when, meaning, next }) => `${when} → ${meaning} Next: ${next}`);
  const { contact, when } = reading.escalation;
  const next = [...new Set(reading.interpretation.flatMap(({ runbook }) => (runbook ? [runbook] : [])))];
  return [
    section(markup`*How to read this*`),
    bullets(rows),
    ...next
      .slice(0, shownNext)
      .map((runbook) =>
        section(markup`Next: ${literal(runbook)}`, button("Request", "jit_request", runbook)),
      ),
    context(plain(`Escalate to ${contact}: ${when}`)),
  ];
}

function proofLines(request: Request): Markup[] {
  return request.runs.flatMap((run) => [...queryProof(run), ...sessionProofs(run)]);
}

function queryProof({ no, query }: Run): Markup[] {
  if (!query?.ended) return [];
  const { at, state } = query.ended;
  return [
    markup`Run ${no}: query \`${literal(query.queryExecutionId)}\` ${literal(queryEndWords[state])} at ${dateToken(at)}`,
  ];
}

function sessionProofs(run: Run): Markup[] {
  return leasesOf(run).flatMap(({ sessionName, end }) => {
    if (!end) return [];
    const how =
      end.proof === "probe-denied"
        ? markup`was denied by AWS ${dateToken(end.at)} when it repeated the approved call`
        : markup`expired ${dateToken(end.at)} by AWS’s clock`;
    return [markup`Run ${run.no}: session \`${literal(sessionName)}\` ${how}`];
  });
}
