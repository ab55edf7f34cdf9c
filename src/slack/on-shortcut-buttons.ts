import { runbookList } from "./answers/runbook-list.ts";
import { statusFor } from "./on-home.ts";
import { openForm, openPicker } from "./open-request.ts";
import { clickSchema } from "./payloads.ts";
import type { Delivery, Surface } from "./surface.ts";

/** The buttons under the private answers: what the commands do, without typing. */

export async function onOpenRequest({ body, ack }: Delivery, surface: Surface): Promise<void> {
  await ack();
  await openPicker(surface, clickSchema.parse(body));
}

/** Request beside a runbook: its name is the button's value. */
export async function onRequestRunbook({ body, ack }: Delivery, surface: Surface): Promise<void> {
  await ack();
  const click = clickSchema.parse(body);
  await openForm(surface, click, click.value);
}

export async function onOpenStatus({ body, ack }: Delivery, surface: Surface): Promise<void> {
  await ack();
  const click = clickSchema.parse(body);
  await surface.tell(click, await statusFor(surface, click.by));
}

export async function onOpenRunbooks({ body, ack }: Delivery, surface: Surface): Promise<void> {
  await ack();
  const click = clickSchema.parse(body);
  await surface.tell(click, runbookList(await surface.useCases.runbooksFor(click.by), undefined));
}
