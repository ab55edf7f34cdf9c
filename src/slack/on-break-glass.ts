import { markup } from "./blocks/markup.ts";
import { formView } from "./open-request.ts";
import { openThenFill } from "./open-view.ts";
import type { Command } from "./payloads.ts";
import type { Surface } from "./surface.ts";

/** `/jit break-glass <runbook>`: the form of the runbook, or a window that says why it is not for this person now. */
export async function onBreakGlass(
  surface: Surface,
  command: Command,
  runbook: string | undefined,
): Promise<void> {
  if (runbook === undefined)
    return surface.tell(
      command,
      markup`Name the runbook, for example \`/jit break-glass orders-by-id\`. \`/jit runbooks\` lists them.`,
    );
  const { by, channel } = command;
  await openThenFill(surface, command, "Break-glass", () =>
    formView(surface, by, { runbook, channel, breakGlass: true }),
  );
}
