import type { ModalView } from "@slack/types";
import type { Request } from "../request/request.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { Ask, SubmitOutcome } from "../workflow/use-cases.ts";
import { type RecipeEntries, recipeFields } from "./blocks/recipe-form.ts";
import { channelMention, dateToken, literal, type Markup, markup } from "./blocks/markup.ts";
import { parameterBlock } from "./blocks/parameter-field.ts";
import { withinBudget } from "./budget.ts";
import { fieldError, problemsIn } from "./field-errors.ts";
import { RECIPE_TITLE, recipeView } from "./on-recipe.ts";
import { failureSentence, sentenceView } from "./open-view.ts";
import { submissionSchema } from "./payloads.ts";
import { readRecipeForm } from "./read-recipe-form.ts";
import { submitRefusalSentence, whoCanDecide } from "./sentences.ts";
import { ACK_BUDGET_MS, type Delivery, type Surface } from "./surface.ts";
import { type FormMetadata, readFormMetadata } from "./view-metadata.ts";

type Filled = { by: PersonId; viewId: string; metadata: FormMetadata; entries: RecipeEntries };

/** The form of a recipe was sent: answered like that of a request, with everything typed kept. */
export async function onRecipeSubmit({ body, ack }: Delivery, surface: Surface): Promise<void> {
  const { by, view } = submissionSchema.parse(body);
  const metadata = readFormMetadata(view.metadata);
  const filled = { by, viewId: view.id, metadata, entries: readRecipeForm(view.values) };
  const submitting = surface.useCases.submitRequest(askOf(filled));
  const first = await withinBudget(submitting, ACK_BUDGET_MS);
  if (first.status === "in-time") return answer(first.value, filled, ack, surface);
  await ack({ response_action: "update", view: sentenceView(RECIPE_TITLE, markup`Sending your recipe …`) });
  const later = await submitting.then(
    (outcome) => lateView(outcome, filled, surface),
    (error: unknown) =>
      formAgain(surface, filled, failureSentence(surface.report(error, "asking for a recipe"))),
  );
  await surface.client.views.update({ view_id: filled.viewId, view: later });
}

function askOf({ by, viewId, metadata, entries }: Filled): Ask {
  const { inputs, people, groups, runs, until = "", reason = "", reference } = entries;
  return {
    key: `${by.teamId}:${by.userId}:${viewId}`,
    requester: by,
    runbook: metadata.runbook,
    rawInputs: {},
    grant: { kind: "single-run", durationMinutes: Number.NaN },
    reason,
    ...(reference === undefined ? {} : { reference }),
    ...(metadata.channel === undefined ? {} : { origin: { channel: metadata.channel } }),
    recipe: {
      inputs,
      // A menu of Slack's names people of the workspace that it stands in.
      people: people.map((userId) => ({ teamId: by.teamId, userId })),
      groups,
      runs: Number(runs),
      until,
    },
  };
}

async function answer(
  outcome: SubmitOutcome,
  filled: Filled,
  ack: Delivery["ack"],
  surface: Surface,
): Promise<void> {
  switch (outcome.status) {
    case "submitted": {
      const { by, metadata } = filled;
      await ack({ response_action: "clear" });
      return surface.tell({ by, channel: metadata.channel }, confirmation(outcome.request));
    }
    case "invalid":
      return ack({ response_action: "errors", errors: errorsByBlock(outcome.errors, filled, surface) });
    case "refused":
      return ack({
        response_action: "update",
        view: await formAgain(surface, filled, submitRefusalSentence(outcome.why)),
      });
  }
}

async function lateView(outcome: SubmitOutcome, filled: Filled, surface: Surface): Promise<ModalView> {
  switch (outcome.status) {
    case "submitted":
      return sentenceView(RECIPE_TITLE, confirmation(outcome.request));
    case "invalid":
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
  const { runbook, channel } = metadata;
  return recipeView(surface, by, { runbook, channel, entries, notice, problems });
}

/** What belongs to no field of the form stands on the reason. */
function errorsByBlock(
  errors: readonly { field: string; message: string }[],
  { metadata }: Filled,
  surface: Surface,
): Record<string, string> {
  const parameters = surface.runbook(metadata.runbook)?.parameters.properties ?? {};
  const byBlock = Map.groupBy(errors, ({ field }) => {
    if (Object.hasOwn(parameters, field)) return parameterBlock(field);
    return Object.values(recipeFields).find((block) => block === field) ?? recipeFields.reason;
  });
  return Object.fromEntries(
    [...byBlock].map(([block, found]) => [block, fieldError(found.map(({ message }) => message).join(" "))]),
  );
}

function confirmation(request: Request): Markup {
  return markup`Your recipe for *${literal(request.plan.runbook.title)}* waits for approval in ${channelMention(request.approval.channel)}. ${whoCanDecide(request)} It lapses ${dateToken(request.lapsesAt)}; until it is approved, people decide each request.`;
}
