import type { Sandbox } from "../start-sandbox.ts";
import type { SeenMessage } from "../slack/acts/seen.ts";
import {
  APPROVALS,
  approve,
  ask,
  type Asked,
  awsLines,
  INCIDENTS,
  linesWith,
  newestCard,
  PATIENCE,
  requestIdIn,
  roleNames,
  waitInThread,
} from "./stage.ts";
import type { Told } from "./transcript.ts";

/** p) What is asked for again and again is approved once, used without asking anybody, and revoked. */
export async function recipe(sandbox: Sandbox, told: Told): Promise<void> {
  const { orders } = sandbox;
  const order = { "Order number": orders.knownOrder.order_id };
  const approved = await askForRecipe(sandbox, told);
  await approve(sandbox, told, approved);
  const inForce = await waitInThread(sandbox, approved.card, /is in force/);
  told.check("Slack", "says that the recipe is in force", true, inForce.rendered);
  told.check("AWS", "gives no session for it", awsLines(sandbox, approved.requestId) === "");

  const use = await ask(sandbox, told, "engineer", "orders-by-id", order, "The nightly check of this order");
  const decision = await waitInThread(sandbox, use.card, /nobody was asked again/);
  told.check(
    "Slack",
    "tells that the recipe approved it, who approved that, and which of its runs it is",
    decision.rendered.includes(`${approved.requestId} (approved by @lead): run 1 of 5`),
    decision.rendered,
  );
  await waitInThread(sandbox, use.card, /How to read this/);
  const lines = awsLines(sandbox, use.requestId);
  told.check("AWS", "saw one session and one read", lines.split("dynamodb:GetItem").length === 2, lines);

  await revoke(sandbox, told, approved);
  const after = await ask(sandbox, told, "engineer", "orders-by-id", order, "The same check, an hour later");
  told.check(
    "Slack",
    "asks people about the very next request",
    after.card.rendered.includes("Waiting for approval"),
    linesWith(after.card.rendered, /Waiting for approval|can decide/),
  );
}

async function askForRecipe(sandbox: Sandbox, told: Told): Promise<Asked> {
  const { slack, orders } = sandbox;
  const person = slack.as("oncall");
  const before = newestCard(sandbox);
  told.say(roleNames.oncall, `types /jit recipe request orders-by-id in ${INCIDENTS}`);
  await person.command("/jit recipe request orders-by-id", { channel: INCIDENTS });
  const form = await person.waitForView("Send recipe", PATIENCE);
  const allowed = [orders.knownOrder.order_id, ...orders.stuck.orderIds.slice(0, 1)].join("\n");
  const inTenDays = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  const reason = "These orders are checked every night this week";
  const sent = await person
    .fill(form, {
      "Order number": allowed,
      "People who may use it": ["oncall", "engineer"],
      "How many runs": 5,
      "Last day": inTenDays,
      Reason: reason,
    })
    .submit();
  told.check(
    roleNames.oncall,
    `allows two orders, for two people, 5 runs until ${inTenDays}, and sends`,
    sent.status === "ok",
    sent.shown,
  );
  const card = await slack.as("lead").waitForMessage(APPROVALS, reason, { ...PATIENCE, after: before });
  told.check(
    "Slack",
    "shows the approvers what is allowed, for whom, how often, and one run of it at its widest",
    card.rendered.includes("Approves in advance") && card.rendered.includes(allowed.replace("\n", " or ")),
    linesWith(card.rendered, /recipe|Approves in advance|Order number/),
  );
  return { card, requestId: requestIdIn(card) };
}

async function revoke(sandbox: Sandbox, told: Told, { card }: Asked): Promise<void> {
  const lead = sandbox.slack.as("lead");
  const list = await recipesOf(sandbox);
  told.check(
    roleNames.lead,
    "types /jit recipes and sees what is left",
    list.rendered.includes("4 of 5 runs left"),
    list.rendered,
  );
  await lead.click(list, "jit_revoke");
  const view = await lead.waitForView("Go back", PATIENCE);
  const sent = await lead.fill(view, { Reason: "The nightly check is over" }).submit();
  told.check(roleNames.lead, "presses Revoke… and says why", sent.status === "ok", sent.shown);
  const ended = await waitInThread(sandbox, card, /Recipe ended/);
  told.check("Slack", "says that the recipe approves nothing any more", true, ended.rendered);
}

async function recipesOf({ slack }: Sandbox): Promise<SeenMessage> {
  const lead = slack.as("lead");
  const before = lead.ephemerals().at(-1)?.ts ?? "0";
  await lead.command("/jit recipes", { channel: APPROVALS });
  return lead.waitForEphemeral("", { ...PATIENCE, after: before });
}
