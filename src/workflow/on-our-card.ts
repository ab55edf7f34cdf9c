import { setTimeout as wait } from "node:timers/promises";
import { refused } from "../request/outcome.ts";
import { actOn } from "./act-on-request.ts";
import type { Deps } from "./deps.ts";
import type { Projection } from "./ports.ts";
import type { Act, ActOutcome, Shown } from "./use-cases.ts";

/** A click can be faster than the record of the message that it stands in, so it is looked for so many times more. */
const WAITS_MS = [100, 300, 900];

/**
 * Carries out a decision only where its button stood in a message that is recorded as posted for this request. What a
 * button carries can be guessed, and whoever else holds the bot's token could put it under any text.
 */
export async function onOurCard<O>(
  deps: Deps,
  act: Act & Shown,
  what: string,
  carryOut: () => Promise<O>,
): Promise<O | ActOutcome> {
  const stands = await standsIn(deps, act);
  if (stands === undefined) return { status: "not-found" };
  return stands ? carryOut() : actOn(deps, act, what, () => refused({ kind: "not-our-card" }));
}

/** Nothing when there is no such request. */
async function standsIn({ store }: Pick<Deps, "store">, act: Act & Shown): Promise<boolean | undefined> {
  for (const waitMs of [...WAITS_MS, 0]) {
    const stored = await store.get(act.requestId);
    if (!stored) return undefined;
    if (!act.shownIn) return false;
    if (isCopy(stored.projection, act.shownIn)) return true;
    await wait(waitMs);
  }
  return false;
}

function isCopy({ copies }: Projection, { channel, ts }: NonNullable<Shown["shownIn"]>): boolean {
  return copies.some((copy) => copy.channel === channel && copy.ts === ts);
}
