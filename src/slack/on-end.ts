import { readRequestClick, refusalOf } from "./acts.ts";
import type { ActOutcome } from "../workflow/use-cases.ts";
import { type Markup, markup } from "./blocks/markup.ts";
import { publishHome } from "./on-home.ts";
import type { Delivery, Surface } from "./surface.ts";

/** End: the owner ends their own grant. */
export async function onEnd(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const outcome = await surface.useCases.endGrant({ requestId: click.requestId, by: click.by });
  const refusal = refusalOf(outcome);
  if (click.view?.type === "home") await publishHome(surface, click.by);
  if (refusal) await surface.tell(click, refusal);
  else if (click.isPrivate) await surface.tell(click, sentenceOf(outcome));
}

function sentenceOf(outcome: ActOutcome): Markup {
  return outcome.status === "done" && outcome.request.plan.recipe
    ? markup`The recipe is over: people decide from the next request on.`
    : endingSentence;
}

export const endingSentence = markup`The access is ending: nothing runs any more, and the thread of the request will say when its end is proven.`;
