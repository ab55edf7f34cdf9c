import type { Request } from "../request/request.ts";
import { waitsFor } from "../request/why-asked.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Deps } from "./deps.ts";

/** Open requests that are looked through; with more of them than this the approvals' channel is the place to look. */
const MAX_LOOKED_AT = 200;

/** For a list to read: every vote is decided anew when it is cast. */
export async function waitingFor(
  { openRequests, store, clock }: Pick<Deps, "openRequests" | "store" | "clock">,
  person: PersonId,
): Promise<Request[]> {
  const ids = (await openRequests()).slice(0, MAX_LOOKED_AT);
  const stored = await Promise.all(ids.map((id) => store.get(id)));
  const now = clock.now();
  return stored
    .flatMap((one) => (one && waitsFor(one.request, person, now) ? [one.request] : []))
    .toSorted((a, b) => a.lapsesAt.localeCompare(b.lapsesAt));
}
