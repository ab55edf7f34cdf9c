import { suggestRunbooks } from "./blocks/request-picker.ts";
import { formView } from "./open-request.ts";
import { clickSchema, suggestionSchema } from "./payloads.ts";
import type { Delivery, Surface } from "./surface.ts";
import { readPickerMetadata } from "./view-metadata.ts";

/** A runbook was chosen in the picker: the view turns into its form. */
export async function onPick({ body, ack }: Delivery, surface: Surface): Promise<void> {
  await ack();
  const { by, view, value } = clickSchema.parse(body);
  if (!view) throw new Error("A runbook was picked outside of a view");
  const { channel } = readPickerMetadata(view.metadata);
  await surface.client.views.update({
    view_id: view.id,
    view: await formView(surface, by, { runbook: value, channel }),
    ...(view.hash === undefined ? {} : { hash: view.hash }),
  });
}

/** The choices while the person types, when there are too many for a plain menu. */
export async function onPickOptions({ body, ack }: Delivery, surface: Surface): Promise<void> {
  const { by, typed } = suggestionSchema.parse(body);
  await ack({ options: suggestRunbooks((await surface.useCases.runbooksFor(by)).choices, typed) });
}
