/** The workspace's time. It runs with the host's and can be pushed ahead, so that what expires can be tested. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  advance(ms: number): void;
  /** What has been added so far. */
  aheadMs(): number;
};

export function createClock(): Clock {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    advance: (ms) => {
      aheadMs += ms;
    },
    aheadMs: () => aheadMs,
  };
}
