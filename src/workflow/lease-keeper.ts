import { completeRevocation, endLease } from "../request/revoke.ts";
import { runOf } from "../request/run.ts";
import type { Plan } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import type { RunSession } from "./ports.ts";

/** AWS compares whole seconds; a moment later nothing can be in doubt. */
const PROBE_AFTER_MS = 1_200;
const PROBE_TIMEOUT_MS = 5_000;
const TRIES = 5;

/** Keeps the sessions of finished runs for one thing only: to show that AWS refuses them after their end. */
export interface LeaseKeeper extends AsyncDisposable {
  keep(requestId: string, run: number, session: RunSession, plan: Plan): void;
}

/**
 * Probes each session right after its expiry, with its own credentials and the planned call, and records the
 * refusal as proof. When this process stops first, the credentials are dropped and the sweeper records the
 * expiry itself as proof.
 */
export function createLeaseKeeper(deps: Pick<Deps, "store" | "queue" | "clock" | "log">): LeaseKeeper {
  const held = new Map<RunSession, NodeJS.Timeout>();
  const proving = new Set<Promise<void>>();
  const stopping = new AbortController();

  function schedule(
    requestId: string,
    run: number,
    session: RunSession,
    plan: Plan,
    atMs: number,
    tries: number,
  ): void {
    const wait = Math.max(0, atMs - deps.clock.now().getTime());
    const timer = setTimeout(() => {
      const work = prove(requestId, run, session, plan, tries).finally(() => proving.delete(work));
      proving.add(work);
    }, wait);
    held.set(session, timer);
  }

  function drop(session: RunSession): void {
    held.delete(session);
    session.dispose();
  }

  async function prove(
    requestId: string,
    run: number,
    session: RunSession,
    plan: Plan,
    tries: number,
  ): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    const answer = await session.probe(plan, signal);
    if (answer.status === "denied") {
      drop(session);
      return recordProof(deps, requestId, run, answer.detail);
    }
    if (answer.status === "still-alive")
      deps.log.error("a session outlived its policy", {
        requestId,
        run,
        sessionName: session.facts.sessionName,
      });
    if (tries >= TRIES || stopping.signal.aborted) return drop(session);
    schedule(requestId, run, session, plan, deps.clock.now().getTime() + 1_000 * 2 ** tries, tries + 1);
  }

  return {
    keep(requestId, run, session, plan) {
      const lifeLeft = session.facts.expiresAt.getTime() - session.facts.issuedAt.getTime();
      const issuedLocally = session.facts.issuedLocallyAt.getTime();
      schedule(requestId, run, session, plan, issuedLocally + lifeLeft + PROBE_AFTER_MS, 1);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      for (const timer of held.values()) clearTimeout(timer);
      await Promise.allSettled(proving);
      for (const session of held.keys()) session.dispose();
      held.clear();
    },
  };
}

async function recordProof(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log">,
  requestId: string,
  run: number,
  detail: string,
): Promise<void> {
  try {
    const outcome = await deps.store.change(requestId, (request) => {
      const now = deps.clock.now();
      const accessKeyId = runOf(request, run)?.lease?.accessKeyId ?? "";
      const end = {
        at: now.toISOString(),
        proof: "probe-denied",
        detail: `${detail}, asked with ${accessKeyId}`,
      } as const;
      const ended = endLease(request, run, end, now);
      if (ended.status !== "changed") return ended;
      const completed = completeRevocation(ended.request, now);
      return completed.status === "changed" ? completed : ended;
    });
    if (outcome.status === "changed") await handOver(deps, outcome.request);
  } catch (error) {
    deps.log.warn("a proof could not be stored; the sweeper records the expiry instead", {
      requestId,
      run,
      error,
    });
  }
}
