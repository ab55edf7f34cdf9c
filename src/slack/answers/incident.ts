import type { Incident } from "../../request/incident.ts";
import type { IncidentClosed } from "../../workflow/use-cases.ts";
import { channelMention, literal, type Markup, markup } from "../blocks/markup.ts";
import { counted } from "../blocks/words.ts";
import { personProblemOf } from "../sentences.ts";

export const incidentUsage = markup`Say which incident is over: \`/jit incident close INC-4211\` ends what was asked for it and names it so, \`/jit incident close here\` what was asked in this channel. Archiving the channel does the same.`;

/** What ended, what was cancelled, and what is not this person's to end. */
export function incidentClosedAnswer(incident: Incident, outcome: IncidentClosed): Markup {
  if (outcome.status === "refused")
    return markup`Nothing was ended: ${literal(personProblemOf(outcome.problem))}.`;
  const { ended, cancelled, notTheirs } = outcome;
  const what =
    "channel" in incident
      ? markup`asked in ${channelMention(incident.channel)}`
      : markup`asked for ${literal(incident.reference)}`;
  if (ended.length + cancelled.length + notTheirs.length === 0)
    return markup`Nothing that was ${what} is open, so nothing was ended. What was asked a moment ago may be missing: type it again to be sure.`;
  const done =
    ended.length + cancelled.length === 0
      ? markup`Nothing was ended.`
      : markup`Of what was ${what}: ${literal(counted(ended.length, "access is ending", "accesses are ending"))}, ${literal(counted(cancelled.length, "waiting request was cancelled", "waiting requests were cancelled"))}. Each thread will say when the end is proven.`;
  const others =
    notTheirs.length === 0
      ? markup``
      : markup` ${literal(counted(notTheirs.length, "request", "requests"))} that was ${what} is not yours to end: who asked, an approver or an admin can.`;
  return markup`${done}${others}`;
}
