import { setTimeout as delay } from "node:timers/promises";

export type Phase = "queued" | "running";

/** Every query that comes to the phase, the next one alone, or the one with this id. */
type HeldQueries = "every" | "next" | (string & {});

type Hold = Disposable & { id: number; letGo: () => void };

/** How slowly queries go, for stories that must see them on their way. */
export type Pace = {
  /** How long queries queue and how long they read, from now on; 0 unless told otherwise. */
  set: (pace: { queueMs?: number | undefined; runMs?: number | undefined }) => void;
  now: () => { queueMs: number; runMs: number };
  /**
   * Queries that come to this phase stay in it until let go: in RUNNING, half of what they read is read. A stop ends
   * them at once. A hold of one query is over when that query goes on.
   */
  hold: (phase: Phase, queries?: HeldQueries) => Hold;
  /** What holds there are, and the ids of the queries in them. */
  holds: () => { id: number; phase: Phase; queries: HeldQueries; held: string[]; letGo: () => void }[];
};

export function createPace(): Pace & {
  pass: (phase: Phase, queryExecutionId: string, signal: AbortSignal) => Promise<void>;
  read: (share: number, signal: AbortSignal) => Promise<void>;
  wait: (signal: AbortSignal) => Promise<void>;
} {
  let queueMs = 0;
  let runMs = 0;
  let lastId = 0;
  const holds = new Map<number, OpenHold>();

  return {
    set: (pace) => {
      queueMs = pace.queueMs ?? 0;
      runMs = pace.runMs ?? 0;
    },
    now: () => ({ queueMs, runMs }),
    hold: (phase, queries = "every") => {
      const { promise, resolve } = Promise.withResolvers<void>();
      lastId += 1;
      const id = lastId;
      const letGo = () => {
        holds.delete(id);
        resolve();
      };
      holds.set(id, { id, phase, queries, held: new Set(), until: promise, letGo });
      return { id, letGo, [Symbol.dispose]: letGo };
    },
    holds: () =>
      [...holds.values()].map(({ id, phase, queries, held, letGo }) => ({
        id,
        phase,
        queries,
        held: [...held],
        letGo,
      })),
    pass: async (phase, queryExecutionId, signal) => {
      for (const hold of holds.values()) {
        if (hold.phase !== phase || !isFor(hold, queryExecutionId)) continue;
        hold.held.add(queryExecutionId);
        try {
          await untilEither(hold.until, signal);
        } finally {
          hold.held.delete(queryExecutionId);
          if (hold.queries !== "every") hold.letGo();
        }
      }
    },
    /** `share` of the time that a whole query reads. */
    read: (share, signal) => pause(runMs * share, signal),
    wait: (signal) => pause(queueMs, signal),
  };
}

type OpenHold = {
  id: number;
  phase: Phase;
  queries: HeldQueries;
  held: Set<string>;
  until: Promise<void>;
  letGo: () => void;
};

function isFor({ queries, held }: OpenHold, queryExecutionId: string): boolean {
  if (queries === "every") return true;
  return queries === "next" ? held.size === 0 : queries === queryExecutionId;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms > 0) await delay(ms, undefined, { signal });
}

function untilEither(held: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  return Promise.race([held, promise]).finally(() => signal.removeEventListener("abort", stop));
}
