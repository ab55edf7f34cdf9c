import type { Request } from "../request/request.ts";
import { statusAnswer } from "./answers/status.ts";
import { recipeSections } from "./answers/recipes.ts";
import { waitingSections } from "./answers/waiting.ts";
import { homeView } from "./blocks/home.ts";
import type { PersonId } from "../runbook/plan.ts";
import { homeOpenedSchema } from "./payloads.ts";
import type { Delivery, Surface } from "./surface.ts";
import type { PrivateAnswer } from "./tell.ts";

/** How far back the page and `/jit status` look. */
export const REQUESTS_SHOWN = 50;

/** A page holds 100 blocks. */
const RECIPES_AT_HOME = 8;

/** The Home tab was opened: drawn from what is stored, for this person. */
export async function onHomeOpened({ body }: Delivery, surface: Surface): Promise<void> {
  const { by, tab } = homeOpenedSchema.parse(body);
  if (tab === "home") await publishHome(surface, by);
}

export async function publishHome(surface: Surface, person: PersonId): Promise<void> {
  const [[requests, waiting], recipes] = await Promise.all([
    listsOf(surface, person),
    surface.useCases.recipesFor(person),
  ]);
  await surface.client.views.publish({
    user_id: person.userId,
    view: homeView(requests, [
      ...waitingSections(waiting, person),
      ...recipeSections(recipes, RECIPES_AT_HOME),
    ]),
  });
}

/** `/jit status`: what waits for this person's vote, and what they asked for themselves. */
export async function statusFor(surface: Surface, person: PersonId): Promise<PrivateAnswer> {
  const [requests, waiting] = await listsOf(surface, person);
  return statusAnswer(requests, waitingSections(waiting, person));
}

async function listsOf({ useCases }: Surface, person: PersonId): Promise<[Request[], Request[]]> {
  return Promise.all([useCases.requestsOf(person, REQUESTS_SHOWN), useCases.waitingFor(person)]);
}
