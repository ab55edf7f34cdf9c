import { readRequestClick, refusalOf } from "./acts.ts";
import { markup } from "./blocks/markup.ts";
import { publishHome } from "./on-home.ts";
import type { Delivery, Surface } from "./surface.ts";

/** End: the owner ends their own grant. */
export async function onEnd(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const refusal = refusalOf(await surface.useCases.endGrant({ requestId: click.requestId, by: click.by }));
  if (click.view?.type === "home") await publishHome(surface, click.by);
  if (refusal) await surface.tell(click, refusal);
  else if (click.isPrivate) await surface.tell(click, endingSentence);
}

export const endingSentence = markup`The access is ending: nothing runs any more, and the thread of the request will say when its end is proven.`;
