import type { Delegation } from "../../request/delegation.ts";
import { certainlySamePerson } from "../../request/same-person.ts";
import type { PersonId } from "../../runbook/plan.ts";
import { context, section } from "../blocks/elements.ts";
import { dateToken, joinMarkup, type Markup, markup, mention } from "../blocks/markup.ts";
import type { PrivateAnswer } from "../tell.ts";

const maxShown = 30;

/** Who is away, who approves for them, and how to say so. */
export function awayList(delegations: readonly Delegation[], reader: PersonId, now: Date): PrivateAnswer {
  const shown = delegations.slice(0, maxShown);
  const lines = shown.map((one) => awayLine(one, reader, now));
  const more = delegations.length - shown.length;
  return {
    text: `${delegations.length === 0 ? "Nobody is away." : "Who is away, and who approves for them."} ${usageText}`,
    blocks: [
      section(lines.length === 0 ? markup`Nobody is away.` : joinMarkup(lines, "\n")),
      ...(more > 0 ? [context(markup`${more} more, who come back later, are not shown.`)] : []),
      context(awayUsage),
    ],
  };
}

const usageText = "/jit away @person until 2026-12-01 lets somebody approve for you, /jit back ends it.";

export const awayUsage = markup`\`/jit away @person until 2026-12-01\` lets somebody approve for you, through that day; \`from 2026-11-25\` if it begins later, and a time like \`2026-12-01 18:00\` if it matters. \`/jit back\` ends it.`;

export function awaySentence({ delegate, startsAt, endsAt }: Delegation, now: Date): Markup {
  const from = startsAt > now.toISOString() ? markup` from ${dateToken(startsAt)}` : markup``;
  return markup`${mention(delegate)} can approve for you${from} until ${dateToken(endsAt)}, and passes it on to nobody. A request of either of you stays for others. \`/jit back\` ends it.`;
}

export function backSentence({ delegate }: Delegation): Markup {
  return markup`Welcome back: ${mention(delegate)} does not approve for you any more.`;
}

function awayLine(
  { delegator, delegate, startsAt, endsAt }: Delegation,
  reader: PersonId,
  now: Date,
): Markup {
  const from = startsAt > now.toISOString() ? markup`from ${dateToken(startsAt)} ` : markup``;
  const own = certainlySamePerson(delegator, reader) ? markup` (\`/jit back\` ends it)` : markup``;
  return markup`${mention(delegate)} for ${mention(delegator)}, away ${from}until ${dateToken(endsAt)}${own}`;
}
