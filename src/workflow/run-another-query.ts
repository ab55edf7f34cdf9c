import { createHash } from "node:crypto";
import { findFurtherQuery, queueFurtherQuery, whyNoFurtherQuery } from "../request/further-query.ts";
import { whyNotThisQuery } from "../policy/may-query.ts";
import { type Refusal, refused } from "../request/outcome.ts";
import type { Request } from "../request/request.ts";
import { certainlySamePerson } from "../request/same-person.ts";
import type { Plan } from "../runbook/plan.ts";
import { actOn } from "./act-on-request.ts";
import { askPolicyAgain, refusalOf } from "./ask-policy-again.ts";
import type { Deps } from "./deps.ts";
import { endIfForbidden } from "./end-if-forbidden.ts";
import { planFurtherQuery } from "./plan-further-query.ts";
import { policyInput } from "./policy-input.ts";
import type { AnotherQuery, AnotherQueryOutcome } from "./use-cases.ts";

const ACT = "another query";

/**
 * A query of the requester's own as the next run of an open window, without a new approval where the approved
 * guardrails admit it. Whoever may not ask is told so before anybody reads what they wrote.
 */
export async function runAnotherQuery(deps: Deps, ask: AnotherQuery): Promise<AnotherQueryOutcome> {
  const stored = await deps.store.get(ask.requestId);
  if (!stored) return { status: "not-found" };
  const { request } = stored;
  const key = createHash("sha256").update(ask.key).digest("hex");
  if (certainlySamePerson(ask.by, request.requester) && findFurtherQuery(request, key))
    return { status: "done", request };

  const now = deps.clock.now();
  const why = whyNoFurtherQuery(request, ask.by, now);
  if (why) return actOn(deps, ask, ACT, () => refused(why));
  const planned = await planFurtherQuery(deps, request, ask.text, now);
  if (planned.status === "invalid") return planned;
  if (planned.status === "guardrails-changed")
    return actOn(deps, ask, ACT, () => refused({ kind: "guardrails-changed" }));

  const { plan, planDigest } = planned;
  const forbidden =
    refusalOf(await askPolicyAgain(deps, request, now)) ?? (await whyNotByItself(deps, request, plan, now));
  const outcome = await actOn(deps, ask, ACT, (current, at) => {
    const queued = queueFurtherQuery(current, ask.by, { plan, planDigest, key }, at);
    return queued.status === "refused" || !forbidden ? queued : refused(forbidden);
  });
  // Two deliveries of one form that came together: the other one has queued it.
  const isQueued = outcome.status === "refused" && outcome.why.kind === "nothing-to-do";
  return isQueued ? { status: "done", request: outcome.request } : endIfForbidden(deps, outcome);
}

/** The rules, asked about the further query: it may read what the first one did not. */
async function whyNotByItself(
  deps: Deps,
  request: Request,
  plan: Plan,
  now: Date,
): Promise<Refusal | undefined> {
  const { requester, reference } = request;
  const planned = { plan, ...(reference === undefined ? {} : { reference }) };
  const asked = { runbook: plan.runbook.name, requester, planned };
  const question = await policyInput(deps, asked, now, { fresh: true });
  return question && whyNotThisQuery(deps.catalogue().access, question, request)?.why;
}
