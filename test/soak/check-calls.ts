import type { CallRecord } from "../../src/sandbox/aws/call-log.ts";
import type { Request } from "../../src/request/request.ts";
import { digest } from "../../src/runbook/digest.ts";
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
  say: (invariant: number, what: string) => void,
): void {
  const run = request.runs.find((one) => one.no === no);
  if (!run?.startedAt) return say(5, "made calls for a run that never started");
  const allowed = calls.filter(({ access }) => access === "allowed");
  const keys = new Set(allowed.map(({ accessKeyId }) => accessKeyId));
  if (keys.size > 1) say(5, `was used with ${keys.size} sessions: the run was made more than once`);
  for (const call of allowed) {
    const lease = sessionsOf(run).find(({ accessKeyId }) => accessKeyId === call.accessKeyId);
    if (!lease) say(9, `used ${call.accessKeyId}, which is not recorded`);
    else if (call.at.toISOString() >= lease.expiresAt)
      say(4, `was allowed ${call.operation} at ${call.at.toISOString()}, after ${lease.expiresAt}`);
    if (!isPlanned(request, call))
      say(1, `was allowed a call that was not planned: ${JSON.stringify(call.request)}`);
  }
  const pages = Map.groupBy(allowed, (call) => digest(startOf(call)));
  for (const same of pages.values())
    if (same.length > (answersWereLost ? 3 : 1)) say(5, `asked for one page ${same.length} times`);
  const isRead = run.state === "succeeded";
  if (isRead && allowed.length === 0) say(9, "succeeded without a call");
}

function checkSession(
  request: Request,
  no: number,
  call: CallRecord,
  say: (invariant: number, what: string) => void,
  findings: CallFindings,
): void {
  const run = request.runs.find((one) => one.no === no);
  if (!run?.startedAt) return say(5, "was given for a run that never started");
  const lease = sessionsOf(run).find(({ accessKeyId }) => accessKeyId === call.issued?.accessKeyId);
  if (!lease) findings.unheardSessions += 1;
  const given = JSON.parse((call.request as { Policy?: string }).Policy ?? "{}") as Policy;
  if (lease && digest(given) !== lease.policyDigest) say(3, "has another policy than the one recorded");
  const expiries = new Set(
    given.Statement?.map(({ Condition }) => Condition?.["DateLessThan"]?.["aws:CurrentTime"]),
  );
  const [expiry] = expiries;
  if (expiries.size !== 1 || expiry === undefined) return say(3, "has a statement without the expiry");
  if (lease && Date.parse(expiry) > Date.parse(lease.expiresAt))
    say(4, `ends ${expiry}, after ${lease.expiresAt}`);
  if (digest(withoutExpiry(given)) !== digest(JSON.parse(request.plan.sessionPolicy)))
    say(3, "has another policy than its plan");
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

/** The planned call, or a later page of it, or one that asks for fewer items. */
function isPlanned(request: Request, { service, operation, request: sent }: CallRecord): boolean {
  return request.plan.calls.some((planned) => {
    if (planned.action !== `${service}:${operation}`) return false;
    const { Limit: plannedLimit = 0, ...wanted } = planned.request as { Limit?: number };
    const {
      Limit = 0,
      ExclusiveStartKey: _start,
      ReturnConsumedCapacity: _capacity,
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
