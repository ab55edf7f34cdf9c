import type { Sandbox } from "../start-sandbox.ts";
import { approve, ask, awsLines, linesWith, PATIENCE, roleNames, waitInThread } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** n) Two steps, and one person in the groups of both: they count once. */
export async function twoSteps(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, orders } = sandbox;
  const lead = slack.as("lead");
  const reason = "Where does the delivered order stand";
  const fields = { "Order number": orders.knownOrder.order_id };
  const asked = await ask(sandbox, told, "engineer", "two-steps-one-order", fields, reason);
  const own = await lead.waitForMessage("dm", reason, PATIENCE);
  told.check(
    "Slack",
    "says on the approver's own copy why they are asked, and that they count once",
    /for the step \*owner\*.*for the step \*keeper\*.*You count once/.test(own.rendered),
    linesWith(own.rendered, /You are asked because/),
  );
  await approve(sandbox, told, asked);
  await waitInThread(sandbox, asked.card, /1 of 2/);
  const before = lead.ephemerals().at(-1)?.ts ?? "0";
  await lead.click(asked.card, "jit_approve");
  const answer = await lead.waitForEphemeral("", { ...PATIENCE, after: before });
  told.check(
    roleNames.lead,
    "presses Approve again, for the second step",
    answer.rendered.includes("one person is one vote"),
    answer.rendered,
  );
  told.check("AWS", "has given no session", awsLines(sandbox, asked.requestId) === "");
  const card = await lead.waitForMessage(
    "#jit-approvals",
    (text, item) => item.ts === asked.card.ts && text.includes("*owner* 1 of 1"),
    PATIENCE,
  );
  told.check(
    "Slack",
    "shows who approved which step and who is missing",
    /\*keeper\* 0 of 1.*1 missing: @security can/.test(card.rendered),
    linesWith(card.rendered, /\*owner\*|\*keeper\*/),
  );
  const pressed = await slack.as("security").click(asked.card, "jit_approve");
  told.check(roleNames.security, "presses Approve and confirms", pressed.status === "ok", pressed.shown);
  await waitInThread(sandbox, asked.card, /How to read this/);
  const lines = awsLines(sandbox, asked.requestId);
  told.check("AWS", "saw one read", lines.split("dynamodb:GetItem").length === 2, lines);
}
