import type { ModalView } from "@slack/types";
import type { PersonId } from "../runbook/plan.ts";
import type { Request } from "../request/request.ts";
import type { LessWanted, NarrowedOutcome } from "../workflow/use-cases.ts";
import { readRequestClick, refusalOf } from "./acts.ts";
import { APPROVE_LESS_TITLE, approveLessView, lessFields } from "./blocks/approve-less-view.ts";
import { type Markup, markup } from "./blocks/markup.ts";
import { parameterBlock, VALUE } from "./blocks/parameter-field.ts";
import { withinBudget } from "./budget.ts";
import { fieldError, problemsIn } from "./field-errors.ts";
import { undecidable } from "./on-deny.ts";
import { openForRequest } from "./open-for-request.ts";
import { failureSentence, sentenceView } from "./open-view.ts";
import { type FormValues, submissionSchema } from "./payloads.ts";
import { readForm } from "./read-form.ts";
import { refusalSentence } from "./sentences.ts";
import { ACK_BUDGET_MS, type Delivery, type Surface } from "./surface.ts";
import { readReasonMetadata, type ReasonMetadata, writeMetadata } from "./view-metadata.ts";

/** Approve less…: a form with what the runbook lets an approver take away. */
export async function onApproveLess(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const { requestId, shownDigest, shownIn } = click;
  await openForRequest(surface, click, APPROVE_LESS_TITLE, (request) => {
    const refusal = undecidable(request, click.by);
    if (refusal) return sentence(refusalSentence(refusal, request));
    if (!request.planDigest.startsWith(shownDigest))
      return sentence(refusalSentence({ kind: "changed-since-shown" }, request));
    return form(surface, request, { requestId, shownDigest, shownIn });
  });
}

/** What is left was sent: the vote for it, or what is wrong with it. */
export async function onApproveLessSubmit({ body, ack }: Delivery, surface: Surface): Promise<void> {
  const { by, view } = submissionSchema.parse(body);
  const metadata = readReasonMetadata(view.metadata);
  const wanted = readWanted(view.values);
  const { requestId, shownDigest, shownIn } = metadata;
  const acting = surface.useCases.approveLess({ requestId, shownDigest, shownIn, by, wanted });
  const first = await withinBudget(acting, ACK_BUDGET_MS);
  if (first.status === "in-time") return ack(answerTo(first.value, view.values));

  await ack({ response_action: "update", view: sentence(markup`One moment …`) });
  const later = await acting.then(
    (outcome) => lateView(surface, outcome, metadata, by),
    (error: unknown) => sentence(failureSentence(surface.report(error, "approving less"))),
  );
  await surface.client.views.update({ view_id: view.id, view: later });
}

function form(
  surface: Surface,
  request: Request,
  metadata: ReasonMetadata,
  again?: { notice: Markup; problems: readonly string[] },
): ModalView {
  const parameters = surface.runbook(request.plan.runbook.name)?.parameters.properties ?? {};
  return approveLessView({ request, parameters, metadata: writeMetadata(metadata), ...again });
}

function readWanted(values: FormValues): LessWanted {
  const { inputs, durationMinutes } = readForm(values);
  const rows = values[lessFields.rows]?.[VALUE]?.value;
  const columns = values[lessFields.columns]?.[VALUE]?.selected_options ?? [];
  return {
    inputs,
    masked: columns.map(({ value }) => value),
    ...(durationMinutes === undefined ? {} : { durationMinutes }),
    ...(rows ? { maxRows: Number(rows) } : {}),
  };
}

function answerTo(outcome: NarrowedOutcome, values: FormValues): unknown {
  if (outcome.status === "invalid") {
    const [anyBlock = ""] = Object.keys(values);
    const errors = outcome.errors.map(({ field, message }) => {
      const block = [field, parameterBlock(field)].find((id) => Object.hasOwn(values, id)) ?? anyBlock;
      return [block, fieldError(message)];
    });
    return { response_action: "errors", errors: Object.fromEntries(errors) };
  }
  const refusal = refusalOf(outcome);
  return refusal === undefined
    ? { response_action: "clear" }
    : { response_action: "update", view: sentence(refusal) };
}

async function lateView(
  surface: Surface,
  outcome: NarrowedOutcome,
  metadata: ReasonMetadata,
  by: PersonId,
): Promise<ModalView> {
  if (outcome.status !== "invalid") return sentence(refusalOf(outcome) ?? markup`Done.`);
  const seen = await surface.useCases.viewRequest({ requestId: metadata.requestId, by });
  const notice = markup`*Not approved yet:*`;
  return seen.status === "done"
    ? form(surface, seen.request, metadata, { notice, problems: problemsIn(outcome.errors) })
    : sentence(notice);
}

function sentence(text: Markup): ModalView {
  return sentenceView(APPROVE_LESS_TITLE, text);
}
