import type { ActOutcome } from "../../src/sandbox/slack/acts/outcome.ts";
import type { Fields } from "../../src/sandbox/slack/form.ts";
import type { SlackPeer } from "../../src/sandbox/slack/start-slack.ts";
import {
  APPROVALS,
  approve,
  type Asked,
  INCIDENTS,
  inThread,
  nextReason,
  PATIENCE,
  requestIdIn,
} from "./acting.ts";

type Peers = { slack: SlackPeer };

export type AskingRecipe = {
  as?: string;
  runbook?: string;
  fields?: Fields;
  people?: readonly string[];
  groups?: readonly string[];
  runs?: number;
  days?: number;
  reason?: string;
};

let orders = 0;

/** An order number that no other recipe of this file names. */
export function nextOrder(): string {
  orders += 1;
  return `O-${String(orders).padStart(8, "0")}`;
}

/** Somebody types the command, fills the form of a recipe and sends it; answers what they saw. */
export async function fillRecipe(
  { slack }: Peers,
  {
    as = "oncall",
    runbook = "orders-by-id",
    fields = { "Order number": nextOrder() },
    people = ["oncall"],
    groups,
    runs = 5,
    days = 4,
    reason = nextReason(),
  }: AskingRecipe = {},
): Promise<ActOutcome> {
  const person = slack.as(as);
  await person.command(`/jit recipe request ${runbook}`, { channel: INCIDENTS });
  const form = await person.waitForView("Send recipe", PATIENCE);
  return person
    .fill(form, {
      ...fields,
      ...(people.length > 0 ? { "People who may use it": people } : {}),
      ...(groups ? { "Groups whose members may use it": groups } : {}),
      "How many runs": runs,
      "Last day": new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10),
      Reason: reason,
    })
    .submit();
}

/** The form, sent and taken; the approvers' card is the answer. */
export async function askForRecipe(peers: Peers, asking: AskingRecipe = {}): Promise<Asked> {
  const reason = asking.reason ?? nextReason();
  const outcome = await fillRecipe(peers, { ...asking, reason });
  // A busy machine may answer after Slack's three seconds; the card comes all the same.
  const isLate = outcome.view?.rendered.includes("Sending your recipe") === true;
  if (outcome.status !== "ok" || (outcome.view && !isLate))
    throw new Error(
      `The form was not taken: ${JSON.stringify(outcome.fieldErrors)} ${outcome.view?.rendered}`,
    );
  const card = await peers.slack.as("lead").waitForMessage(APPROVALS, reason, PATIENCE);
  return { card, requestId: requestIdIn(card.rendered), reason };
}

/** A recipe in force. */
export async function aRecipeInForce(peers: Peers, asking: AskingRecipe = {}): Promise<Asked> {
  const asked = await askForRecipe(peers, asking);
  await approve(peers, asked);
  await inThread(peers, asked, "is in force");
  return asked;
}

/** What `/jit recipes` tells this person. */
export async function recipesOf({ slack }: Peers, as: string) {
  const person = slack.as(as);
  const before = person.ephemerals().at(-1)?.ts ?? "0";
  await person.command("/jit recipes", { channel: INCIDENTS });
  return person.waitForEphemeral("", { ...PATIENCE, after: before });
}
