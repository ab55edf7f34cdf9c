import type { Sandbox } from "../start-sandbox.ts";
import { APPROVALS, ask, awsLines, linesWith, PATIENCE, roleNames, waitInThread } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** p) An approver approves less than was asked for, and the run does no more than that. */
export async function narrowed(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, orders } = sandbox;
  const lead = slack.as("lead");
  const cutOff = new Date(orders.stuck.since.getTime() + 15 * 60_000);
  const fields = { Status: "PAID", "In this status since before (UTC)": Math.floor(cutOff.getTime() / 1000) };
  const reason = "How many orders does the alert mean";
  const asked = await ask(sandbox, told, "oncall", "orders-stuck-by-status", fields, reason);
  await lead.click(asked.card, "jit_approve_less");
  const form = await lead.waitForView("Approve this", PATIENCE);
  const less = { "How many minutes": "5", "Rows of one run, at most": "3", "Columns to mask": ["Order"] };
  const sent = await lead.fill(form, less).submit();
  told.check(
    roleNames.lead,
    "presses Approve less…, leaves 5 minutes and 3 rows, masks the order numbers, and sends",
    sent.status === "ok",
    sent.shown,
  );
  const notice = await waitInThread(sandbox, asked.card, /approves less/);
  told.check(
    "Slack",
    "tells who took what away, and mentions the requester",
    notice.rendered.includes("rows: 3 instead of 100") && notice.rendered.includes("@oncall"),
    notice.rendered,
  );
  await waitInThread(sandbox, asked.card, /How to read this/);
  const card = await lead.waitForMessage(
    APPROVALS,
    (text, item) => item.ts === asked.card.ts && text.includes("Narrowed:"),
    PATIENCE,
  );
  told.check(
    "Slack",
    "shows on the card what is left",
    /window: 5 instead of 15 minutes/.test(card.rendered),
    linesWith(card.rendered, /Narrowed:|instead of|masked for everybody/),
  );
  const rows = await slack
    .as("oncall")
    .waitForMessage("dm", /3 orders|at most 3|truncated/i, { ...PATIENCE, after: asked.card.ts });
  told.check(
    "Slack",
    "brings three rows, whose order numbers nobody sees",
    orders.stuck.orderIds.every((id) => !rows.rendered.includes(id)),
    rows.rendered,
  );
  const lines = awsLines(sandbox, asked.requestId);
  told.check("AWS", "saw one session and one read", lines.split("dynamodb:Query").length === 2, lines);
}
