import type { Clock } from "../../src/workflow/ports.ts";

export type MovableClock = Clock & {
  advance(ms: number): void;
  /** Told of each push, as a clock that goes along. */
  leads(follower: (ms: number) => void): void;
};

/** The host's time, pushed ahead (or back) at will: the one thing that flows fake. */
export function movableClock(aheadMs = 0): MovableClock {
  const followers: ((ms: number) => void)[] = [];
  let ahead = aheadMs;
  return {
    now: () => new Date(Date.now() + ahead),
    advance(ms) {
      ahead += ms;
      for (const follow of followers) follow(ms);
    },
    leads: (follower) => void followers.push(follower),
  };
}
