import type { Refusal } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import { possiblySamePerson } from "../request/same-person.ts";
import type { PersonId } from "../runbook/plan.ts";
import { readRequestClick } from "./acts.ts";
import { openForRequest } from "./open-for-request.ts";
import { denyAct, reasonView } from "./reason-view.ts";
import { onReasonSubmit } from "./on-reason-submit.ts";
import { sentenceView } from "./open-view.ts";
import { refusalSentence } from "./sentences.ts";
import type { Delivery, Surface } from "./surface.ts";
import { writeMetadata } from "./view-metadata.ts";

/** Deny…: asks for the reason first. */
export async function onDeny(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  const { requestId, shownDigest, channel, shownIn } = click;
  await openForRequest(surface, click, denyAct.title, (request) => {
    const refusal = undecidable(request, click.by);
    return refusal
      ? sentenceView(denyAct.title, refusalSentence(refusal, request))
      : reasonView(denyAct, request, writeMetadata({ requestId, shownDigest, channel, shownIn }));
  });
}

/** The reason was given: the vote against. */
export function onDenySubmit(delivery: Delivery, surface: Surface): Promise<void> {
  return onReasonSubmit(delivery, surface, denyAct, ({ requestId, shownDigest, shownIn, by, reason }) =>
    surface.useCases.castVote({ requestId, shownDigest, shownIn, by, reason, decision: "deny" }),
  );
}

/** Nobody fills a form for nothing; the vote itself is checked again when it is cast. */
export function undecidable(request: Request, by: PersonId): Refusal | undefined {
  if (possiblySamePerson(by, request.requester)) return { kind: "own-request" };
  if (request.state === "pending") return undefined;
  const { closed, votes, createdAt, state } = request;
  const last = votes.at(-1);
  const decidedBy = closed?.by ?? last?.by;
  return {
    kind: "already-decided",
    state,
    at: closed?.at ?? last?.at ?? createdAt,
    ...(decidedBy ? { by: decidedBy } : {}),
  };
}
