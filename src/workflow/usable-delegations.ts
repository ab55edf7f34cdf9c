import { type Delegation, delegationsTo } from "../request/delegation.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";

/** What was delegated to this person, counts now, and comes from somebody who may still act by a fresh look-up. */
export async function usableDelegations(
  { delegations, directory, people, clock }: Pick<Deps, "delegations" | "directory" | "people" | "clock">,
  delegate: PersonId,
): Promise<Delegation[]> {
  const usable: Delegation[] = [];
  for (const one of delegationsTo(await delegations.all(), delegate, clock.now()))
    if ((await directory.check(one.delegator)).status === "ok")
      usable.push({ ...one, delegator: people.identify(one.delegator) });
  return usable;
}
