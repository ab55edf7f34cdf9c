import { readRequestClick, refusalOf } from "./acts.ts";
import type { Delivery, Surface } from "./surface.ts";

/** Run again: one more run inside an open window. */
export async function onRunAgain(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const refusal = refusalOf(await surface.useCases.runAgain({ requestId: click.requestId, by: click.by }));
  if (refusal) await surface.tell(click, refusal);
}
