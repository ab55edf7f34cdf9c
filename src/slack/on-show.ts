import { openForRequest } from "./open-for-request.ts";
import { readRequestClick } from "./acts.ts";
import { exactRequestView } from "./blocks/exact-request.ts";
import type { Delivery, Surface } from "./surface.ts";

/** Show the exact request, in full, to the people it concerns. */
export async function onShow(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  await openForRequest(surface, readRequestClick(delivery), "The exact request", (request) =>
    exactRequestView(request, surface.explainPolicy(request.plan)),
  );
}
