import type { Sandbox } from "../start-sandbox.ts";
import {
  APPROVALS,
  type Asked,
  ask,
  awsLines,
  linesWith,
  PATIENCE,
  roleNames,
  waitInThread,
} from "./stage.ts";
import type { Told } from "./transcript.ts";

/** a) Request, approval, rows. Answers the request, whose end of access is told when it has come. */
export async function rows(sandbox: Sandbox, told: Told): Promise<Asked> {
  const { slack, orders } = sandbox;
  const cutOff = new Date(orders.stuck.since.getTime() + 15 * 60_000);
  const asked = await ask(
    sandbox,
    told,
    "oncall",
    "orders-stuck-by-status",
    { Status: "PAID", "In this status since before (UTC)": Math.floor(cutOff.getTime() / 1000) },
    "OrderWorkflowAge fires since ten past two",
  );
  told.say("Slack", `shows the approvers a card in ${APPROVALS}`, asked.card.rendered);

  const lead = slack.as("lead");
  const pressed = await lead.click(asked.card, "jit_approve");
  told.check(roleNames.lead, "presses Approve and confirms", pressed.status === "ok", pressed.shown);

  const result = await waitInThread(sandbox, asked.card, /How to read this/);
  told.say("Slack", "shows the result in the thread", result.rendered);
  const rowsMessage = await slack.as("oncall").waitForMessage("dm", /Only you see these rows/, PATIENCE);
  told.check(
    "Slack",
    `brings the on-call engineer the ${orders.stuck.orderIds.length} rows by direct message`,
    orders.stuck.orderIds.every((id) => rowsMessage.rendered.includes(id)),
    rowsMessage.rendered,
  );
  told.check(
    "AWS",
    "made one session for this run and allowed it one Query",
    awsLines(sandbox, asked.requestId)
      .split("\n")
      .filter((line) => line.includes("dynamodb:Query")).length === 1,
    awsLines(sandbox, asked.requestId),
  );
  return asked;
}

/** The rest of a): its session's policy is over, and AWS itself has refused it. */
export async function endOfAccess(sandbox: Sandbox, told: Told, { card, requestId }: Asked): Promise<void> {
  const end = await waitInThread(sandbox, card, /Access ended/, 60_000);
  told.check(
    "Slack",
    "says in the thread that access ended, and what proves it",
    /denied by AWS/.test(end.rendered),
    end.rendered,
  );
  const [refused] = sandbox.aws.calls
    .query({ access: "denied", operation: "Query" })
    .filter((call) => call.sessionName === `jit-${requestId}-1`);
  told.check(
    "AWS",
    "refused the run's own credentials the very query that was approved",
    refused !== undefined,
    refused?.error?.message,
  );
  const after = sandbox.slack.as("lead").message(card);
  told.check(
    "Slack",
    "shows the card without buttons that decide",
    after !== undefined && !after.rendered.includes("[Approve]") && after.rendered.includes("Access ended"),
    linesWith(after?.rendered ?? "", /Access ended|Approved|Run 1/),
  );
}
