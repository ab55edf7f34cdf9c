import type { RunbookChoice, RunbookChoices } from "../workflow/use-cases.ts";
import { refusalOf } from "./acts.ts";
import { helpAnswer, unknownAnswer, unknownRunbookAnswer } from "./answers/help.ts";
import { runbookList } from "./answers/runbook-list.ts";
import { chooseWhatToEnd } from "./answers/status.ts";
import { markup } from "./blocks/markup.ts";
import { nearestName } from "../workflow/nearest-name.ts";
import { onAway, onBack } from "./on-away.ts";
import { onBreakGlass } from "./on-break-glass.ts";
import { endingSentence } from "./on-end.ts";
import { onExplain } from "./on-explain.ts";
import { onIncident } from "./on-incident.ts";
import { onRecipe } from "./on-recipe.ts";
import { REQUESTS_SHOWN, statusFor } from "./on-home.ts";
import { notAmongChoices, openForm, openPicker } from "./open-request.ts";
import { asRunbookName, parseCommand } from "./parse-command.ts";
import { type Command, commandSchema } from "./payloads.ts";
import { submitRefusalSentence } from "./sentences.ts";
import type { Delivery, Surface } from "./surface.ts";
import type { PrivateAnswer } from "./tell.ts";

/** `/jit …`. Acknowledged at once; every answer is seen by this person alone. */
export async function onCommand({ body, ack }: Delivery, surface: Surface): Promise<void> {
  await ack();
  const command = commandSchema.parse(body);
  const { by } = command;
  const parsed = parseCommand(command.text);
  switch (parsed.kind) {
    case "bare":
      return openPicker(surface, command);
    case "help":
      return surface.tell(command, helpAnswer());
    case "request":
      return onRequest(surface, command, parsed);
    case "break-glass":
      return onBreakGlass(surface, command, parsed.runbook);
    case "status":
      return surface.tell(command, await statusFor(surface, by));
    case "end":
      return onEndCommand(surface, command, parsed.id);
    case "runbooks":
      return surface.tell(command, runbookList(await surface.useCases.runbooksFor(by), parsed.search));
    case "away":
      return onAway(surface, command, parsed);
    case "back":
      return onBack(surface, command);
    case "incident":
      return onIncident(surface, command, parsed);
    case "recipe":
      return onRecipe(surface, command, parsed);
    case "explain":
    case "who":
      return onExplain(surface, command, parsed);
    case "unknown":
      return onUnknown(surface, command, parsed);
  }
}

async function onRequest(
  surface: Surface,
  command: Command,
  { runbook, typed }: { runbook?: string; typed?: string },
): Promise<void> {
  if (runbook === undefined) return openPicker(surface, command);
  const known = await surface.useCases.runbooksFor(command.by);
  const found = choiceOf(known.choices, [typed ?? runbook, runbook]);
  if (found) return openForm(surface, command, found.name);
  await surface.tell(command, noSuchRunbook(surface, known, runbook, typed ?? runbook));
  if (surface.runbook(runbook)) await surface.useCases.refuseForm({ requester: command.by, runbook });
}

/** By name, or by title as a name would be written. */
function choiceOf(choices: readonly RunbookChoice[], names: readonly string[]): RunbookChoice | undefined {
  for (const wanted of names) {
    const found = choices.find(
      ({ name, title }) => name === wanted || asRunbookName(title.split(/\s+/)) === wanted,
    );
    if (found) return found;
  }
  return undefined;
}

/** No name of a runbook is longer, and comparing takes time by the length of both. */
const maxName = 80;

/** Says that a runbook is for others when it is, and else which one was probably meant. */
function noSuchRunbook(
  surface: Surface,
  { choices, unknown }: RunbookChoices,
  name: string,
  typed: string,
): PrivateAnswer {
  const shown = typed.slice(0, maxName);
  const nearest = nearestName(
    shown,
    choices.map((choice) => choice.name),
  );
  const suggestion = choices.find((choice) => choice.name === nearest);
  const others = surface.runbook(name);
  const sentence = others
    ? submitRefusalSentence(notAmongChoices(others.access.requesters, unknown))
    : submitRefusalSentence({
        kind: "unknown-runbook",
        name: shown,
        ...(nearest ? { nearest } : {}),
      });
  return unknownRunbookAnswer(sentence, suggestion);
}

async function onEndCommand(surface: Surface, command: Command, id: string | undefined): Promise<void> {
  const { by } = command;
  const own = await surface.useCases.requestsOf(by, REQUESTS_SHOWN);
  const active = own.filter(({ state }) => state === "active");
  const [only] = active;
  if (id === undefined && active.length > 1) return surface.tell(command, chooseWhatToEnd(active));
  if (id === undefined && !only) {
    return surface.tell(
      command,
      markup`You have no active access to end. \`/jit status\` shows your requests.`,
    );
  }
  const requestId = id === undefined ? (only?.id ?? "") : idAsStored(own, id);
  const refusal = refusalOf(await surface.useCases.endGrant({ requestId, by }));
  return surface.tell(command, refusal ?? endingSentence);
}

/** Ids are typed from a screen in any case. */
function idAsStored(own: readonly { id: string }[], typed: string): string {
  return own.find(({ id }) => id.toLowerCase() === typed.toLowerCase())?.id ?? typed;
}

/** `/jit orders-by-id` is taken for `/jit request orders-by-id`, since the form is only opened, never sent, by it. */
async function onUnknown(
  surface: Surface,
  command: Command,
  { typed, nearest }: { typed: string; nearest?: Parameters<typeof unknownAnswer>[1] },
): Promise<void> {
  const names = [asRunbookName(typed.split(" ")), asRunbookName(typed.split(" ").slice(0, 1))];
  const found = choiceOf((await surface.useCases.runbooksFor(command.by)).choices, names);
  if (found) return openForm(surface, command, found.name);
  return surface.tell(command, unknownAnswer(typed, nearest));
}
