import type { KnownBlock } from "@slack/types";
import type { Request } from "../../request/request.ts";
import type { PersonId } from "../../runbook/plan.ts";
import { actionValue } from "../blocks/card-actions.ts";
import { button, context, divider, section } from "../blocks/elements.ts";
import { dateToken, literal, markup, mention } from "../blocks/markup.ts";
import { whyAskedSentence } from "../blocks/why-asked.ts";

/** A page holds 100 blocks, and a message 50, of which a person's own requests may take 35. */
const maxShown = 8;

/** The requests that wait for this person's vote, and why theirs. They are decided on their cards, where all stands that must be judged. */
export function waitingSections(waiting: readonly Request[], person: PersonId): KnownBlock[] {
  if (waiting.length === 0) return [];
  const hidden = waiting.length - maxShown;
  return [
    section(markup`*Waiting for your vote*`),
    ...waiting.slice(0, maxShown).map((request) => entry(request, person)),
    ...(hidden > 0 ? [context(markup`${hidden} more are on their cards in the approvals’ channel.`)] : []),
    divider(),
  ];
}

function entry(request: Request, person: PersonId): KnownBlock {
  const { plan, id, requester, lapsesAt } = request;
  return section(
    markup`*${literal(plan.runbook.title)}* \`${literal(id)}\` for ${mention(requester)} · lapses ${dateToken(lapsesAt)}\n${whyAskedSentence(request, person)} Decide on its card, by direct message or in the approvals’ channel.`,
    button("Show", "jit_show", actionValue(request), { label: `Show ${plan.runbook.title}` }),
  );
}
