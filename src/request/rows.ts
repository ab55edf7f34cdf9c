import { type Outcome, record, refused } from "./outcome.ts";
import type { Request, Run } from "./request.ts";
import { replaceRun } from "./run.ts";

/**
 * Whether rows in Slack have to go now. A single run ends its grant at once, so its rows stay until the granted
 * time is over; when somebody cut the access short, they go with it.
 */
export function rowsMustGo(request: Request, now: Date): boolean {
  if (!request.revocation || !request.grant || runsWithRows(request).length === 0) return false;
  const { cause } = request.revocation;
  const cutShort = cause === "ended" || cause === "revoked" || cause === "plan-changed";
  return cutShort || now.toISOString() >= request.grant.endsAt;
}

/** Runs whose rows stand in Slack and have to leave it one day. */
export function runsWithRows(request: Request): Run[] {
  if (!request.plan.output.removeOnEnd) return [];
  return request.runs.filter(
    ({ delivery }) => delivery?.status === "delivered" && delivery.as !== "empty" && !delivery.removedAt,
  );
}

/** The rows of every run are out of Slack. */
export function recordRemoval(request: Request, now: Date): Outcome {
  if (!rowsMustGo(request, now)) return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  let removed = request;
  for (const run of runsWithRows(request)) {
    if (run.delivery?.status !== "delivered") continue;
    const runs = replaceRun(removed, { ...run, delivery: { ...run.delivery, removedAt: at } });
    removed = record({ ...removed, runs }, at, { kind: "system" }, { type: "result.removed", run: run.no });
  }
  return { status: "changed", request: removed };
}
