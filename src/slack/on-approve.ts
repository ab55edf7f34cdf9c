import { readRequestClick, refusalOf } from "./acts.ts";
import type { Delivery, Surface } from "./surface.ts";

/** Approve, confirmed in Slack's dialog: a vote for the plan whose digest the button carries. */
export async function onApprove(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const { requestId, shownDigest, by, shownIn } = click;
  const outcome = await surface.useCases.castVote({
    requestId,
    by,
    decision: "approve",
    shownDigest,
    shownIn,
  });
  const refusal = refusalOf(outcome);
  if (refusal) await surface.tell(click, refusal);
}
