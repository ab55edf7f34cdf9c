import { awayList, awaySentence, awayUsage, backSentence } from "./answers/away.ts";
import { markup } from "./blocks/markup.ts";
import type { ParsedCommand } from "./parse-command.ts";
import type { Command } from "./payloads.ts";
import { awayRefusalSentence } from "./sentences.ts";
import type { Surface } from "./surface.ts";

/** `/jit away …`: lists who is away, or lets somebody approve for this person. */
export async function onAway(
  surface: Surface,
  command: Command,
  parsed: Extract<ParsedCommand, { kind: "away" }>,
): Promise<void> {
  const { by } = command;
  const now = surface.clock.now();
  if (parsed.asks === "list") {
    return surface.tell(command, awayList(await surface.useCases.delegations(), by, now));
  }
  if (parsed.asks !== "delegate")
    return surface.tell(command, markup`Say who approves for you, and until when. ${awayUsage}`);
  const { delegate, until, from } = parsed;
  const outcome = await surface.useCases.goAway({
    by,
    delegate: { teamId: by.teamId, userId: delegate },
    until,
    ...(from === undefined ? {} : { from }),
  });
  return surface.tell(
    command,
    outcome.status === "away" ? awaySentence(outcome.delegation, now) : awayRefusalSentence(outcome.why),
  );
}

/** `/jit back` */
export async function onBack(surface: Surface, command: Command): Promise<void> {
  const outcome = await surface.useCases.comeBack(command.by);
  return surface.tell(
    command,
    outcome.status === "back"
      ? backSentence(outcome.delegation)
      : markup`Nobody approves for you, so there was nothing to end. \`/jit away\` shows who is away.`,
  );
}
