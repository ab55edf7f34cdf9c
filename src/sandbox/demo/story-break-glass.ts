import type { Sandbox } from "../start-sandbox.ts";
import { APPROVALS, INCIDENTS, linesWith, newestCard, PATIENCE, roleNames, waitInThread } from "./stage.ts";
import type { Told } from "./transcript.ts";

const SECURITY = "#jit-audit";

/** m) Nobody is there to approve: it starts at once, security hears of it at once, and somebody reviews it. */
export async function breakGlass(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, orders } = sandbox;
  const stranger = slack.as("engineer");
  told.say(roleNames.engineer, `types /jit break-glass orders-by-id in ${INCIDENTS}`);
  await stranger.command("/jit break-glass orders-by-id", { channel: INCIDENTS });
  const refusal = await stranger.waitForView("break the glass", PATIENCE);
  told.check("Slack", "refuses who is in no group named for it", true, linesWith(refusal.rendered, /Only/));

  const person = slack.as("oncall");
  const before = newestCard(sandbox);
  told.say(roleNames.oncall, "types the same");
  await person.command("/jit break-glass orders-by-id", { channel: INCIDENTS });
  const form = await person.waitForView("Start now", PATIENCE);
  const fields = { "Order number": orders.knownOrder.order_id, "Incident or ticket": "INC-4211" };
  const reason = "Payments stop, and nobody of the approvers answers";
  const sent = await person.fill(form, { ...fields, Reason: reason }).submit();
  told.check(roleNames.oncall, `writes “${reason}” and presses Start now`, sent.status === "ok", sent.shown);

  const security = slack.as("security");
  const alarm = await security.waitForMessage(SECURITY, reason, PATIENCE);
  told.check(
    "Slack",
    "tells security at once, with who, why and until when, and mentions the reviewers",
    JSON.stringify(alarm).includes("U0SECURITY"),
    linesWith(alarm.rendered, /Break-glass|broke|Review owed/),
  );
  const card = await slack.as("lead").waitForMessage(APPROVALS, reason, { ...PATIENCE, after: before });
  await waitInThread(sandbox, card, /✔/);
  const thread = slack
    .as("lead")
    .thread(APPROVALS, card.ts)
    .filter(({ ts }) => ts !== card.ts);
  told.check(
    "Slack",
    "has Break-glass first in the thread, and no approval",
    thread[0]?.rendered.includes("Break-glass") === true &&
      thread.every(({ rendered }) => !rendered.includes("Approved by")),
    thread[0]?.rendered ?? "",
  );

  const pressed = await security.click(alarm, "jit_review");
  told.check(
    roleNames.security,
    "presses Review… and owns the review",
    pressed.status === "ok",
    pressed.shown,
  );
  const review = await security.waitForView("Give the review", PATIENCE);
  const words = "The incident was open and nobody else was awake";
  const given = await security.fill(review, { Verdict: "Justified", "In words": words }).submit();
  told.check(roleNames.security, `says justified: “${words}”`, given.status === "ok", given.shown);
  const notice = await waitInThread(sandbox, card, /Break-glass reviewed/);
  told.say("Slack", "tells the thread", notice.rendered);
}
