import type { Sandbox } from "../start-sandbox.ts";
import { ask, awsLines, roleNames, waitInThread } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** f) A double click, a delivery that comes three times, two approvers at once: one run. */
export async function double(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, orders } = sandbox;
  const asked = await ask(
    sandbox,
    told,
    "engineer",
    "orders-by-id",
    { "Order number": orders.poison.orderId },
    "The poison order of the incident",
  );
  const { card, requestId } = asked;
  slack.faults.duplicateNext({ extra: 2, type: "interactive" });
  const clicks = await Promise.all([
    slack.as("lead").click(card, "jit_approve"),
    slack.as("lead").click(card, "jit_approve"),
    slack.as("approver2").click(card, "jit_approve"),
  ]);
  told.check(
    roleNames.lead,
    "double-clicks Approve while the second approver does too, and Slack delivers a click three times",
    clicks.every((click) => click.status === "ok"),
  );
  await waitInThread(sandbox, card, /How to read this/);
  const queries = awsLines(sandbox, requestId)
    .split("\n")
    .filter((line) => line.includes("dynamodb:GetItem"));
  told.check("AWS", "saw one session and one read", queries.length === 1, awsLines(sandbox, requestId));
  const decided = slack
    .as("lead")
    .thread("#jit-approvals", card.ts)
    .filter((message) => message.rendered.includes("Approved by"));
  told.check(
    "Slack",
    "tells one decision in the thread",
    decided.filter((m) => m.ts !== card.ts).length === 1,
  );
}
