import type { PersonId } from "../runbook/plan.ts";
import { cancelWithIncident } from "./close.ts";
import type { Outcome } from "./outcome.ts";
import type { Request } from "./request.ts";
import { beginRevocation } from "./revoke.ts";
import { withholdRows } from "./rows.ts";

/** What people named as incident or ticket, or the channel where the incident is worked on. */
export type Incident = { reference: string } | { channel: string };

/** Whether it was asked for this incident: the same words but for case and spaces, or the channel that it was typed in. */
export function isTiedTo({ reference, origin }: Request, incident: Incident): boolean {
  if ("channel" in incident) return origin?.channel === incident.channel;
  const wanted = asCompared(incident.reference);
  return reference !== undefined && wanted !== "" && asCompared(reference) === wanted;
}

/**
 * Its incident is over: a grant ends, what waits is cancelled, and rows on their way are withheld. `by`: who closed it;
 * absent when its channel was archived.
 */
export function endWithIncident(request: Request, closing: { by?: PersonId }, now: Date): Outcome {
  if (request.state === "pending") return cancelWithIncident(request, closing, now);
  const ended = beginRevocation(request, { cause: "incident-closed", ...closing }, now);
  const withheld = withholdRows(ended.status === "changed" ? ended.request : request, closing, now);
  return withheld.status === "changed" ? withheld : ended;
}

function asCompared(reference: string): string {
  return reference.normalize("NFKC").toLowerCase().replaceAll(/\s+/gu, " ").trim();
}
