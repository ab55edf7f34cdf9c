import type { Sandbox } from "../start-sandbox.ts";
import { ask, linesWith, PATIENCE, roleNames, waitInThread } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** b) An approver says no, with a reason. */
export async function denial(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, orders, aws } = sandbox;
  const { card, requestId } = await ask(
    sandbox,
    told,
    "engineer",
    "orders-by-id",
    { "Order number": orders.knownOrder.order_id },
    "Curious how this order looks",
  );
  const lead = slack.as("lead");
  await lead.click(card, "jit_deny");
  const form = await lead.waitForView("Reason", PATIENCE);
  const reason = "Support's own page shows this";
  const outcome = await lead.fill(form, { Reason: reason }).submit();
  told.check(roleNames.lead, `presses Deny… and writes “${reason}”`, outcome.status === "ok", outcome.shown);
  const notice = await waitInThread(sandbox, card, /Support/);
  told.say("Slack", "tells the thread who denied and why", notice.rendered);
  const after = await lead.waitForMessage(
    "#jit-approvals",
    (text, item) => item.ts === card.ts && text.includes("Denied"),
    PATIENCE,
  );
  told.check(
    "Slack",
    "takes the buttons off the card",
    !after.rendered.includes("[Approve]"),
    linesWith(after.rendered, /Denied/),
  );
  const calls = aws.calls.query().filter((call) => JSON.stringify(call).includes(`jit-${requestId}`));
  told.check("AWS", "was never asked for a session", calls.length === 0);
}
