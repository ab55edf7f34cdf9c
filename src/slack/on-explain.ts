import { explanationAnswer, whichRunbookAnswer } from "./answers/explanation.ts";
import type { ParsedCommand } from "./parse-command.ts";
import type { Command } from "./payloads.ts";
import type { Surface } from "./surface.ts";

/** No name of a runbook is longer. */
const maxName = 80;

/** `/jit explain <runbook> [input=value …]` and `/jit who <runbook>`. */
export async function onExplain(
  surface: Surface,
  command: Command,
  parsed: ParsedCommand & { kind: "explain" | "who" },
): Promise<void> {
  const runbook = parsed.runbook?.slice(0, maxName);
  if (runbook === undefined) return surface.tell(command, whichRunbookAnswer(parsed.kind));
  const { useCases } = surface;
  const asked = { runbook, requester: command.by };
  const answer =
    parsed.kind === "explain"
      ? await useCases.explain({ ...asked, rawInputs: parsed.inputs })
      : await useCases.who(asked);
  return surface.tell(command, explanationAnswer(runbook, answer));
}
