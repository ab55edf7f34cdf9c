import { findElement } from "../acts/find-element.ts";
import type { SeenView } from "../acts/seen.ts";
import { WaitedInVain } from "../changes.ts";
import type { Persona } from "../driver.ts";
import type { Fields } from "../form.ts";
import { CannotAct } from "../slack-error.ts";

/** An app opens a modal a moment after the command, and often shows that it loads before it shows the form. */
const patienceMs = 2_000;

/**
 * The modal on top, waited for until it has inputs and every field that is to be filled: a line of a script runs right
 * after the one that opened it. In vain it is the modal as it stands, of which the act says itself what it lacks.
 *
 * @throws CannotAct when no modal is open by then
 */
export async function formToFill(persona: Persona, fields: Fields): Promise<SeenView> {
  const ready = (_rendered: string, view: SeenView) =>
    view.blocks.some((block) => block["type"] === "input") &&
    Object.keys(fields).every((field) => has(view, field));
  try {
    return await persona.waitForView(ready, { timeoutMs: patienceMs });
  } catch (error) {
    if (!(error instanceof WaitedInVain)) throw error;
    const view = persona.view();
    if (!view) throw new CannotAct("no modal is open");
    return view;
  }
}

function has(view: SeenView, field: string): boolean {
  try {
    findElement(view.blocks, field);
    return true;
  } catch (error) {
    if (error instanceof CannotAct) return false;
    throw error;
  }
}
