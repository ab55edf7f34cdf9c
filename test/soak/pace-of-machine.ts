import { monitorEventLoopDelay } from "node:perf_hooks";

/** What passes for waiting its turn, and what is a fault of the machine's: limits of two and three seconds are at stake. */
const SLOW_ONCE_MS = 500;
const SLOW_ALWAYS_MS = 60;

export type PaceOfMachine = Disposable & {
  begin(): void;
  /**
   * Whether this process, in which the replicas and their peers live, was kept waiting so long since `begin` that somebody
   * may have given up on somebody: an answer that comes too late is a lost one.
   */
  wasSlow(): boolean;
};

export function watchPace(): PaceOfMachine {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  return {
    begin: () => delay.reset(),
    wasSlow: () => delay.max / 1e6 > SLOW_ONCE_MS || delay.mean / 1e6 > SLOW_ALWAYS_MS,
    [Symbol.dispose]: () => void delay.disable(),
  };
}
