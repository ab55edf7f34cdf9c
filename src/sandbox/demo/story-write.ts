import type { Sandbox } from "../start-sandbox.ts";
import {
  APPROVALS,
  type Asked,
  ask,
  awsLines,
  linesWith,
  PATIENCE,
  requestIdIn,
  roleNames,
  waitInThread,
} from "./stage.ts";
import type { Told } from "./transcript.ts";

/** l) A write that shows what it changes, and its way back. */
export async function write(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, orders } = sandbox;
  const order = orders.stuck.orderIds.at(-1) ?? "";
  const asked = await ask(
    sandbox,
    told,
    "engineer",
    "orders-release-lock",
    { "Order number": order, "Held by": "fulfilment-worker-3" },
    "Its worker died at ten past two",
  );
  await approveByTwo(sandbox, told, asked, /fulfilment-worker-3[^\n]*removed/);
  const done = await waitInThread(sandbox, asked.card, /✔/);
  told.say("Slack", "says in the thread that it was done", linesWith(done.rendered, /✔/));
  const rows = await slack.as("engineer").waitForMessage("dm", /Only you see these rows/, PATIENCE);
  told.check(
    "Slack",
    "brings the second engineer each attribute before and after",
    rows.rendered.includes("fulfilment-worker-3"),
    rows.rendered,
  );
  const lines = awsLines(sandbox, asked.requestId).split("\n");
  told.check(
    "AWS",
    "was sent the write once, by a session that may do that and look at the item",
    lines.filter((line) => line.includes("dynamodb:UpdateItem")).length === 1,
    lines.join("\n"),
  );

  const back = await rollBack(sandbox, told, asked);
  await approveByTwo(sandbox, told, back, /absent[^\n]*fulfilment-worker-3/);
  const restored = await waitInThread(sandbox, back.card, /✔/);
  told.check(
    "Slack",
    "says that the lock stands as before",
    restored.rendered.includes("✔"),
    linesWith(restored.rendered, /✔/),
  );
}

/** Both approvers press Approve on the card that shows what would change. */
async function approveByTwo(
  { slack }: Sandbox,
  told: Told,
  { card }: Asked,
  difference: RegExp,
): Promise<void> {
  const shown = await slack
    .as("lead")
    .waitForMessage(
      APPROVALS,
      (text, item) => item.ts === card.ts && text.includes("What would change"),
      PATIENCE,
    );
  told.check(
    "Slack",
    "shows the approvers what would change",
    difference.test(shown.rendered),
    linesWith(shown.rendered, /What would change|lock_/),
  );
  for (const role of ["lead", "approver2"] as const) {
    const pressed = await slack.as(role).click(shown, "jit_approve");
    told.check(roleNames[role], "presses Approve and confirms", pressed.status === "ok", pressed.shown);
  }
}

async function rollBack({ slack }: Sandbox, told: Told, { requestId }: Asked): Promise<Asked> {
  const engineer = slack.as("engineer");
  const hasButton = (text: string) => text.includes(requestId) && text.includes("[Roll back…]");
  const own = await engineer.waitForMessage("dm", hasButton, PATIENCE);
  await engineer.click(own, "jit_roll_back");
  const form = await engineer.waitForView("Send request", PATIENCE);
  const reason = "The worker was alive after all";
  const outcome = await engineer.fill(form, { Reason: reason }).submit();
  told.check(
    roleNames.engineer,
    "presses Roll back…, finds the form filled with what stood there, and sends it",
    outcome.status === "ok" && form.rendered.includes("fulfilment-worker-3"),
    linesWith(form.rendered, /takes back|Held by|Until/),
  );
  const card = await slack.as("lead").waitForMessage(APPROVALS, reason, PATIENCE);
  return { card, requestId: requestIdIn(card) };
}
