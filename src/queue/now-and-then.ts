/** Between two log lines about the same trouble. */
const QUIET_MS = 10_000;

/** Says something at once, and the same again only after a while: what is away is tried many times a second. */
export function nowAndThen(say: (error: Error) => void): (error: Error) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    const now = performance.now();
    if (now - saidAt < QUIET_MS) return;
    saidAt = now;
    say(error);
  };
}
