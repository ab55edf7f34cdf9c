import type { Sandbox } from "../start-sandbox.ts";
import { APPROVALS, type Asked, ask, linesWith, roleNames } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** g) Nobody answers. Asked early, so that its time is over when the other stories are told. */
export async function askAndWait(sandbox: Sandbox, told: Told): Promise<Asked> {
  const { orders } = sandbox;
  return ask(
    sandbox,
    told,
    "oncall",
    "orders-recent-of-customer",
    { Customer: orders.knownCustomer.customerId },
    "Does this customer have other stuck orders",
  );
}

export async function lapsed(sandbox: Sandbox, told: Told, { card }: Asked): Promise<void> {
  const lead = sandbox.slack.as("lead");
  const after = await lead.waitForMessage(
    APPROVALS,
    (text, item) => item.ts === card.ts && text.includes("Lapsed"),
    {
      timeoutMs: 60_000,
    },
  );
  told.check(
    "Slack",
    "says that it lapsed and takes the buttons away",
    !after.rendered.includes("[Approve]"),
    linesWith(after.rendered, /Lapsed|lapsed/),
  );
  const before = lead.ephemerals().at(-1)?.ts ?? "0";
  await lead.click(card, "jit_approve");
  const answer = await lead.waitForEphemeral("", { after: before, timeoutMs: 10_000 });
  told.check(
    roleNames.lead,
    "presses Approve on an old copy of the card, too late",
    /lapsed/i.test(answer.rendered),
    answer.rendered,
  );
}
