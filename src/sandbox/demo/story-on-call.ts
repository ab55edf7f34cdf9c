import type { Sandbox } from "../start-sandbox.ts";
import {
  approve,
  APPROVALS,
  ask,
  awsLines,
  INCIDENTS,
  linesWith,
  PATIENCE,
  roleNames,
  waitInThread,
} from "./stage.ts";
import type { Told } from "./transcript.ts";

/** o) Whoever is on call is approved by a rule; when PagerDuty can't say who is, people decide. */
export async function onCall(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, orders, pagerDuty } = sandbox;
  const runbook = "oncall-one-order";
  const fields = { "Order number": orders.knownOrder.order_id };
  const first = await ask(sandbox, told, "oncall", runbook, fields, "The alert names this order");
  const decision = await waitInThread(sandbox, first.card, /Approved by the rule/);
  told.check("PagerDuty", "said who is on call", pagerDuty.questions.length > 0);
  told.check(
    "Slack",
    "tells that a rule approved it and no person",
    decision.rendered.includes("by no person"),
    decision.rendered,
  );
  const card = await slack
    .as("lead")
    .waitForMessage(APPROVALS, (text, item) => item.ts === first.card.ts && /a day/.test(text), PATIENCE);
  told.check(
    "Slack",
    "names the rule and its limits on the card",
    card.rendered.includes("at most 3 requests of one person a day"),
    linesWith(card.rendered, /Approved by the rule/),
  );
  await waitInThread(sandbox, first.card, /How to read this/);
  const lines = awsLines(sandbox, first.requestId);
  told.check("AWS", "saw one session and one read", lines.split("dynamodb:GetItem").length === 2, lines);

  const person = slack.as("oncall");
  const before = person.ephemerals().at(-1)?.ts ?? "0";
  const command = `/jit explain ${runbook} order_id=${orders.knownOrder.order_id}`;
  await person.command(command, { channel: INCIDENTS });
  const answer = await person.waitForEphemeral("", { ...PATIENCE, after: before });
  told.check(
    roleNames.oncall,
    `types ${command}`,
    answer.rendered.includes("left today: 2 more requests"),
    answer.rendered,
  );

  pagerDuty.trouble({ kind: "down" });
  told.say("PagerDuty", "goes down");
  const second = await ask(sandbox, told, "oncall", runbook, fields, "The same order again");
  told.check(
    "Slack",
    "says on the card that PagerDuty can't be asked, so that people decide",
    /PagerDuty could not be reached.*manual path/.test(second.card.rendered),
    linesWith(second.card.rendered, /PagerDuty/),
  );
  told.check("AWS", "has given no session", awsLines(sandbox, second.requestId) === "");
  await approve(sandbox, told, second);
  await waitInThread(sandbox, second.card, /How to read this/);
  pagerDuty.heal();
}
