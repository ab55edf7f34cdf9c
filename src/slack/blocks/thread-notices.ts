import type { KnownBlock } from "@slack/types";
import type { AuditEvent, AuditFact } from "../../request/audit-event.ts";
import {
  correlationId,
  type Failure,
  type Grant,
  leasesOf,
  type Request,
  type RevocationCause,
  type Run,
} from "../../request/request.ts";
import { runOf } from "../../request/run.ts";
import { forRun } from "../../request/further-query.ts";
import { approvalOf, approvalsOf, stepsOf } from "../../request/approval.ts";
import { awaitedPeople } from "../../request/reminders.ts";
import { certainlySamePerson } from "../../request/same-person.ts";
import type { PersonId } from "../../runbook/plan.ts";
import type { Runbook } from "../../runbook/runbook.ts";
import type { Heartbeat } from "../../workflow/ports.ts";
import { askedFor, causeSentence, groups, voterOf, whyCancelled } from "../sentences.ts";
import { queryScope } from "./card-query.ts";
import { bullets, button, context, plain, preformatted, quote, section } from "./elements.ts";
import { channelMention, dateToken, joinMarkup, literal, type Markup, markup, mention } from "./markup.ts";
import { plannedQuery } from "./planned-query.ts";
import { shownQuery } from "./query-values.ts";
import type { Message } from "./request-card.ts";
import { byRecipe, recipeTerms, recipeUsers } from "./recipe-words.ts";
import { resultHeadline } from "./result-headline.ts";
import { progressWords } from "./run-progress.ts";
import { counted, duration, minutes, queryEndWords, shortDigest, verdictWords } from "./words.ts";

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
  "request.narrowed": ({ changes }, { event, request }) =>
    message(
      markup`✂ ${event.actor.kind === "person" ? mention(event.actor.id) : markup`Somebody`} approves less than ${mention(request.requester)} asked for; approvals given before hold for it:`,
      bullets(changes),
    ),
  "vote.denied": "untold",
  "policy.changed": ({ steps, count }, { request }) =>
    message(
      markup`⚠ The policy asks for more people since then: it takes ${literal(counted(count, "approval", "approvals"))} now (${literal(steps.join("; "))}). What was approved before still counts; ${mention(request.requester)} need not ask again.`,
    ),
  "step.escalated": ({ step, afterMinutes, groups: names }, { request }) =>
    stillWaiting(
      request,
      markup`⏫ Nobody decided ${literal(step)} within ${literal(minutes(afterMinutes))}, so ${groups(names)} can decide it too now: `,
      escalatedPeople(request, step),
    ),
  "approvers.reminded": ({ no, of }, { request, event }) =>
    stillWaiting(
      request,
      markup`⏰ Still waiting for approval after ${literal(waited(request, event.at))} (reminder ${no} of ${of}): `,
      awaitedPeople(request),
    ),
  "request.auto-approved": ({ rule, expression }, { request }) =>
    message(
      markup`✅ Approved by the rule ${literal(rule)} for ${mention(request.requester)}, by no person: \`${literal(expression)}\`.${request.grant ? markup` Access until ${dateToken(request.grant.endsAt)}.` : markup``}`,
    ),
  "request.approved-by-recipe": (recipe, { request }) =>
    message(
      markup`✅ Approved for ${mention(request.requester)} by ${byRecipe(recipe)}; nobody was asked again.${request.grant ? markup` Access until ${dateToken(request.grant.endsAt)}.` : markup``}`,
    ),
  "request.break-glass": ({ channel, reviewDueAt }, { request }) =>
    message(
      markup`🚨 *Break-glass*: ${mention(request.requester)} started this at once; nobody approved it.${request.grant ? markup` Access until ${dateToken(request.grant.endsAt)}.` : markup``} Told in ${channelMention(channel)}, where a review is owed until ${dateToken(reviewDueAt)}.`,
    ),
  "review.taken": (_, { event }) =>
    message(
      markup`🔎 ${event.actor.kind === "person" ? mention(event.actor.id) : markup`A reviewer`} took the review of this break-glass on.`,
    ),
  "review.overdue": (_, { request }) =>
    message(
      markup`⚠ The review of this break-glass is overdue. Until it is given, ${mention(request.requester)} can’t break the glass again.`,
    ),
  "review.given": ({ verdict, words }, { event }) =>
    message(
      markup`${literal(verdict === "justified" ? "✅" : "⛔")} Break-glass reviewed${event.actor.kind === "person" ? markup` by ${mention(event.actor.id)}` : markup``}: *${literal(verdictWords[verdict])}*.`,
      quote(words, 1000),
    ),
  "request.approved": ({ grant }, { request }) =>
    request.approval.auto || request.approval.recipe || request.breakGlass
      ? undefined
      : message(
          markup`✅ Approved by ${approvers(request)} for ${mention(request.requester)} after ${literal(waited(request, grant.startsAt))}. ${whatFollows(request, grant)}`,
        ),
  "request.denied": (_, { request }) =>
    message(
      markup`⛔ Denied${deniedBy(request)} for ${mention(request.requester)} after ${literal(waited(request, request.closed?.at))}. Nothing was run. Reason:`,
      quote(request.closed?.reason ?? "", 1000),
    ),
  "request.cancelled": (_, { request }) =>
    message(
      markup`⚪ Cancelled${byWhom(request)} after ${literal(waited(request, request.closed?.at))}${whyCancelled(request)}. Nothing was run.`,
      ...(request.closed?.reason === undefined ? [] : [quote(request.closed.reason, 1000)]),
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
  "look.started": "untold",
  "look.read": ({ attributes }, { request }) =>
    message(
      markup`🔎 The item was looked at (${literal(attributes.join(", "))}), as policy ${literal(request.approval.policy)} allows; the card shows what would change.`,
    ),
  "look.failed": ({ failure }) => failed(markup`✖ The item could not be looked at.`, failure),
  "read-back.started": ({ run }) =>
    message(markup`🔎 Run ${run}: the item is read back to learn whether it was written.`),
  "run.settled": ({ run, result }, { request, reading }) =>
    message(
      markup`✔ *Written: the item, read back, shows it* · ${literal(resultHeadline(result, request.plan.output.noun))} · run ${run}`,
      ...(reading ? howToRead(reading) : []),
    ),
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
          markup`The rows of run ${run} were withheld${byPerson(delivery)}.`,
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
  "result.stuck": ({ run, what, error }) =>
    message(
      markup`⚠ Slack did not let ${stuckWords[what]} of run ${run} be removed (${literal(error)}), so it still stands there. Somebody who can has to delete it, or make it possible; it is tried again now and then.`,
    ),
  "revocation.started": ({ cause, reason }, { request }) => {
    // The other causes end within moments, and the end itself tells them.
    if (!causesToldAtOnce.has(cause) && !request.plan.recipe) return undefined;
    const why = causeSentence(cause, request.revocation ?? {}, request.plan);
    return message(
      request.plan.recipe
        ? markup`🔒 Recipe ended: ${why}. It approves nothing any more; people decide.`
        : markup`🔒 Access is ending: ${why}. No run can start any more.`,
      ...(reason === undefined || reason === "" ? [] : [quote(reason, 1000)]),
    );
  },
  "grant.denied": ({ how }) =>
    message(
      how === "listed"
        ? markup`⛔ AWS denies everything to this access’s sessions from now on: the data role’s deny-list names it.`
        : markup`⛔ AWS denies everything to every session of the data role that is older than this: the deny-list could not name this access alone. Other runs under way fail and can be run again.`,
    ),
  "grant.purged": "untold",
  "revocation.overdue": ({ unproven }) =>
    message(
      markup`⚠ Access should be proven ended by now, and is not: ${literal(unproven.join("; "))}. Every step is tried on; a platform admin has to look at it.`,
    ),
  "lease.ended": "untold",
  "access.revoked": ({ cause, livedSeconds }, { request }) => {
    if (request.plan.recipe) return undefined; // its end was told
    const why = causeSentence(cause, request.revocation ?? {}, request.plan);
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

const stuckWords = {
  message: markup`the message with the rows`,
  file: markup`the file with the rows`,
  preview: markup`the masked preview`,
} as const;

function whatFollows({ plan, id }: Request, { endsAt }: Grant): Markup {
  return plan.recipe
    ? markup`📜 Recipe ${literal(id)} is in force: ${recipeTerms(plan.recipe)}, for ${recipeUsers(plan.recipe)}.`
    : markup`Access until ${dateToken(endsAt)}.`;
}

const causesToldAtOnce = new Set<RevocationCause>([
  "ended",
  "revoked",
  "plan-changed",
  "no-longer-allowed",
  "requester-gone",
  "runbook-withdrawn",
  "incident-closed",
]);
const shownProofs = 10;
const maxQuery = 2900; // of a text’s 3,000 characters; “Show the exact request” has all
const shownNext = 3; // more choices than that help nobody at night

/** What nobody can decide any more, nobody is called for. */
function stillWaiting(request: Request, why: Markup, people: readonly PersonId[]): Message | undefined {
  if (request.state !== "pending" || people.length === 0) return undefined;
  const more = people.length - maxCalled;
  const called = joinMarkup(
    people.slice(0, maxCalled).map((person) => askedFor(request, person)),
    ", ",
  );
  return message(
    markup`${why}${called}${more > 0 ? markup` and ${literal(counted(more, "other", "others"))}` : markup``}. Approve or Deny on the card; it lapses ${dateToken(request.lapsesAt)}.`,
  );
}

function escalatedPeople(request: Request, name: string): PersonId[] {
  const awaited = awaitedPeople(request);
  const step = stepsOf(approvalOf(request)).find((one) => one.name === name);
  const people = step?.escalate?.people ?? [];
  return awaited.filter((person) => people.some((one) => certainlySamePerson(one, person)));
}

const maxCalled = 20; // as many as get a direct message

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
  const { fact } = event;
  const voter = voterOf({
    by: event.actor.id,
    ...(fact.type === "vote.approved" && fact.delegatedBy ? { delegatedBy: fact.delegatedBy } : {}),
  });
  const soFar = request.events.filter((e) => e.fact.type === "vote.approved" && e.seq <= event.seq).length;
  const missing = approvalOf(request).count - soFar;
  const after = duration(Date.parse(event.at) - Date.parse(request.createdAt));
  return message(
    missing > 0
      ? markup`${voter} approved after ${literal(after)}: ${soFar} of ${approvalOf(request).count}, ${missing} more needed.`
      : markup`${voter} approved after ${literal(after)}. The policy asks for more people since then, so it still waits.`,
  );
}

function approvers(request: Request): Markup {
  const votes = request.votes.filter((vote) => vote.decision === "approve");
  return approvalsOf(request) === 0 ? markup`nobody` : joinMarkup(votes.map(voterOf), ", ");
}

function deniedBy(request: Request): Markup {
  const vote = request.votes.find(({ decision }) => decision === "deny");
  return vote ? markup` by ${voterOf(vote)}` : byWhom(request);
}

function byWhom(request: Request): Markup {
  return request.closed ? byPerson(request.closed) : markup``;
}

function byPerson({ by, operator }: { by?: PersonId; operator?: string }): Markup {
  if (operator !== undefined) return markup` by an operator (“${literal(operator)}”)`;
  return by ? markup` by ${mention(by)}` : markup``;
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
  return request.runs.flatMap((run) => [...runProof(run), ...queryProof(run), ...sessionProofs(run)]);
}

function runProof({ no, state, endedAt }: Run): Markup[] {
  return state === "stopped" && endedAt ? [markup`Run ${no}: stopped at ${dateToken(endedAt)}`] : [];
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
