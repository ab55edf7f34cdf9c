import { isAdmin } from "../policy/groups.ts";
import { mayEnd } from "../policy/may-end.ts";
import { endWithIncident, type Incident, isTiedTo } from "../request/incident.ts";
import type { Request } from "../request/request.ts";
import { runsWithRowsOnTheWay } from "../request/rows.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { IncidentClosed, IncidentClosing } from "./use-cases.ts";

/**
 * Ends what was asked for an incident that is over, as far as this person may end it: it is a right to end many at
 * once, and none to end more than one by one. What is asked for the same incident later is a request like any other.
 */
export async function closeIncident(deps: Deps, { by, incident }: IncidentClosing): Promise<IncidentClosed> {
  const person = await deps.directory.check(by);
  if (person.status === "refused") {
    await recordRefusal(deps, { actor: by, act: "close incident", why: `person: ${person.problem}` });
    return { status: "refused", problem: person.problem };
  }
  const closed: { ended: Request[]; cancelled: Request[]; notTheirs: Request[] } = {
    ended: [],
    cancelled: [],
    notTheirs: [],
  };
  for (const request of await tiedRequests(deps, incident)) {
    const outcome = await deps.store.change(request.id, (current) => {
      const verdict = mayEnd(current, by, isAdmin(deps.catalogue().access, deps.team, by));
      return verdict.status === "refused" ? verdict : endWithIncident(current, { by }, deps.clock.now());
    });
    if (outcome.status === "changed") {
      await handOver(deps, outcome.request);
      (outcome.request.state === "cancelled" ? closed.cancelled : closed.ended).push(outcome.request);
    } else if (outcome.status === "refused" && outcome.why.kind === "not-yours") {
      closed.notTheirs.push(request);
      const refusal = { actor: by, act: "close incident", requestId: request.id, why: outcome.why.kind };
      await recordRefusal(deps, refusal);
    }
  }
  deps.log.info("incident closed", {
    by,
    ended: closed.ended.length,
    cancelled: closed.cancelled.length,
    notTheirs: closed.notTheirs.length,
  });
  return { status: "closed", ...closed };
}

/** What can still end: a moment behind, so a request that is being made at this very moment may be missing. */
export async function tiedRequests(
  { store, openRequests }: Pick<Deps, "store" | "openRequests">,
  incident: Incident,
): Promise<Request[]> {
  const tied: Request[] = [];
  for (const id of await openRequests()) {
    const request = (await store.get(id))?.request;
    if (request && canEnd(request) && isTiedTo(request, incident)) tied.push(request);
  }
  return tied;
}

function canEnd(request: Request): boolean {
  return (
    request.state === "pending" || request.state === "active" || runsWithRowsOnTheWay(request).length > 0
  );
}
