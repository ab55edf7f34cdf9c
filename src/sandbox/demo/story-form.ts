import type { Sandbox } from "../start-sandbox.ts";
import { INCIDENTS, PATIENCE, roleNames } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** d) An input outside its pattern is refused on its field, and nothing that was typed is lost. */
export async function form({ slack }: Sandbox, told: Told): Promise<void> {
  const person = slack.as("engineer");
  await person.command("/jit request orders-by-id", { channel: INCIDENTS });
  const view = await person.waitForView("Send request", PATIENCE);
  const typed = "O-1 OR 1=1";
  const outcome = await person.fill(view, { "Order number": typed, Reason: "Looking at one order" }).submit();
  const [message] = Object.values(outcome.fieldErrors);
  told.check(
    roleNames.engineer,
    `types ${typed} as the order number`,
    outcome.status === "invalid" && message !== undefined,
    `beside the field: ${message}`,
  );
  const kept = person.view();
  told.check(
    "Slack",
    "keeps the form open with everything that was typed",
    kept?.rendered.includes(typed) === true,
  );
  if (kept) await person.close(kept, { all: true });
}
