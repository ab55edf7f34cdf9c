import type { Clock } from "../../src/workflow/ports.ts";

/** The host's time, pushed ahead (or back) at will: the one thing that flows fake. */
export function movableClock(aheadMs = 0): Clock & { advance(ms: number): void } {
  let ahead = aheadMs;
  return {
    now: () => new Date(Date.now() + ahead),
    advance: (ms) => {
      ahead += ms;
    },
  };
}
