import type { KnownBlock, ModalView } from "@slack/types";
import type { Request } from "../request/request.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Ask, SubmitOutcome } from "../workflow/use-cases.ts";
import { withinBudget } from "./budget.ts";
import { parameterBlock } from "./blocks/parameter-field.ts";
import { type FormEntries, formFields } from "./blocks/request-form.ts";
import { channelMention, dateToken, literal, type Markup, markup } from "./blocks/markup.ts";
import { byRecipe } from "./blocks/recipe-words.ts";
import { labelled, section } from "./blocks/elements.ts";
import { plannedQuery } from "./blocks/planned-query.ts";
import { queryScope } from "./blocks/card-query.ts";
import { fieldError, problemsIn } from "./field-errors.ts";
import { formView } from "./open-request.ts";
import { failureSentence, sentenceView } from "./open-view.ts";
import { type Submission, submissionSchema } from "./payloads.ts";
import { readForm } from "./read-form.ts";
import { submitRefusalSentence, whoCanDecide } from "./sentences.ts";
import { ACK_BUDGET_MS, type Delivery, type Surface } from "./surface.ts";
import { type FormMetadata, readFormMetadata } from "./view-metadata.ts";

/** One filled form on its way. */
type Filled = {
  by: PersonId;
  viewId: string;
  metadata: FormMetadata;
  entries: FormEntries;
  parameters: ReadonlySet<string>;
};

/**
 * The form was sent. The answer goes into the acknowledgement when it comes within Slack's 3 s; otherwise the view
 * says that it is on its way and shows the outcome later. Whatever is wrong, everything typed stays.
 */
export async function onRequestSubmit({ body, ack }: Delivery, surface: Surface): Promise<void> {
  const filled = readFilled(submissionSchema.parse(body), surface);
  const submitting = surface.useCases.submitRequest(askOf(filled));
  const first = await withinBudget(submitting, ACK_BUDGET_MS);
  if (first.status === "in-time") {
    await ack(await acknowledgement(first.value, filled, surface));
    if (first.value.status === "submitted") await confirm(surface, filled, first.value.request);
    return;
  }
  await ack({
    response_action: "update",
    view: sentenceView("Request access", markup`Sending your request …`),
  });
  await finishLate(submitting, filled, surface);
}

function readFilled({ by, view }: Submission, surface: Surface): Filled {
  const metadata = readFormMetadata(view.metadata);
  const runbook = surface.runbook(metadata.runbook);
  const parameters = new Set(Object.keys(runbook?.parameters.properties ?? {}));
  return { by, viewId: view.id, metadata, entries: readForm(view.values), parameters };
}

/** The key is the view's id: sent twice, a form is one request; sent again after an error, nothing was made of it before. */
function askOf({ by, viewId, metadata, entries }: Filled): Ask {
  return {
    key: `${by.teamId}:${by.userId}:${viewId}`,
    requester: by,
    runbook: metadata.runbook,
    rawInputs: entries.inputs,
    grant: {
      kind: entries.grantKind === "window" ? "window" : "single-run",
      durationMinutes: entries.durationMinutes ?? Number.NaN,
    },
    reason: entries.reason ?? "",
    ...(entries.reference === undefined ? {} : { reference: entries.reference }),
    ...(metadata.breakGlass ? { breakGlass: true as const } : {}),
    ...(metadata.channel === undefined ? {} : { origin: { channel: metadata.channel } }),
  };
}

async function acknowledgement(outcome: SubmitOutcome, filled: Filled, surface: Surface): Promise<unknown> {
  switch (outcome.status) {
    case "submitted":
      return { response_action: "clear" };
    case "invalid":
      return { response_action: "errors", errors: errorsByBlock(outcome.errors, filled) };
    case "refused":
      return {
        response_action: "update",
        view: await formAgain(surface, filled, submitRefusalSentence(outcome.why)),
      };
  }
}

async function finishLate(
  submitting: Promise<SubmitOutcome>,
  filled: Filled,
  surface: Surface,
): Promise<void> {
  const view = await submitting.then(
    (outcome) => lateView(outcome, filled, surface),
    (error: unknown) =>
      formAgain(surface, filled, failureSentence(surface.report(error, "submitting a request"))),
  );
  await surface.client.views.update({ view_id: filled.viewId, view });
}

async function lateView(outcome: SubmitOutcome, filled: Filled, surface: Surface): Promise<ModalView> {
  switch (outcome.status) {
    case "submitted":
      return sentenceView("Request access", confirmation(outcome.request), ...whatItReads(outcome.request));
    case "invalid":
      // An update can't put errors on fields, so they stand together on top, in words that name the field.
      return formAgain(surface, filled, markup`*Not sent yet:*`, problemsIn(outcome.errors));
    case "refused":
      return formAgain(surface, filled, submitRefusalSentence(outcome.why));
  }
}

function formAgain(
  surface: Surface,
  { by, metadata, entries }: Filled,
  notice: Markup,
  problems: readonly string[] = [],
): Promise<ModalView> {
  return formView(surface, by, { ...metadata, entries, notice, problems });
}

/** Slack takes one text per block, and only for blocks that exist: what belongs to no field stands on the reason. */
function errorsByBlock(
  errors: readonly { field: string; message: string }[],
  filled: Filled,
): Record<string, string> {
  const byBlock: Record<string, string> = {};
  for (const { field, message } of errors) {
    const block = blockOf(field, filled);
    byBlock[block] = fieldError(block in byBlock ? `${byBlock[block]} ${message}` : message);
  }
  return byBlock;
}

function blockOf(field: string, { parameters, entries }: Filled): string {
  if (parameters.has(field)) return parameterBlock(field);
  switch (field) {
    case "duration":
      return formFields.duration;
    case "reference":
      return formFields.reference;
    case "grant":
      return entries.grantKind === undefined ? formFields.duration : formFields.grantKind;
    default:
      return formFields.reason;
  }
}

async function confirm(surface: Surface, { by, metadata }: Filled, request: Request): Promise<void> {
  const text = confirmation(request);
  const blocks = [section(text), ...whatItReads(request)];
  await surface.tell({ by, channel: metadata.channel }, { text, blocks });
}

function confirmation(request: Request): Markup {
  const { auto, recipe } = request.approval;
  if (recipe)
    return markup`Your request for *${literal(request.plan.runbook.title)}* was approved by ${byRecipe(recipe)}, and starts now; nobody was asked again. It is told in ${channelMention(request.approval.channel)}.`;
  if (request.breakGlass)
    return markup`Break-glass: *${literal(request.plan.runbook.title)}* starts now, approved by nobody. Security was told in ${channelMention(request.breakGlass.channel)}; a review is owed until ${dateToken(request.breakGlass.reviewDueAt)}. \`/jit end\` ends it.`;
  if (auto)
    return markup`Your request for *${literal(request.plan.runbook.title)}* was approved by the rule ${literal(auto.rule)} and starts now; nobody had to decide. It is told in ${channelMention(request.approval.channel)}.`;
  return markup`Your request for *${literal(request.plan.runbook.title)}* waits for approval in ${channelMention(request.approval.channel)}. ${whoCanDecide(request)} It lapses ${dateToken(request.lapsesAt)}. \`/jit status\` shows it.`;
}

/** A query reaches as far as its text says, so its requester is told what that is before anybody approves it. */
function whatItReads({ plan }: Request): KnownBlock[] {
  const query = plannedQuery(plan);
  return query ? [labelled("When approved, it", lowerFirst(queryScope(plan, query, false)), 1500)] : [];
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}
