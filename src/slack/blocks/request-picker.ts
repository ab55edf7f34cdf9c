import type { KnownBlock, ModalView, PlainTextOption } from "@slack/types";
import type { RunbookChoice, RunbookChoices } from "../../workflow/use-cases.ts";
import { actions, context, option, plain, section } from "./elements.ts";
import { literal, markup } from "./markup.ts";

export const PICK_RUNBOOK = "jit_pick";
/** Slack's menus hold 100 options; beyond that the choices are asked for while the person types. */
const maxOptions = 100;

/** The menu of runbooks; choosing one turns the view into its form. `lately` are names the person asked for before, newest first. */
export function requestPicker(
  { choices, unknown }: RunbookChoices,
  lately: readonly string[],
  metadata: string,
): ModalView {
  return {
    type: "modal",
    callback_id: "jit_request_picker",
    private_metadata: metadata,
    title: plain("Request access", 24),
    close: plain("Close", 24),
    blocks: [...(choices.length === 0 ? nothingToAsk() : menu(choices, lately)), ...missingChoices(unknown)],
  };
}

/** The choices that fit what was typed, best first, at most 100, as Slack asks. */
export function suggestRunbooks(choices: readonly RunbookChoice[], typed: string): PlainTextOption[] {
  return searchRunbooks(choices, typed).slice(0, maxOptions).map(choiceOption);
}

/** All words must occur in the name, title, purpose or tags; a hit in name or title counts more. */
export function searchRunbooks(choices: readonly RunbookChoice[], typed: string): RunbookChoice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = choices.flatMap((choice) => {
    const front = `${choice.name} ${choice.title}`.toLowerCase();
    const all = `${front} ${choice.purpose} ${choice.tags.join(" ")} ${choice.environment}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) return [];
    return [{ choice, score: words.filter((word) => front.includes(word)).length }];
  });
  return ranked.toSorted((a, b) => b.score - a.score).map(({ choice }) => choice);
}

function menu(choices: readonly RunbookChoice[], lately: readonly string[]): KnownBlock[] {
  const placeholder = plain("Search by name, title or tag", 150);
  const element =
    choices.length > maxOptions
      ? ({ type: "external_select", action_id: PICK_RUNBOOK, min_query_length: 0, placeholder } as const)
      : ({
          type: "static_select",
          action_id: PICK_RUNBOOK,
          placeholder,
          ...grouped(choices, lately),
        } as const);
  return [
    section(markup`*Which runbook?* You can ask for ${choices.length}.`),
    actions([element], "pick"),
    context(markup`Each one runs only after an approval, once, with access to nothing else.`),
  ];
}

function grouped(choices: readonly RunbookChoice[], lately: readonly string[]) {
  const mine = lately.flatMap((name) => choices.filter((choice) => choice.name === name));
  const others = choices.filter((choice) => !mine.includes(choice));
  if (mine.length === 0 || others.length === 0) return { options: choices.map(choiceOption) };
  return {
    option_groups: [
      { label: plain("Yours lately", 75), options: mine.map(choiceOption) },
      { label: plain("Others", 75), options: others.map(choiceOption) },
    ],
  };
}

function choiceOption({ title, name, purpose }: RunbookChoice): PlainTextOption {
  return option(title, name, purpose);
}

/** What a directory could not say in time is not hidden: there may be more to ask for. */
export function missingChoices(unknown: RunbookChoices["unknown"]): KnownBlock[] {
  if (unknown.length === 0) return [];
  const named = unknown.map(({ group, why }) => `${group} (${why})`).join(", ");
  return [
    context(
      markup`⚠ Who is in ${literal(named)} can’t be known now, so runbooks for its members alone are missing here. Try again in a minute.`,
    ),
  ];
}

function nothingToAsk(): KnownBlock[] {
  return [
    section(
      markup`There is no runbook that you can ask for. Runbooks are given to groups in access.yml; an admin can add you to one.`,
    ),
  ];
}
