import { EXPIRY_MARGIN_MS } from "../../request/due.ts";
import { leasesOf, type Request } from "../../request/request.ts";
import { CannotAct } from "../slack/slack-error.ts";

/** AWS compares whole seconds. */
const roundingMs = 1_000;

/**
 * How many milliseconds until every grant is over and every session of theirs has been dead for so long that the bot's sweep
 * records it.
 *
 * @throws CannotAct when no grant is open.
 */
export function timeToExpiry(requests: readonly Request[], now: Date): number {
  const open = requests.filter(({ state }) => state === "active" || state === "revoking");
  if (open.length === 0)
    throw new CannotAct("no grant is open: nothing can expire. Approve a request first, or let time pass");
  const ends = open.flatMap(({ grant, runs, look }) => [
    ...(grant ? [Date.parse(grant.endsAt)] : []),
    ...[...runs, look ?? {}]
      .flatMap(leasesOf)
      .filter(({ end }) => end === undefined)
      .map(({ localExpiresAt }) => Date.parse(localExpiresAt) + EXPIRY_MARGIN_MS),
  ]);
  return Math.max(roundingMs, Math.max(...ends) - now.getTime() + roundingMs);
}
