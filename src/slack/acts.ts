import { markup, type Markup } from "./blocks/markup.ts";
import type { ActOutcome } from "../workflow/use-cases.ts";
import { type Click, clickSchema, type RequestRef, requestRefSchema } from "./payloads.ts";
import { refusalSentence } from "./sentences.ts";
import type { Delivery } from "./surface.ts";

/** A click on a button of a request: who, where, which request, and the plan they saw. */
export type RequestClick = Click & RequestRef;

export function readRequestClick({ body }: Delivery): RequestClick {
  const click = clickSchema.parse(body);
  return { ...click, ...requestRefSchema.parse(click.value) };
}

/** What to say to the person whose act was not carried out; nothing when it was, since every copy of the card shows it. */
export function refusalOf(outcome: ActOutcome): Markup | undefined {
  switch (outcome.status) {
    case "done":
      return undefined;
    case "refused":
      return refusalSentence(outcome.why, outcome.request);
    case "not-found":
      return markup`This request is not known here any more, so nothing was changed.`;
  }
}
