import { recordLease } from "../request/run.ts";
import type { Request } from "../request/request.ts";
import type { Item } from "../dynamodb/requests.ts";
import type { Plan } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { leaseFacts } from "./lease-facts.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { lookPlan } from "./look-plan.ts";
import type { RunSession, RunWatch, SessionIssuer } from "./ports.ts";
import { provePlan } from "./prove-plan.ts";
import { SessionRefused } from "./session-refused.ts";

export type LookDeps = Pick<Deps, "store" | "queue" | "clock" | "log" | "catalogue" | "checkSql"> & {
  worker: string;
  sessions: SessionIssuer;
  keeper: LeaseKeeper;
  /** Fires when this process is told to stop. */
  stopping: AbortSignal;
};

export type Sight =
  | { status: "seen"; image: Readonly<Item> }
  | { status: "unseen"; code: string; sentence: string };

/** Long enough for one GetItem and its repetitions; the session dies with it. */
const LOOK_LIFE_MS = 20_000;
const LOOK_TIMEOUT_MS = 10_000;
/** Sessions that are asked for when clocks move: a wrong guess is corrected by the answer to it. */
const ATTEMPTS = 2;

/**
 * Reads the attributes of a write's item under a session of its own, which may do nothing else. The session is recorded
 * before it is used, as run 0 or as one of the run's, and its end is seen to like any other's.
 */
export async function lookAtItem(deps: LookDeps, request: Request, run: number): Promise<Sight> {
  try {
    return await look(deps, request, run);
  } catch (error) {
    if (error instanceof SessionRefused)
      return { status: "unseen", code: error.code, sentence: error.message };
    if (deps.stopping.aborted)
      return unseen("stopped", "The worker was stopped while it looked at the item.");
    throw error;
  }
}

async function look(deps: LookDeps, request: Request, run: number): Promise<Sight> {
  const plan = lookPlan(request.plan);
  const signal = AbortSignal.any([deps.stopping, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
  const session = await obtainSession(deps, request, run, plan, signal);
  if (!session)
    return unseen("not-recorded", "The session that was to look could not be used, so nothing was read.");
  const execution = await session.execute(plan, signal, watchless);
  if (execution.status === "succeeded" && execution.image) return { status: "seen", image: execution.image };
  if (execution.status === "failed") return unseen(execution.code, execution.sentence);
  return unseen("timeout", "The item could not be looked at in time.");
}

/** One that may be used, or nothing. Each that STS gives is recorded, and the keeper's from then on. */
async function obtainSession(
  deps: LookDeps,
  request: Request,
  run: number,
  plan: Plan,
  signal: AbortSignal,
): Promise<RunSession | undefined> {
  for (let tries = 1; tries <= ATTEMPTS; tries++) {
    const session = await deps.sessions.issue({
      plan,
      run,
      maxLifeMs: lifeMs(deps, request),
      policyFor: (expiresAt, stsNow) => provePlan(plan, expiresAt, stsNow),
      signal,
    });
    deps.keeper.keep({ requestId: request.id, run, worker: deps.worker, session, plan });
    const recorded = await deps.store.change(request.id, (current) =>
      recordLease(current, run, deps.worker, leaseFacts(session), deps.clock.now()),
    );
    if (recorded.status !== "changed") return undefined;
    if (session.asOrdered) return session;
  }
  return undefined;
}

/** A look after the approval ends with its window; one before it has none. */
function lifeMs({ clock }: LookDeps, { grant }: Request): number {
  const leftMs = grant ? Date.parse(grant.endsAt) - clock.now().getTime() : LOOK_LIFE_MS;
  if (leftMs < LOOK_TIMEOUT_MS / 5)
    throw new SessionRefused("window-over", "The window is over, so nothing may look any more.");
  return Math.min(LOOK_LIFE_MS, leftMs);
}

function unseen(code: string, sentence: string): Sight {
  return { status: "unseen", code, sentence };
}

const watchless: RunWatch = {
  progress: () => {},
  queryStarted: () => Promise.reject(new Error("a look starts no query")),
  nextLease: () => Promise.resolve("last"),
};
