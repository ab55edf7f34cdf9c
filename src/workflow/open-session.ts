import type { Request } from "../request/request.ts";
import { mayUseLease, recordLease } from "../request/run.ts";
import type { Deps } from "./deps.ts";
import { leaseFacts } from "./lease-facts.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { patiently } from "./patiently.ts";
import type { RunSession, SessionIssuer, SessionOrder } from "./ports.ts";
import { provePlan } from "./prove-plan.ts";
import { SessionRefused } from "./session-refused.ts";

/** A session lives a little longer than its query may take, for the calls around it. */
const LEASE_MARGIN_MS = 10_000;
/**
 * No longer than this at a time may a session ask Athena for anything: what a leaked one is worth. The next one takes
 * over in its last quarter, which is time for STS to be asked again.
 */
export const ATHENA_LEASE_MS = 120_000;
/** Less than this before the window's end no session is asked for: it could do nothing useful. */
const SHORTEST_LEASE_MS = 3_000;
/** Sessions that are asked for when clocks move: a wrong guess is corrected by the answer to it. */
const ATTEMPTS = 2;
/** For the record of a session; the session's own life goes on meanwhile. */
const PATIENCE_MS = 4_000;

/**
 * A session for this run, recorded before it may be used. From the moment STS gives one it is the keeper's, which
 * sees to its end; whatever happens then, also to one that is never used, it is in `issued` and in the document.
 *
 * @returns nothing when the grant ended meanwhile
 * @throws SessionRefused when there is none that may be used
 */
export async function openSession(
  deps: LeaseDeps,
  request: Request,
  run: number,
  signal: AbortSignal,
  issued: RunSession[],
): Promise<RunSession | undefined> {
  return obtainSession(deps, request, run, signal, issued, () => firstLease(deps, request, run));
}

export type LeaseDeps = Pick<Deps, "store" | "clock" | "log"> & {
  worker: string;
  sessions: SessionIssuer;
  keeper: LeaseKeeper;
  /** Other than two minutes in tests alone. */
  athenaLeaseMs?: number;
};

type LeaseOrder = Omit<SessionOrder, "signal">;

/** @param order asked anew for each attempt, since time goes by */
export async function obtainSession(
  deps: LeaseDeps,
  request: Request,
  run: number,
  signal: AbortSignal,
  issued: RunSession[],
  order: () => LeaseOrder,
): Promise<RunSession | undefined> {
  const { plan } = request;
  for (let tries = 1; tries <= ATTEMPTS; tries++) {
    const session = await deps.sessions.issue({ ...order(), signal });
    issued.push(session);
    deps.keeper.keep({ requestId: request.id, run, worker: deps.worker, session, plan });
    const stored = await recordSession(deps, request.id, run, session);
    const mayUse = stored && mayUseLease(stored, run, deps.worker, deps.clock.now());
    if (!mayUse || signal.aborted) return undefined;
    if (session.asOrdered) return session;
    deps.log.warn("a session came out with another life than ordered, and is not used", {
      requestId: request.id,
      run,
      sessionName: session.facts.sessionName,
    });
  }
  throw new SessionRefused(
    "clock",
    "The clocks of this host and of AWS move apart too fast to give a session a safe end. A platform admin must look at the host's time synchronisation.",
  );
}

/**
 * The lease that a run begins with. A query of Athena's reads in the name of the session that started it, so what Athena
 * may ask for in its name lasts as long as the query may take; what the session may ask for itself ends earlier.
 */
function firstLease(deps: LeaseDeps, request: Request, run: number): LeaseOrder {
  const { plan } = request;
  const wholeMs = Math.min(plan.limits.timeoutSeconds * 1000 + LEASE_MARGIN_MS, leftMs(deps, request));
  const ownMs =
    plan.target.service === "athena" ? Math.min(wholeMs, deps.athenaLeaseMs ?? ATHENA_LEASE_MS) : wholeMs;
  return {
    plan,
    run,
    maxLifeMs: ownMs,
    policyFor: (expiresAt, stsNow) =>
      provePlan(plan, expiresAt, stsNow, new Date(expiresAt.getTime() + wholeMs - ownMs)),
  };
}

/** Of the window. @throws SessionRefused when nothing useful is left. */
export function leftMs({ clock }: Pick<Deps, "clock">, { grant }: Request): number {
  const lastsMs = Date.parse(grant?.endsAt ?? "") - clock.now().getTime();
  if (!(lastsMs >= SHORTEST_LEASE_MS))
    throw new SessionRefused(
      "window-over",
      "The window was over before a session could be made, so nothing ran. Ask again.",
    );
  return lastsMs;
}

/** The document in which the session stands. */
async function recordSession(
  deps: LeaseDeps,
  requestId: string,
  run: number,
  session: RunSession,
): Promise<Request | undefined> {
  const record = () =>
    deps.store.change(requestId, (current) =>
      recordLease(current, run, deps.worker, leaseFacts(session), deps.clock.now()),
    );
  try {
    const outcome = await patiently(PATIENCE_MS, record, (error) =>
      deps.log.warn("a session could not be recorded; trying again", { requestId, run, error }),
    );
    if (outcome.status === "changed") return outcome.request;
    // Recorded by an attempt whose answer was lost, or no longer this worker's run.
    return (await deps.store.get(requestId))?.request;
  } catch (error) {
    throw new SessionRefused(
      "not-recorded",
      "The session could not be recorded, so it was not used and nothing was read. Ask again in a minute.",
      { cause: error },
    );
  }
}
