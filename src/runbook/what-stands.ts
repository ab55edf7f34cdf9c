import type { Item } from "../dynamodb/requests.ts";
import { afterChanges, differing } from "../dynamodb/same-value.ts";
import type { PlannedWrite } from "./plan.ts";

/** What an item says about a write: it was done, it was not, or somebody else was there too. */
export type Standing = "applied" | "not-applied" | "unclear";

/**
 * Compares what stands there with what stood before and with what the write would leave. `unclear` also where nothing
 * is known of before: that the planned values stand there does not say who wrote them.
 */
export function whatStands(
  { attributes, changes }: PlannedWrite,
  before: Readonly<Item> | undefined,
  now: Readonly<Item>,
): Standing {
  if (!before) return "unclear";
  const names = attributes.map(({ name }) => name);
  if (differing(names, before, now).length === 0) return "not-applied";
  return differing(names, afterChanges(before, changes), now).length === 0 ? "applied" : "unclear";
}
