import type { Deps } from "./deps.ts";
import type { RunProgress } from "./ports.ts";

const BEAT_MS = 5_000;
/** Progress is shown at most so often: Slack allows about 50 edits a minute in a workspace. */
const PROGRESS_MS = 2_000;
/** A store that is silent for so many beats can't tell whether the grant still lives, and unavailable means no. */
const MISSED_BEATS = 3;

export type Heart = {
  /** Fires when the grant ended, on whatever replica, or when nobody can say that it lives. */
  signal: AbortSignal;
  progress: (progress: RunProgress) => void;
  elapsedMs(): number;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Says that the run's worker lives, until its rows are settled, and learns with each beat whether the grant does. */
export function startHeart(
  deps: Pick<Deps, "store" | "queue" | "clock" | "log">,
  of: { requestId: string; run: number; worker: string },
  stop: AbortSignal,
): Heart {
  const startedAt = deps.clock.now().getTime();
  const lost = new AbortController();
  let latest: RunProgress | undefined;
  let shownAt = 0;
  let missed = 0;
  let beating: Promise<void> = Promise.resolve();

  async function beat(): Promise<void> {
    try {
      const at = deps.clock.now().toISOString();
      const { requestId, run, worker } = of;
      const state = await deps.store.heartbeat(requestId, {
        run,
        worker,
        at,
        ...(latest ? { progress: latest } : {}),
      });
      missed = 0;
      // Also when the run was given up while this process was paused: it belongs to nobody any more.
      if (state !== "active") lost.abort();
    } catch (error) {
      missed += 1;
      deps.log.warn("a heartbeat could not be stored", { requestId: of.requestId, missed, error });
      if (missed >= MISSED_BEATS) lost.abort();
    }
  }

  function next(): void {
    beating = beating.then(beat);
  }

  async function show(): Promise<void> {
    await beat();
    await deps.queue.project(of.requestId);
  }

  const timer = setInterval(next, BEAT_MS);
  return {
    signal: AbortSignal.any([stop, lost.signal]),
    progress(progress) {
      latest = progress;
      const now = deps.clock.now().getTime();
      if (now - Math.max(shownAt, startedAt) < PROGRESS_MS) return;
      shownAt = now;
      beating = beating.then(show).catch((error: unknown) => {
        deps.log.warn("progress could not be shown", { requestId: of.requestId, error });
      });
    },
    elapsedMs: () => deps.clock.now().getTime() - startedAt,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await beating;
    },
  };
}
