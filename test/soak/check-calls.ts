import type { CallRecord } from "../../src/sandbox/aws/call-log.ts";
import { followPolicy } from "../../src/iam/follow-policy.ts";
import { LOOK_RUN } from "../../src/request/look.ts";
import type { Look, Request, Run } from "../../src/request/request.ts";
import { digest } from "../../src/runbook/digest.ts";
import type { Plan } from "../../src/runbook/plan.ts";
import { lookPlan } from "../../src/workflow/look-plan.ts";
import type { StoredRequest } from "../../src/workflow/ports.ts";
import { sessionsOf } from "./sessions-of.ts";
import type { Violation } from "./violation.ts";

export type CallFindings = {
  violations: Violation[];
  /** Sessions that STS gave and whose answer nobody heard: never used, dead by their own policy. */
  unheardSessions: number;
};

/**
 * What AWS saw, held against what is stored.
 *
 * @param earlier ids of stories before this one, whose sessions may still be probed, and must be dead
 * @param answersWereLost a fault may have made the SDK repeat a read
 */
export function checkCalls(
  calls: readonly CallRecord[],
  requests: readonly StoredRequest[],
  earlier: ReadonlySet<string>,
  answersWereLost: boolean,
): CallFindings {
  const findings: CallFindings = { violations: [], unheardSessions: 0 };
  const byId = new Map(requests.map(({ request }) => [request.id, request]));
  const ofRuns = Map.groupBy(
    calls.filter(
      ({ operation, sessionName }) => operation !== "AssumeRole" && sessionName?.startsWith("jit-R"),
    ),
    ({ sessionName }) => sessionName ?? "",
  );
  for (const [sessionName, ofRun] of ofRuns) {
    const [requestId, no] = named(sessionName);
    const request = byId.get(requestId);
    const say = (invariant: number, what: string) =>
      findings.violations.push({ invariant, what: `${sessionName} ${what}`, requestId });
    if (request) checkRun(request, no, ofRun, answersWereLost, say);
    else if (earlier.has(requestId)) {
      if (ofRun.some(({ access }) => access === "allowed"))
        say(4, "was allowed a call after its end was proven");
    } else say(1, "made calls and no such request is stored");
  }
  for (const call of calls) {
    if (!call.issued?.arn.includes("/jit-R") || call.issued.arn.includes("janitor")) continue;
    const [requestId, no] = named(call.issued.arn.slice(call.issued.arn.lastIndexOf("/") + 1));
    const request = byId.get(requestId);
    const say = (invariant: number, what: string) =>
      findings.violations.push({ invariant, what: `session ${call.issued?.accessKeyId} ${what}`, requestId });
    if (!request) {
      if (earlier.has(requestId)) say(4, "was given after everything had ended");
      else say(1, "was given and no such request is stored");
      continue;
    }
    checkSession(request, no, call, say, findings);
  }
  return findings;
}

function checkRun(
  request: Request,
  no: number,
  calls: readonly CallRecord[],
  answersWereLost: boolean,
  say: Say,
): void {
  const holder = holderOf(request, no);
  if (!holder) return say(5, "made calls for a run that never started");
  // What Athena asks in the session's name may last as long as the query.
  const allowed = calls.filter(({ access, invokedBy }) => access === "allowed" && invokedBy === undefined);
  for (const call of allowed) {
    const lease = sessionsOf(holder).find(({ accessKeyId }) => accessKeyId === call.accessKeyId);
    if (!lease) say(9, `used ${call.accessKeyId}, which is not recorded`);
    else if (call.at.toISOString() >= lease.expiresAt)
      say(4, `was allowed ${call.operation} at ${call.at.toISOString()}, after ${lease.expiresAt}`);
    if (!isPlanned(request, no, call))
      say(1, `was allowed a call that was not planned: ${call.operation} ${JSON.stringify(call.request)}`);
  }
  const once = allowed.filter(({ operation }) => !mayComeAgain(request, operation));
  const keys = new Set(once.map(({ accessKeyId }) => accessKeyId));
  if (keys.size > 1) say(5, `was used with ${keys.size} sessions: the run was made more than once`);
  const pages = Map.groupBy(once, (call) => digest(startOf(call)));
  for (const same of pages.values())
    if (same.length > (answersWereLost ? MOST_TRIES : 1)) say(5, `asked for one page ${same.length} times`);
  const tokens = new Set(once.flatMap(({ request: sent }) => tokenOf(sent)));
  if (tokens.size > 1) say(5, `started ${tokens.size} queries`);
  if (runOf(request, no)?.state === "succeeded" && allowed.length === 0) say(9, "succeeded without a call");
}

/** Of the SDK for a read, and of a start of a query, which its token makes one. */
const MOST_TRIES = 6;

/** Whoever waits for a query looks many times; what stands where a write goes is looked at before and after. */
function mayComeAgain({ plan }: Request, operation: string): boolean {
  if (plan.target.service === "athena") return operation !== "StartQueryExecution";
  return plan.write !== undefined && operation === "GetItem";
}

