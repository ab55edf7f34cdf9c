import { readRequestClick, refusalOf } from "./acts.ts";
import { withinBudget } from "./budget.ts";
import { markup } from "./blocks/markup.ts";
import { readReview, REVIEW_FORM, REVIEW_TITLE, reviewView } from "./blocks/review-view.ts";
import { failureSentence, openThenFill, sentenceView } from "./open-view.ts";
import { submissionSchema } from "./payloads.ts";
import { ACK_BUDGET_MS, type Delivery, type Surface } from "./surface.ts";
import { readReasonMetadata, writeMetadata } from "./view-metadata.ts";

/** Review…: the first reviewer who presses it owns the review, and gets the form for it. */
export async function onReview(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const { requestId, shownDigest, channel, by } = click;
  await openThenFill(surface, click, REVIEW_TITLE, async () => {
    const outcome = await surface.useCases.takeReview({ requestId, by });
    return outcome.status === "done"
      ? reviewView(outcome.request, writeMetadata({ requestId, shownDigest, channel }))
      : sentenceView(REVIEW_TITLE, refusalOf(outcome) ?? markup`There is nothing to show.`);
  });
}

/** The review was given: it is recorded, and every copy of the card says so. */
export async function onReviewSubmit({ body, ack }: Delivery, surface: Surface): Promise<void> {
  const { by, view } = submissionSchema.parse(body);
  const filled = readReview(view.values);
  if (filled.status === "invalid") return ack({ response_action: "errors", errors: filled.errors });
  const { requestId } = readReasonMetadata(view.metadata);
  const { verdict, words } = filled;
  const giving = surface.useCases.giveReview({ requestId, by, verdict, words });
  const first = await withinBudget(giving, ACK_BUDGET_MS);
  if (first.status === "in-time") {
    const refusal = refusalOf(first.value);
    return ack(
      refusal === undefined
        ? { response_action: "clear" }
        : { response_action: "update", view: sentenceView(REVIEW_TITLE, refusal) },
    );
  }
  await ack({ response_action: "update", view: sentenceView(REVIEW_TITLE, markup`One moment …`) });
  const sentence = await giving.then(
    (outcome) => refusalOf(outcome) ?? markup`Done.`,
    (error: unknown) => failureSentence(surface.report(error, REVIEW_FORM)),
  );
  await surface.client.views.update({ view_id: view.id, view: sentenceView(REVIEW_TITLE, sentence) });
}
