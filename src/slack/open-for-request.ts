import type { ModalView } from "@slack/types";
import type { Request } from "../request/request.ts";
import type { ActOutcome } from "../workflow/use-cases.ts";
import { refusalOf, type RequestClick } from "./acts.ts";
import { type Markup, markup, mention } from "./blocks/markup.ts";
import { openThenFill, sentenceView } from "./open-view.ts";
import { whoCanDecide } from "./sentences.ts";
import type { Surface } from "./surface.ts";

/** Opens a view about the request that was clicked, or one that says why this person may not see it. */
export async function openForRequest(
  surface: Surface,
  click: RequestClick,
  title: string,
  show: (request: Request) => ModalView | Promise<ModalView>,
): Promise<void> {
  await openThenFill(surface, click, title, async () => {
    const outcome = await surface.useCases.viewRequest({ requestId: click.requestId, by: click.by });
    return outcome.status === "done" ? show(outcome.request) : sentenceView(title, whyNot(outcome));
  });
}

function whyNot(outcome: ActOutcome): Markup {
  if (outcome.status === "refused" && outcome.why.kind === "not-yours") {
    const { request } = outcome;
    return markup`Only ${mention(request.requester)}, the approvers of this request and admins can do this, so nothing was changed. ${whoCanDecide(request)}`;
  }
  return refusalOf(outcome) ?? markup`There is nothing to show.`;
}
