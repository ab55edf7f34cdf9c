import { homeView } from "./blocks/home.ts";
import type { PersonId } from "../runbook/plan.ts";
import { homeOpenedSchema } from "./payloads.ts";
import type { Delivery, Surface } from "./surface.ts";

/** How far back the page and `/jit status` look. */
export const REQUESTS_SHOWN = 50;

/** The Home tab was opened: drawn from what is stored, for this person. */
export async function onHomeOpened({ body }: Delivery, surface: Surface): Promise<void> {
  const { by, tab } = homeOpenedSchema.parse(body);
  if (tab === "home") await publishHome(surface, by);
}

export async function publishHome(surface: Surface, person: PersonId): Promise<void> {
  const requests = await surface.useCases.requestsOf(person, REQUESTS_SHOWN);
  await surface.client.views.publish({ user_id: person.userId, view: homeView(requests) });
}
