/** The peer's notion of now: expiry of sessions and policies follows it. */
export type SandboxClock = {
  now: () => Date;
  /** Lets time pass: adds up over calls; negative goes back. */
  advance: (ms: number) => void;
  /** What has been added so far. */
  offsetMs: () => number;
};

export function createClock(machineNow: () => Date): SandboxClock {
  let offset = 0;
  return {
    now: () => new Date(machineNow().getTime() + offset),
    advance: (ms) => {
      offset += ms;
    },
    offsetMs: () => offset,
  };
}
