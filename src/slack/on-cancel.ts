import { readRequestClick, refusalOf } from "./acts.ts";
import { markup } from "./blocks/markup.ts";
import { publishHome } from "./on-home.ts";
import type { Delivery, Surface } from "./surface.ts";

/** Cancel: the requester takes a pending request back. */
export async function onCancel(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const refusal = refusalOf(
    await surface.useCases.cancelRequest({ requestId: click.requestId, by: click.by }),
  );
  if (click.view?.type === "home") await publishHome(surface, click.by);
  if (refusal) await surface.tell(click, refusal);
  else if (click.isPrivate) await surface.tell(click, markup`Cancelled: nobody can approve it any more.`);
}
