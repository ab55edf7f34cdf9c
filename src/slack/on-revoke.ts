import { runsWithRowsOnTheWay } from "../request/rows.ts";
import { readRequestClick } from "./acts.ts";
import { onReasonSubmit } from "./on-reason-submit.ts";
import { openForRequest } from "./open-for-request.ts";
import { sentenceView } from "./open-view.ts";
import { refusalSentence } from "./sentences.ts";
import { reasonView, revokeAct } from "./reason-view.ts";
import type { Delivery, Surface } from "./surface.ts";
import { writeMetadata } from "./view-metadata.ts";

/** Revoke…: asks an approver or admin for the reason first. */
export async function onRevoke(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const { requestId, shownDigest, channel } = click;
  await openForRequest(surface, click, revokeAct.title, (request) =>
    request.state === "active" || runsWithRowsOnTheWay(request).length > 0
      ? reasonView(revokeAct, request, writeMetadata({ requestId, shownDigest, channel }))
      : sentenceView(revokeAct.title, refusalSentence({ kind: "not-active", state: request.state }, request)),
  );
}

/** The reason was given: the access ends. */
export function onRevokeSubmit(delivery: Delivery, surface: Surface): Promise<void> {
  return onReasonSubmit(delivery, surface, revokeAct, ({ requestId, by, reason }) =>
    surface.useCases.endGrant({ requestId, by, reason }),
  );
}
