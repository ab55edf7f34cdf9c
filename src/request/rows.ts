import type { PersonId } from "../runbook/plan.ts";
import { type Outcome, record, refused } from "./outcome.ts";
import type { Request, RevocationCause, Run } from "./request.ts";
import { replaceRun, settleResult } from "./run.ts";

/**
 * Whether rows in Slack have to go now, if any stand there. A single run ends its grant at once, so its rows stay until
 * the granted time is over; when somebody cut the access short, they go with it.
 */
export function rowsTimeIsOver(request: Request, now: Date): boolean {
  if (!request.revocation || !request.grant) return false;
  if (request.runs.some(isRecalled)) return true;
  if (!request.plan.output.removeOnEnd) return false;
  return isCutShort(request) || now.toISOString() >= request.grant.endsAt;
}

/** Whether the access ended before its time: rows have no business in Slack from then on. */
export function isCutShort({ revocation }: Request): boolean {
  return revocation !== undefined && cutsShort.has(revocation.cause);
}

const cutsShort = new Set<RevocationCause>([
  "ended",
  "revoked",
  "plan-changed",
  "no-longer-allowed",
  "requester-gone",
  "runbook-withdrawn",
  "incident-closed",
]);

/** Runs whose rows stand in Slack and have to leave it one day. */
export function runsWithRows(request: Request): Run[] {
  return request.runs.filter(
    (run) => standsInSlack(run) && (request.plan.output.removeOnEnd || isRecalled(run)),
  );
}

/** Runs whose rows are in their worker's memory and wait for Slack. */
export function runsWithRowsOnTheWay(request: Request): Run[] {
  return request.runs.filter(({ state, delivery }) => state === "succeeded" && !delivery);
}

/**
 * Stops rows on their way to Slack, for whoever may end the access, also when the grant is over already: a single
 * run ends its own grant, and its rows may still be in the worker's memory then.
 */
export function withholdRows(
  request: Request,
  by: { by?: PersonId; operator?: string; reason?: string },
  now: Date,
): Outcome {
  const at = now.toISOString();
  const why = "They had not reached Slack yet, and they are not kept.";
  let withheld = request;
  for (const run of runsWithRowsOnTheWay(request)) {
    const settled = settleResult(withheld, run.no, { status: "withheld", at, why, ...by }, now);
    if (settled.status === "changed") withheld = settled.request;
  }
  return withheld === request ? refused({ kind: "nothing-to-do" }) : { status: "changed", request: withheld };
}

/** Rows that Slack refuses to give up: it answered, and trying again will not help until somebody changes something there. */
export type StuckRows = { run: number; what: "message" | "file" | "preview"; error: string };

/** The rows of every run are out of Slack, but for those that are stuck; that is said once of each. */
export function recordRemoval(request: Request, stuck: readonly StuckRows[], now: Date): Outcome {
  if (!rowsTimeIsOver(request, now)) return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  let recorded = request;
  for (const run of runsWithRows(request)) {
    if (run.delivery?.status !== "delivered" || stuck.some((one) => one.run === run.no)) continue;
    const runs = replaceRun(recorded, { ...run, delivery: { ...run.delivery, removedAt: at } });
    recorded = record({ ...recorded, runs }, at, { kind: "system" }, { type: "result.removed", run: run.no });
  }
  for (const one of stuck)
    if (!isSaid(recorded, one))
      recorded = record(recorded, at, { kind: "system" }, { type: "result.stuck", ...one });
  return recorded === request ? refused({ kind: "nothing-to-do" }) : { status: "changed", request: recorded };
}

function isSaid({ events }: Request, { run, what }: StuckRows): boolean {
  return events.some(({ fact }) => fact.type === "result.stuck" && fact.run === run && fact.what === what);
}

function standsInSlack({ delivery }: Run): boolean {
  return delivery?.status === "delivered" && delivery.as !== "empty" && !delivery.removedAt;
}

function isRecalled(run: Run): boolean {
  return standsInSlack(run) && run.delivery?.status === "delivered" && run.delivery.recalled === true;
}
