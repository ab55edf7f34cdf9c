import type { Request } from "../request/request.ts";
import type { PersonId } from "../runbook/plan.ts";
import { unreviewed } from "./break-glass.ts";
import type { Deps } from "./deps.ts";

/** The latest, newest first, and below them whatever break-glass of the person still waits for its review. */
export async function requestsOf(
  deps: Pick<Deps, "reviews" | "store" | "log">,
  person: PersonId,
  limit: number,
): Promise<Request[]> {
  const [latest, open] = await Promise.all([deps.store.ofPerson(person, limit), unreviewed(deps, person)]);
  return [...latest, ...open.filter(({ id }) => !latest.some((one) => one.id === id))];
}
