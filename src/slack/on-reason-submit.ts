import type { PersonId } from "../runbook/plan.ts";
import type { ActOutcome } from "../workflow/use-cases.ts";
import { refusalOf } from "./acts.ts";
import { withinBudget } from "./budget.ts";
import { markup } from "./blocks/markup.ts";
import { failureSentence, sentenceView } from "./open-view.ts";
import { submissionSchema } from "./payloads.ts";
import { REASON, type ReasonAct, readReason } from "./reason-view.ts";
import { ACK_BUDGET_MS, type Delivery, type Surface } from "./surface.ts";
import { readReasonMetadata, type ReasonMetadata } from "./view-metadata.ts";

export type ReasonGiven = Pick<ReasonMetadata, "requestId" | "shownDigest" | "shownIn"> & {
  by: PersonId;
  reason: string;
};

/** The shared way of acts that need a reason: check it, act, and close the view or say in it why nothing happened. */
export async function onReasonSubmit(
  { body, ack }: Delivery,
  surface: Surface,
  act: ReasonAct,
  carryOut: (given: ReasonGiven) => Promise<ActOutcome>,
): Promise<void> {
  const { by, view } = submissionSchema.parse(body);
  const typed = readReason(view.values);
  if (typed.status === "invalid") {
    return ack({ response_action: "errors", errors: { [REASON]: typed.message } });
  }
  const { requestId, shownDigest, shownIn } = readReasonMetadata(view.metadata);
  const acting = carryOut({ requestId, shownDigest, shownIn, by, reason: typed.reason });
  const first = await withinBudget(acting, ACK_BUDGET_MS);
  if (first.status === "in-time") return ack(answerTo(first.value, act));

  await ack({ response_action: "update", view: sentenceView(act.title, markup`One moment …`) });
  const sentence = await acting.then(
    (outcome) => refusalOf(outcome) ?? markup`Done.`,
    (error: unknown) => failureSentence(surface.report(error, act.callbackId)),
  );
  await surface.client.views.update({ view_id: view.id, view: sentenceView(act.title, sentence) });
}

function answerTo(outcome: ActOutcome, act: ReasonAct): unknown {
  const refusal = refusalOf(outcome);
  return refusal === undefined
    ? { response_action: "clear" }
    : { response_action: "update", view: sentenceView(act.title, refusal) };
}
