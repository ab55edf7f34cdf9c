import { takeBack } from "../workflow/take-back.ts";
import { readRequestClick } from "./acts.ts";
import { literal, markup } from "./blocks/markup.ts";
import { openForRequest } from "./open-for-request.ts";
import { formView } from "./open-request.ts";
import { sentenceView } from "./open-view.ts";
import type { Delivery, Surface } from "./surface.ts";

const TITLE = "Roll back";

/**
 * Roll back: the form of the runbook that takes the write back, filled with the old values. It is a new request with its
 * own checks and its own approval; nothing is written by this click.
 */
export async function onRollBack(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  await openForRequest(surface, click, TITLE, (request) => {
    const way = takeBack(request);
    if (!way)
      return sentenceView(
        TITLE,
        markup`There is nothing that could be taken back here: the write was not done, or its runbook declares no way back.`,
      );
    return formView(surface, click.by, {
      runbook: way.runbook,
      channel: click.channel ?? request.origin?.channel,
      entries: {
        inputs: way.inputs,
        ...(request.reference === undefined ? {} : { reference: request.reference }),
      },
      notice: markup`This takes back what request ${literal(request.id)} wrote. Its condition demands that what was written still stands.`,
    });
  });
}
