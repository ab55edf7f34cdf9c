import { type Outcome, record, refused } from "./outcome.ts";
import { type Instant, leasesOf, type Request } from "./request.ts";
import { isCutShort } from "./rows.ts";

/** No session of the grant is asked for after its end, and none lives longer than the 15 minutes of STS; with a margin. */
const DENIED_MS = 16 * 60_000;

/** How the data role was told to deny the grant: by its name, or with every session that was older then. */
export type DeniedHow = "listed" | "older-sessions";

/** Whether the deny-list has to name the grant: it was cut short, and a session of it is not proven dead. */
export function mustBeDenied(request: Request): boolean {
  const { state, plan, revocation, runs } = request;
  if (state !== "revoking" || plan.target.revokerRole === undefined) return false;
  if (revocation?.denied || revocation?.purgedAt) return false;
  return isCutShort(request) && runs.flatMap(leasesOf).some(({ end }) => !end);
}

export function deniedUntil(now: Date): Instant {
  return new Date(now.getTime() + DENIED_MS).toISOString();
}

/** Before the first write of the list: whatever becomes of its writer, the grant is taken out again in time. */
export function beginDenying(request: Request, until: Instant): Outcome {
  const { revocation } = request;
  if (!revocation || revocation.denying) return refused({ kind: "nothing-to-do" });
  return { status: "changed", request: { ...request, revocation: { ...revocation, denying: { until } } } };
}

export function recordDenied(request: Request, how: DeniedHow, until: Instant, now: Date): Outcome {
  if (!request.revocation || request.revocation.denied) return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  const revocation = { ...request.revocation, denied: { how, at, until } };
  return {
    status: "changed",
    request: record({ ...request, revocation }, at, { kind: "system" }, { type: "grant.denied", how, until }),
  };
}

/** When the grant has to leave the deny-list; nothing when it can't be in it. */
export function purgeDueAt({ revocation }: Request): Instant | undefined {
  if (revocation?.purgedAt) return undefined;
  return revocation?.denied?.until ?? revocation?.denying?.until;
}

export function recordPurged(request: Request, now: Date): Outcome {
  const { revocation } = request;
  if (!revocation || purgeDueAt(request) === undefined) return refused({ kind: "nothing-to-do" });
  const at = now.toISOString();
  const purged = { ...revocation, purgedAt: at };
  return {
    status: "changed",
    request: record({ ...request, revocation: purged }, at, { kind: "system" }, { type: "grant.purged" }),
  };
}
