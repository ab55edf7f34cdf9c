import type { Sandbox } from "../start-sandbox.ts";
import { APPROVALS, ask, PATIENCE, type Role, roleNames } from "./stage.ts";
import type { Told } from "./transcript.ts";

/** c) Who may not decide: the requester, somebody who is no approver, a guest, somebody of another organisation. */
export async function strangers(sandbox: Sandbox, told: Told): Promise<void> {
  const { slack, orders } = sandbox;
  const { card, requestId } = await ask(
    sandbox,
    told,
    "lead",
    "orders-by-id",
    { "Order number": orders.knownOrder.order_id },
    "Checking the lock of one order",
  );
  await refused(sandbox, told, "lead", "their own request");
  await refused(sandbox, told, "engineer", "without being an approver");
  await refused(sandbox, told, "guest", "as a guest");

  slack.faults.shareChannel(APPROVALS);
  const outsider = slack.as("outsider");
  const foreign = await outsider.click(card, "jit_approve");
  const unmoved = slack.as("approver2").message(card);
  told.check(
    roleNames.outsider,
    "presses Approve from another organisation, and the bot drops the click",
    unmoved?.rendered.includes("Waiting for approval") === true,
    foreign.shown,
  );
  await slack.as("lead").command("/jit status", { channel: "#incidents" });
  const own = await slack.as("lead").waitForEphemeral("Cancel", PATIENCE);
  const cancelled = await slack.as("lead").click(own, "Cancel");
  // Heard before the next story waits for an answer of its own.
  await slack.as("lead").waitForEphemeral("Cancelled", PATIENCE);
  told.check(
    roleNames.lead,
    "finds it in /jit status and takes it back",
    cancelled.status === "ok",
    cancelled.shown,
  );

  async function refused({ slack: peer }: Sandbox, tell: Told, role: Role, how: string): Promise<void> {
    const person = peer.as(role);
    const before = person.ephemerals().at(-1)?.ts ?? "0";
    await person.click(card, "jit_approve");
    const answer = await person.waitForEphemeral("", { ...PATIENCE, after: before });
    const pending = peer.as("approver2").message(card)?.rendered.includes("Waiting for approval") === true;
    tell.check(
      roleNames[role],
      `presses Approve ${how}, and only they are told why not`,
      pending,
      answer.rendered,
    );
  }
  const calls = sandbox.aws.calls.query().filter((call) => JSON.stringify(call).includes(`jit-${requestId}`));
  told.check("AWS", "was never asked for a session", calls.length === 0);
}
