import type { ModalView } from "@slack/types";
import { requestPicker } from "./blocks/request-picker.ts";
import { type FormEntries, requestForm } from "./blocks/request-form.ts";
import type { Markup } from "./blocks/markup.ts";
import type { PersonId } from "../runbook/plan.ts";
import type { RunbookChoices, SubmitRefusal } from "../workflow/use-cases.ts";
import { withinBudget } from "./budget.ts";
import { openView, type Opener, sentenceView } from "./open-view.ts";
import { submitRefusalSentence } from "./sentences.ts";
import type { Surface } from "./surface.ts";
import { realChannel, writeMetadata } from "./view-metadata.ts";

/** So long the picker waits to learn what the person asked for lately; it is a convenience, and the trigger lives 3 s. */
const LATELY_BUDGET_MS = 500;
/** So long the record of a refusal is waited for before it is told; it goes on meanwhile. */
const RECORD_BUDGET_MS = 500;

/** Opens the menu of runbooks that this person may ask for. */
export async function openPicker(surface: Surface, opener: Opener): Promise<void> {
  const metadata = writeMetadata({ channel: realChannel(opener.channel) });
  const [lately, found] = await Promise.all([
    namesAskedLately(surface, opener.by),
    surface.useCases.runbooksFor(opener.by),
  ]);
  await openView(surface, opener, requestPicker(found, lately, metadata));
}

/** Opens the form of one runbook. Groups that a directory knows are remembered for a moment, so that one call to Slack mostly does. */
export async function openForm(
  surface: Surface,
  opener: Opener,
  runbook: string,
  entries?: FormEntries,
): Promise<void> {
  await openView(
    surface,
    opener,
    await formView(surface, opener.by, { runbook, channel: opener.channel, entries }),
  );
}

/** The form, or a view that says why there is none. */
export async function formView(
  surface: Surface,
  requester: PersonId,
  form: {
    runbook: string;
    channel?: string | undefined;
    breakGlass?: true | undefined;
    entries?: FormEntries | undefined;
    notice?: Markup;
    problems?: readonly string[];
  },
): Promise<ModalView> {
  const { breakGlass } = form;
  const runbook = surface.runbook(form.runbook);
  const { choices, unknown } = await surface.useCases.runbooksFor(requester);
  const choice = choices.find(({ name }) => name === form.runbook);
  if (!runbook) {
    return sentenceView(
      "Request access",
      submitRefusalSentence({ kind: "unknown-runbook", name: form.runbook }),
    );
  }
  const offer = breakGlass && (await surface.useCases.offerBreakGlass({ requester, runbook: form.runbook }));
  if (offer?.status === "refused")
    return sentenceView("Break-glass", form.notice ?? submitRefusalSentence(offer.why));
  if (!choice) {
    const refusal = notAmongChoices(runbook.access.requesters, unknown);
    await withinBudget(surface.useCases.refuseForm({ requester, runbook: form.runbook }), RECORD_BUDGET_MS);
    return sentenceView("Request access", submitRefusalSentence(refusal));
  }
  return requestForm({
    runbook,
    choice,
    requester,
    metadata: writeMetadata({
      runbook: form.runbook,
      channel: realChannel(form.channel),
      ...(breakGlass ? { breakGlass } : {}),
    }),
    ...(offer ? { offer } : {}),
    ...(form.entries ? { entries: form.entries } : {}),
    ...(form.notice === undefined ? {} : { notice: form.notice }),
    ...(form.problems === undefined ? {} : { problems: form.problems }),
  });
}

/** Why a runbook that there is is none of a person's choices: they are in none of its groups, or nobody knows now. */
export function notAmongChoices(
  groups: readonly string[],
  unknown: RunbookChoices["unknown"],
): SubmitRefusal {
  const unavailable = unknown.filter(({ group }) => groups.includes(group));
  return { kind: "not-a-requester", groups, ...(unavailable.length > 0 ? { unavailable } : {}) };
}

async function namesAskedLately(surface: Surface, person: PersonId): Promise<string[]> {
  const asking = surface.useCases.requestsOf(person, 10).catch((error: unknown) => {
    surface.log.warn("Earlier requests are not known now", {
      reason: error instanceof Error ? error.message : "",
    });
    return [];
  });
  const answer = await withinBudget(asking, LATELY_BUDGET_MS);
  if (answer.status === "late") return [];
  return [...new Set(answer.value.map(({ plan }) => plan.runbook.name))].slice(0, 5);
}
