import { setTimeout as wait } from "node:timers/promises";
import type { Membership } from "../policy/membership.ts";
import type { People } from "./ports.ts";

/**
 * The same people, for an answer that somebody waits for: what a directory has not said within this time, counted from now
 * for all questions together, is unavailable. The question goes on, and its answer may be remembered for the next one.
 */
export function inAHurry(people: People, budgetMs: number): People & Disposable {
  const done = new AbortController();
  const late = wait<Membership>(
    budgetMs,
    { status: "unavailable", why: "the answer takes longer than anybody waits here" },
    { signal: done.signal },
  );
  // Nobody listens any more once all answers came in time.
  late.catch(() => undefined);
  return {
    identify: people.identify,
    members: (...asked) => Promise.race([people.members(...asked), late]),
    [Symbol.dispose]: () => done.abort(),
  };
}
