import type { ModalView } from "@slack/types";
import type { Request } from "../request/request.ts";
import { forRun } from "../request/further-query.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { SqlParameter } from "../runbook/parameter.ts";
import type { AnotherQueryOutcome } from "../workflow/use-cases.ts";
import { readRequestClick, refusalOf } from "./acts.ts";
import { ANOTHER_QUERY_TITLE, anotherQueryView } from "./blocks/another-query-view.ts";
import { preformatted } from "./blocks/elements.ts";
import { type Markup, markup } from "./blocks/markup.ts";
import { parameterBlock } from "./blocks/parameter-field.ts";
import { plannedQuery } from "./blocks/planned-query.ts";
import { withinBudget } from "./budget.ts";
import { fieldError, problemsIn } from "./field-errors.ts";
import { openForRequest } from "./open-for-request.ts";
import { failureSentence, sentenceView } from "./open-view.ts";
import { submissionSchema } from "./payloads.ts";
import { readForm } from "./read-form.ts";
import { refusalSentence } from "./sentences.ts";
import { ACK_BUDGET_MS, type Delivery, type Surface } from "./surface.ts";
import { type QueryMetadata, readQueryMetadata, writeMetadata } from "./view-metadata.ts";

/** Ask another query: the field for it, filled with the query of the last run. */
export async function onAnotherQuery(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  await openForRequest(surface, click, ANOTHER_QUERY_TITLE, (request) => {
    if (!certainlySamePerson(click.by, request.requester))
      return sentence(refusalSentence({ kind: "not-yours" }, request));
    const last = forRun(request, request.runs.length);
    const text = plannedQuery(last.plan)?.request.QueryString;
    const field = queryField(surface, request);
    if (text === undefined || !field) return sentence(notOffered);
    const metadata = writeMetadata({ requestId: request.id, field: field.name });
    return anotherQueryView({ request, field, text, metadata });
  });
}

/** The query was sent: it runs, or the field says what is wrong. Whatever it is, what was typed stays. */
export async function onAnotherQuerySubmit({ body, ack }: Delivery, surface: Surface): Promise<void> {
  const { by, view } = submissionSchema.parse(body);
  const metadata = readQueryMetadata(view.metadata);
  const typed = readForm(view.values).inputs[metadata.field];
  const text = typeof typed === "string" ? typed : "";

  const key = `${by.teamId}:${by.userId}:${view.id}`;
  const asking = surface.useCases.runAnotherQuery({ requestId: metadata.requestId, by, text, key });
  const first = await withinBudget(asking, ACK_BUDGET_MS);
  if (first.status === "in-time") return ack(answerTo(first.value, metadata, text));

  await ack({ response_action: "update", view: sentence(markup`Checking your query …`) });
  const later = await asking.then(
    (outcome) => lateView(surface, outcome, { by, metadata, text }),
    async (error: unknown) => {
      const notice = failureSentence(surface.report(error, "another query"));
      return formAgain(surface, { by, metadata, text }, notice);
    },
  );
  await surface.client.views.update({ view_id: view.id, view: later });
}

type Sent = { by: Request["requester"]; metadata: QueryMetadata; text: string };

const notOffered = markup`Further queries can’t be sent for this access, so nothing was run. Ask for a new one with \`/jit request\`.`;

function answerTo(outcome: AnotherQueryOutcome, { field }: QueryMetadata, text: string): unknown {
  if (outcome.status === "invalid") {
    const messages = outcome.errors.map(({ message }) => message).join("\n");
    return { response_action: "errors", errors: { [parameterBlock(field)]: fieldError(messages) } };
  }
  const refusal = refusalOf(outcome);
  return refusal === undefined
    ? { response_action: "clear" }
    : { response_action: "update", view: sentence(refusal, text) };
}

async function lateView(surface: Surface, outcome: AnotherQueryOutcome, sent: Sent): Promise<ModalView> {
  if (outcome.status === "invalid")
    return formAgain(surface, sent, markup`*Not run yet:*`, problemsIn(outcome.errors));
  const refusal = refusalOf(outcome);
  return refusal === undefined
    ? sentence(markup`It is on its way; its result comes in the thread.`)
    : sentence(refusal, sent.text);
}

/** An update can't put an error on the field, so it stands on top, and the text stands in the field. */
async function formAgain(
  surface: Surface,
  { by, metadata, text }: Sent,
  notice: Markup,
  problems: readonly string[] = [],
): Promise<ModalView> {
  const seen = await surface.useCases
    .viewRequest({ requestId: metadata.requestId, by })
    .catch((error: unknown) => surface.report(error, "showing a query again"));
  const isSeen = typeof seen === "object" && seen.status === "done";
  const field = isSeen ? queryField(surface, seen.request) : undefined;
  if (!isSeen || !field) return sentence(notice, text);
  return anotherQueryView({
    request: seen.request,
    field,
    text,
    metadata: writeMetadata(metadata),
    notice,
    problems,
  });
}

/** The parameter of the runbook, as loaded now, that holds a query. */
function queryField(
  surface: Surface,
  { plan }: Request,
): { name: string; parameter: SqlParameter } | undefined {
  const properties = surface.runbook(plan.runbook.name)?.parameters.properties ?? {};
  for (const [name, parameter] of Object.entries(properties))
    if (parameter.type === "sql") return { name, parameter };
  return undefined;
}

/** What was typed stands below, to be copied, where it can't stand in a field. */
function sentence(text: Markup, typed?: string): ModalView {
  return sentenceView(ANOTHER_QUERY_TITLE, text, ...(typed === undefined ? [] : [preformatted(typed)]));
}
