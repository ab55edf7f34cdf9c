import { setTimeout as delay } from "node:timers/promises";

export type Phase = "queued" | "running";

/** How slowly queries go, for stories that must see them on their way. */
export type Pace = {
  /** How long queries queue and how long they read, from now on; 0 unless told otherwise. */
  set: (pace: { queueMs?: number; runMs?: number }) => void;
  /**
   * Every query that comes to this phase stays in it until let go: in RUNNING, half of what it reads is read.
   * A stop ends it at once.
   */
  hold: (phase: Phase) => Disposable & { letGo: () => void };
};

export function createPace(): Pace & {
  pass: (phase: Phase, signal: AbortSignal) => Promise<void>;
  read: (share: number, signal: AbortSignal) => Promise<void>;
  wait: (signal: AbortSignal) => Promise<void>;
} {
  let queueMs = 0;
  let runMs = 0;
  const holds: Record<Phase, Set<Promise<void>>> = { queued: new Set(), running: new Set() };

  return {
    set: (pace) => {
      queueMs = pace.queueMs ?? 0;
      runMs = pace.runMs ?? 0;
    },
    hold: (phase) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      holds[phase].add(promise);
      const letGo = () => {
        holds[phase].delete(promise);
        resolve();
      };
      return { letGo, [Symbol.dispose]: letGo };
    },
    pass: async (phase, signal) => {
      for (const held of holds[phase]) await untilEither(held, signal);
    },
    /** `share` of the time that a whole query reads. */
    read: (share, signal) => pause(runMs * share, signal),
    wait: (signal) => pause(queueMs, signal),
  };
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
