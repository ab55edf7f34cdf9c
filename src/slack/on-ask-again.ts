import type { Request } from "../request/request.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import { readRequestClick } from "./acts.ts";
import type { FormEntries } from "./blocks/request-form.ts";
import { openForRequest } from "./open-for-request.ts";
import { formView } from "./open-request.ts";
import type { Delivery, Surface } from "./surface.ts";

/** Ask again: the form of an earlier request, filled in as it was. It is a new request with its own approval. */
export async function onAskAgain(delivery: Delivery, surface: Surface): Promise<void> {
  await delivery.ack();
  const click = readRequestClick(delivery);
  await openForRequest(surface, click, "Request access", (request) =>
    formView(surface, click.by, {
      runbook: request.plan.runbook.name,
      channel: click.channel ?? request.origin?.channel,
      entries: entriesOf(request, certainlySamePerson(click.by, request.requester)),
    }),
  );
}

/** Somebody else gives a reason of their own. */
function entriesOf({ plan, reason, reference }: Request, isOwn: boolean): FormEntries {
  return {
    inputs: plan.inputs,
    grantKind: plan.grant.kind,
    durationMinutes: plan.grant.durationMinutes,
    ...(isOwn ? { reason } : {}),
    ...(reference === undefined ? {} : { reference }),
  };
}
