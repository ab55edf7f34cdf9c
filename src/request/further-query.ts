import { createHash } from "node:crypto";
import { digest } from "../runbook/digest.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import { type Outcome, record, type Refusal, refused } from "./outcome.ts";
import type { FurtherQuery, Request } from "./request.ts";
import { queueRun, replaceRun, runOf } from "./run.ts";
import { certainlySamePerson } from "./same-person.ts";

/**
 * Queries of the requester's own that follow the approved one inside its window. The approval covers them when it was
 * for everything that the guardrails admit; each has a plan of its own, which differs from the approved one in its query
 * and in what follows from it, and in nothing else.
 */

/** DynamoDB takes items of 400 KB; what the runs that are left will add has to fit as well. */
const MAX_RECORD_BYTES = 250_000;

/** Why this person may not ask another query now, before anybody looks at it. */
export function whyNoFurtherQuery(request: Request, by: PersonId, now: Date): Refusal | undefined {
  const queued = queueRun(request, by, now);
  if (queued.status === "refused") return queued.why;
  // What nobody approved covers nothing but itself.
  return coversMore(request.plan) && !request.breakGlass ? undefined : { kind: "this-query-only" };
}

/** The query as the next run of the grant. The same form delivered twice is one run. */
export function queueFurtherQuery(request: Request, by: PersonId, query: FurtherQuery, now: Date): Outcome {
  if (certainlySamePerson(by, request.requester) && findFurtherQuery(request, query.key))
    return refused({ kind: "nothing-to-do" });
  const why = whyNoFurtherQuery(request, by, now);
  if (why) return refused(why);
  if (!approvalCovers(request.plan, query.plan)) return refused({ kind: "guardrails-changed" });
  const queued = queueRun(request, by, now);
  if (queued.status === "refused") return queued;
  const run = queued.request.runs.at(-1);
  if (!run) throw new TypeError("a run was queued");
  const runs = replaceRun(queued.request, { ...run, further: query });
  const changed = record(
    { ...queued.request, runs },
    run.queuedAt,
    { kind: "person", id: by },
    { type: "query.admitted", run: run.no, planDigest: query.planDigest, ...textFacts(query.plan) },
  );
  return Buffer.byteLength(JSON.stringify(changed)) > MAX_RECORD_BYTES
    ? refused({ kind: "record-full" })
    : { status: "changed", request: changed };
}

export function findFurtherQuery(request: Request, key: string): FurtherQuery | undefined {
  return request.runs.find(({ further }) => further?.key === key)?.further;
}

/** The request as this run has it, with the plan of the run's own query where it has one. To be read, never stored. */
export function forRun(request: Request, no: number): Request {
  const further = runOf(request, no)?.further;
  return further ? { ...request, plan: further.plan, planDigest: further.planDigest } : request;
}

/**
 * Whether the run's own query is still the one that was admitted and recorded, under the plan that was approved; of a
 * run without one, whether none was recorded.
 */
export function furtherQueryHolds(request: Request, no: number): boolean {
  const further = runOf(request, no)?.further;
  const [admitted, ...more] = request.events.filter(
    ({ fact }) => fact.type === "query.admitted" && fact.run === no,
  );
  if (!further) return admitted === undefined;
  if (admitted?.fact.type !== "query.admitted" || more.length > 0) return false;
  if (digest(request.plan) !== request.planDigest) return false;
  const { plan, planDigest } = further;
  const { actor, fact } = admitted;
  return (
    actor.kind === "person" &&
    certainlySamePerson(actor.id, request.requester) &&
    fact.planDigest === planDigest &&
    digest(plan) === planDigest &&
    approvalCovers(request.plan, plan)
  );
}

/** Whether a plan is one of those that the approval of `approved` covers: the same guardrails, and only the query is another. */
export function approvalCovers(approved: Plan, plan: Plan): boolean {
  if (!coversMore(approved) || !approved.athena || !plan.athena) return false;
  const { inputs, derived, calls, output, sessionPolicy, createdAt, athena } = plan;
  const { glue, data, reads, bounds } = athena;
  const { columns, classification } = output;
  return (
    digest(plan) ===
    digest({
      ...approved,
      inputs,
      derived,
      calls,
      sessionPolicy,
      createdAt,
      athena: { ...approved.athena, glue, data, reads, bounds },
      output: { ...approved.output, columns, classification },
    })
  );
}

function coversMore({ grant, guardrailsDigest }: Plan): boolean {
  return grant.kind === "window" && grant.approves === "within-guardrails" && guardrailsDigest !== undefined;
}

/** What is recorded of the text: its digest always, itself where its parameter is not sensitive. */
function textFacts({ calls, inputs, sensitive, guardrailsDigest = "" }: Plan) {
  const [call] = calls;
  if (call?.action !== "athena:StartQueryExecution") throw new TypeError("a further query is a query");
  const text = call.request.QueryString;
  const isSensitive = sensitive.some((name) => Object.hasOwn(inputs, name));
  return {
    guardrailsDigest,
    textDigest: createHash("sha256").update(text).digest("hex"),
    ...(isSensitive ? {} : { text }),
  };
}
