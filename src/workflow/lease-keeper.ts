import { completeRevocation, endLease } from "../request/revoke.ts";
import { recordLease } from "../request/run.ts";
import type { Outcome } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import type { Plan } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import { leaseFacts } from "./lease-facts.ts";
import type { RunSession } from "./ports.ts";

/** AWS compares whole seconds; a moment later nothing can be in doubt. */
const PROBE_AFTER_MS = 1_200;
const PROBE_TIMEOUT_MS = 5_000;
const TRIES = 5;

/** A session from the moment STS gave it, and whose it is. */
type HeldSession = {
  requestId: string;
  run: number;
  worker: string;
  session: RunSession;
  plan: Plan;
};

/** Sees to the end of every session that STS gave, also of one that was never used. */
export interface LeaseKeeper extends AsyncDisposable {
  keep(held: HeldSession): void;
}

/**
 * Probes each session right after its expiry, with its own credentials and the planned call, and records the
 * refusal as proof; only of a session that was allowed that call before, because else a refusal shows nothing. In
 * every other case, and when this process stops first, the credentials are dropped and the sweeper records the expiry
 * itself as proof.
 */
export function createLeaseKeeper(deps: Pick<Deps, "store" | "queue" | "clock" | "log">): LeaseKeeper {
  const timers = new Map<RunSession, NodeJS.Timeout>();
  const proving = new Set<Promise<void>>();
  const stopping = new AbortController();

  function schedule(held: HeldSession, atMs: number, tries: number): void {
    const wait = Math.max(0, atMs - deps.clock.now().getTime());
    const timer = setTimeout(() => {
      const work = prove(held, tries)
        .catch((error: unknown) => giveUp(held, error))
        .finally(() => proving.delete(work));
      proving.add(work);
    }, wait);
    timers.set(held.session, timer);
  }

  function drop(session: RunSession): void {
    timers.delete(session);
    session.dispose();
  }

  /** Nobody waits for a timer's work, so nothing may be thrown out of it: it would end the process. */
  function giveUp({ requestId, run, session }: HeldSession, error: unknown): void {
    deps.log.error("a session's end could not be looked at; the sweeper records its expiry", {
      requestId,
      run,
      error,
    });
    drop(session);
  }

  async function prove(held: HeldSession, tries: number): Promise<void> {
    const { requestId, run, session, plan } = held;
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const answer = await session.probe(plan, signal);
    if (answer.status === "denied" || answer.status === "no-proof") {
      drop(session);
      return recordEnd(deps, held, answer.status === "denied" ? answer.detail : undefined);
    }
    const { sessionName } = session.facts;
    if (answer.status === "still-alive")
      deps.log.error("a session outlived its policy", { requestId, run, sessionName });
    if (stopping.signal.aborted) return drop(session);
    if (tries >= TRIES) {
      drop(session);
      return recordEnd(deps, held, undefined);
    }
    schedule(held, deps.clock.now().getTime() + 1_000 * 2 ** tries, tries + 1);
  }

  return {
    keep(held) {
      const { facts } = held.session;
      const lifeMs = facts.expiresAt.getTime() - facts.issuedAt.getTime();
      schedule(held, facts.issuedLocallyAt.getTime() + lifeMs + PROBE_AFTER_MS, 1);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.allSettled(proving);
      for (const session of timers.keys()) session.dispose();
      timers.clear();
    },
  };
}

/** `refusal`: how AWS refused the probe; without it only the session itself is recorded, where nobody could before. */
async function recordEnd(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log">,
  held: HeldSession,
  refusal: string | undefined,
): Promise<void> {
  const { requestId, run } = held;
  try {
    const outcome = await deps.store.change(requestId, (request) =>
      withEnd(request, held, refusal, deps.clock.now()),
    );
    if (outcome.status === "changed") await handOver(deps, outcome.request);
  } catch (error) {
    const { sessionName, expiresAt } = held.session.facts;
    deps.log.warn("the end of a session could not be stored; the sweeper records the expiry instead", {
      requestId,
      run,
      sessionName,
      expiresAt,
      error,
    });
  }
}

function withEnd(
  stored: Request,
  { run, worker, session }: HeldSession,
  refusal: string | undefined,
  now: Date,
): Outcome {
  const { accessKeyId } = session.facts;
  const recorded = recordLease(stored, run, worker, leaseFacts(session), now);
  const request = recorded.status === "changed" ? recorded.request : stored;
  if (refusal === undefined) return recorded;
  const detail = `${refusal}, asked with ${accessKeyId}`;
  const end = { at: now.toISOString(), proof: "probe-denied", detail } as const;
  const ended = endLease(request, run, accessKeyId, end, now);
  if (ended.status !== "changed") return recorded;
  const completed = completeRevocation(ended.request, now);
  return completed.status === "changed" ? completed : ended;
}