function tokenOf(sent: unknown): string[] {
  const token = (sent as { ClientRequestToken?: string }).ClientRequestToken;
  return token === undefined ? [] : [token];
}

type Say = (invariant: number, what: string) => void;

/** Who holds the sessions of this number, once somebody took it on: a run, or the look before the approval. */
function holderOf(request: Request, no: number): Run | Look | undefined {
  const run = runOf(request, no);
  return no === LOOK_RUN ? request.look : run?.startedAt === undefined ? undefined : run;
}

function runOf({ runs }: Request, no: number): Run | undefined {
  return runs.find((one) => one.no === no);
}

function planOf(request: Request, no: number): Plan {
  return runOf(request, no)?.further?.plan ?? request.plan;
}

function checkSession(
  request: Request,
  no: number,
  call: CallRecord,
  say: Say,
  findings: CallFindings,
): void {
  const holder = holderOf(request, no);
  if (!holder) return say(5, "was given for a run that never started");
  const lease = sessionsOf(holder).find(({ accessKeyId }) => accessKeyId === call.issued?.accessKeyId);
  if (!lease) findings.unheardSessions += 1;
  const plan = planOf(request, no);
  const given = JSON.parse((call.request as { Policy?: string }).Policy ?? "{}") as Policy;
  if (lease && digest(given) !== lease.policyDigest) say(3, "has another policy than the one recorded");
  const [expiry, forwarded = expiry] = expiriesOf(given);
  if (expiry === undefined || forwarded === undefined) return say(3, "has a statement without the expiry");
  if (lease && expiry > Date.parse(lease.expiresAt))
    say(4, `ends ${new Date(expiry).toISOString()}, after ${lease.expiresAt}`);
  if (forwarded > expiry + plan.limits.timeoutSeconds * 1_000 + QUERY_MARGIN_MS)
    say(4, `lets Athena read until ${new Date(forwarded).toISOString()}, long after ${lease?.expiresAt}`);
  if (!policiesOf(plan, no).includes(digest(withoutExpiry(given))))
    say(3, "has another policy than its plan");
}

/** By how much a session may outlive what its query may take. */
const QUERY_MARGIN_MS = 10_000;

/** When its statements end, the earliest first: only what Athena asks in its name may end later. None when one has no end. */
function expiriesOf({ Statement = [] }: Policy): number[] {
  const ends = Statement.map(({ Condition }) =>
    Date.parse(Condition?.["DateLessThan"]?.["aws:CurrentTime"] ?? ""),
  );
  return ends.some(Number.isNaN) ? [] : [...new Set(ends)].toSorted((a, b) => a - b);
}

/** Digests of what a session of this run may have been given: the plan's own, and those that only look or only follow. */
function policiesOf(plan: Plan, no: number): string[] {
  const looks = plan.write ? [lookPlan(plan).sessionPolicy] : [];
  const texts = no === LOOK_RUN ? looks : [plan.sessionPolicy, ...looks, ...following(plan)];
  return texts.map((text) => digest(withoutExpiry(JSON.parse(text) as Policy)));
}

function following({ calls, tables: schemas, target, athena }: Plan): string[] {
  return athena ? [followPolicy({ calls, schemas, target, athena }, new Date(0))] : [];
}

type Policy = {
  Statement?: { Condition?: Record<string, Record<string, string>>; [key: string]: unknown }[];
};

function withoutExpiry(policy: Policy): Policy {
  return {
    ...policy,
    ...(policy.Statement && {
      Statement: policy.Statement.map(({ Condition, ...rest }) => {
        const { DateLessThan: _, ...others } = Condition ?? {};
        return Object.keys(others).length > 0 ? { ...rest, Condition: others } : rest;
      }),
    }),
  };
}

/** The planned call, or a later page of it, or one that asks for fewer items; of a query also looks at itself. */
function isPlanned(request: Request, no: number, { service, operation, request: sent }: CallRecord): boolean {
  const of = (sent as { QueryExecutionId?: string }).QueryExecutionId;
  if (of !== undefined)
    return operation.startsWith("GetQuery") && runOf(request, no)?.query?.queryExecutionId === of;
  return planOf(request, no).calls.some((planned) => {
    if (planned.action !== `${service}:${operation}`) return false;
    const { Limit: plannedLimit = 0, ...wanted } = planned.request as { Limit?: number };
    const {
      Limit = 0,
      ExclusiveStartKey: _start,
      ReturnConsumedCapacity: _capacity,
      ClientRequestToken: _token,
      ResultReuseConfiguration: _reuse,
      ...rest
    } = sent as Record<string, unknown> & { Limit?: number };
    return Limit <= plannedLimit && digest(rest) === digest(wanted);
  });
}

function startOf({ operation, request }: CallRecord): unknown {
  return [operation, (request as { ExclusiveStartKey?: unknown }).ExclusiveStartKey ?? null];
}

function named(sessionName: string): [requestId: string, run: number] {
  const [, requestId = "", run = ""] = /^jit-(R[0-9A-Z]+)-(\d+)$/.exec(sessionName) ?? [];
  return [requestId, Number(run)];
}
