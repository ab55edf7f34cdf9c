import type { KnownBlock } from "@slack/types";
import type { RunbookChoice, RunbookChoices } from "../../workflow/use-cases.ts";
import { actions, button, context, plain, section } from "../blocks/elements.ts";
import { literal, markup } from "../blocks/markup.ts";
import { missingChoices, searchRunbooks } from "../blocks/request-picker.ts";
import { counted } from "../blocks/words.ts";
import type { PrivateAnswer } from "../tell.ts";
import { OPEN_REQUEST } from "./help.ts";

/** A message holds 50 blocks; more than this is not read on a phone anyway, and the search reaches all. */
const maxShown = 15;

/** The runbooks that this person may ask for, each with its button. */
export function runbookList({ choices, unknown }: RunbookChoices, search: string | undefined): PrivateAnswer {
  const found = search === undefined ? choices : searchRunbooks(choices, search);
  if (found.length === 0) {
    const nothing = nothingFound(choices, search);
    return { ...nothing, blocks: [...nothing.blocks, ...missingChoices(unknown)] };
  }
  const shown = found.slice(0, maxShown);
  const heading =
    search === undefined
      ? markup`*You can ask for ${literal(counted(found.length, "runbook", "runbooks"))}*`
      : plain(`${counted(found.length, "runbook", "runbooks")} with “${search}”`);
  return {
    text: `You can ask for ${counted(found.length, "runbook", "runbooks")}: ${shown.map(({ name }) => name).join(", ")}.`,
    blocks: [
      section(heading),
      ...shown.map(entry),
      ...(found.length > shown.length ? more(shown, found) : []),
      ...missingChoices(unknown),
    ],
  };
}

function entry({ name, title, purpose, environment, riskLevel }: RunbookChoice): KnownBlock {
  return section(
    markup`*${literal(title)}*\n${literal(purpose)}\n\`${literal(name)}\` · ${literal(environment)} · risk ${literal(riskLevel)}`,
    button("Request", "jit_request", name, { label: `Request ${title}` }),
  );
}

/** Nothing is cut without a word, and nothing is out of reach. */
function more(shown: readonly RunbookChoice[], found: readonly RunbookChoice[]): KnownBlock[] {
  return [
    context(
      markup`${shown.length} of ${found.length} shown. \`/jit runbooks <word>\` searches all of them, and so does the menu:`,
    ),
    actions([button("Search all", OPEN_REQUEST, "open")]),
  ];
}

function nothingFound(choices: readonly RunbookChoice[], search: string | undefined): PrivateAnswer {
  if (search === undefined || choices.length === 0) {
    const sentence = markup`There is no runbook that you can ask for. Runbooks are given to groups in access.yml; an admin can add you to one.`;
    return { text: sentence, blocks: [section(sentence)] };
  }
  return {
    text: "Nothing that you can ask for was found. /jit runbooks lists all.",
    blocks: [
      section(
        plain(
          `None of the ${choices.length} runbooks that you can ask for has “${search}” in name, title, purpose or tags.`,
        ),
      ),
      section(markup`\`/jit runbooks\` lists all of them.`),
    ],
  };
}
