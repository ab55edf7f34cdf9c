import { RequestError } from "../dynamodb/request-error.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import { type Rules, mayAsk } from "../policy/approval.ts";
import { checkInputs } from "../runbook/check-inputs.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";
import type { GrantTerms, Plan } from "../runbook/plan.ts";
import { submit } from "../request/submit.ts";
import type { Deps } from "./deps.ts";
import { handOver } from "./hand-over.ts";
import { nearestName } from "./nearest-name.ts";
import { proposalOf } from "./proposal.ts";
import { provePlan } from "./prove-plan.ts";
import { recordRefusal } from "./record-refusal.ts";
import { requestIdFor } from "./request-id.ts";
import { resolvePlan } from "./resolve-plan.ts";
import { SessionRefused } from "./session-refused.ts";
import type { Ask, SubmitOutcome, SubmitRefusal } from "./use-cases.ts";

/** Open requests one person may have at a time; more is a script or a mistake. */
const MAX_OPEN = 10;
/**
 * A request is one item, at most 400 KB for DynamoDB. What follows the submission takes about 4 KB for each of up to
 * 25 runs; the rest is room for votes and copies.
 */
const MAX_DOCUMENT_BYTES = 150_000;
const MAX_REASON = 1_000;
const MAX_REFERENCE = 100;
/** No runbook has a longer name. */
const MAX_NAME = 80;

/**
 * Somebody asks. Checks the person, the policy and every input, resolves the plan, proves that its session policy
 * allows that plan and nothing else, and stores the pending request; Slack hears of it from the projection.
 */
export async function submitRequest(deps: Deps, ask: Ask): Promise<SubmitOutcome> {
  const catalogue = deps.catalogue();
  const runbook = catalogue.runbooks.get(ask.runbook);
  const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
  if (!runbook || !dataSource) return refuse(deps, ask, unknownRunbook(deps, ask.runbook));
  const person = await deps.directory.check(ask.requester);
  if (person.status === "refused") return refuse(deps, ask, { kind: "person", problem: person.problem });
  const verdict = mayAsk(catalogue.access, deps.team, proposalOf(runbook), ask.requester);
  if (verdict.status === "not-a-requester")
    return refuse(deps, ask, { kind: "not-a-requester", groups: verdict.groups });
  if (verdict.status === "nobody-can-approve") {
    const { groups, needed, available } = verdict;
    return refuse(deps, ask, { kind: "nobody-can-approve", groups, needed, available });
  }

  // One time for all: what a query was checked against is what its plan is made with.
  const now = deps.clock.now();
  const checked = await checkInputs({ runbook, dataSource, raw: ask.rawInputs, now }, deps.checkSql);
  const errors = [
    ...(checked.status === "invalid"
      ? checked.errors.map(({ parameter, message }) => ({ field: parameter, message }))
      : []),
    ...textErrors(ask),
    ...grantErrors(ask, runbook, verdict.rules),
  ];
  if (errors.length > 0 || checked.status === "invalid") return { status: "invalid", errors };

  let plan: Plan | undefined;
  try {
    plan = resolvePlan(catalogue, {
      runbook: ask.runbook,
      inputs: checked.inputs,
      requestId: requestIdFor(ask.key),
      requester: ask.requester,
      grant: grantTerms(ask, runbook),
      createdAt: now,
    });
    if (plan) provePlan(plan, new Date(now.getTime() + 60_000), now);
  } catch (error) {
    if (error instanceof PolicyRefused || error instanceof RequestError || error instanceof SessionRefused)
      return refuse(deps, ask, { kind: "policy", sentence: error.message });
    throw error;
  }
  if (!plan) return refuse(deps, ask, unknownRunbook(deps, ask.runbook));
  return store(deps, ask, plan, verdict.rules, now);
}

async function store(deps: Deps, ask: Ask, plan: Plan, rules: Rules, now: Date): Promise<SubmitOutcome> {
  const reference = ask.reference?.trim().toWellFormed();
  const request = submit(
    {
      plan,
      // Half of a surrogate pair has no UTF-8 form, so it could be neither stored nor hashed as it is.
      reason: ask.reason.trim().toWellFormed(),
      ...(reference ? { reference } : {}),
      ...(ask.origin ? { origin: ask.origin } : {}),
      approval: rules.approval,
      pendingMinutes: rules.pendingMinutes,
    },
    now,
  );
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes > MAX_DOCUMENT_BYTES)
    return refuse(deps, ask, { kind: "too-large", bytes, maxBytes: MAX_DOCUMENT_BYTES });
  const earlier = await deps.store.get(request.id);
  if (earlier) return { status: "submitted", request: earlier.request };
  if ((await deps.places.take(ask.requester, request, MAX_OPEN)) === "full")
    return refuse(deps, ask, { kind: "too-many-open", max: MAX_OPEN });
  if ((await deps.store.create(request)) === "exists") {
    const first = await deps.store.get(request.id);
    if (first) return { status: "submitted", request: first.request };
  }
  await handOver(deps, request);
  deps.log.info("request submitted", {
    requestId: request.id,
    runbook: ask.runbook,
    requester: ask.requester,
  });
  return { status: "submitted", request };
}

async function refuse(deps: Deps, ask: Ask, why: SubmitRefusal): Promise<SubmitOutcome> {
  const named = "problem" in why ? `${why.kind}: ${why.problem}` : why.kind;
  await recordRefusal(deps, {
    actor: ask.requester,
    act: `request ${nameAsTyped(ask.runbook)}`,
    why: named,
  });
  return { status: "refused", why };
}

function unknownRunbook(deps: Deps, typed: string): SubmitRefusal {
  const name = nameAsTyped(typed);
  const close = nearestName(name, deps.catalogue().runbooks.keys());
  return { kind: "unknown-runbook", name, ...(close ? { nearest: close } : {}) };
}

/** What somebody sent for a runbook's name, as it may stand in records and logs; the name of a runbook stays as it is. */
function nameAsTyped(name: string): string {
  return name.slice(0, MAX_NAME).replaceAll(/[^\p{L}\p{N} ._-]/gu, "?");
}

function textErrors(ask: Ask): { field: string; message: string }[] {
  const errors = [];
  const reason = ask.reason.trim();
  if (reason.length < 3)
    errors.push({
      field: "reason",
      message: "Say why you need it, in a few words. Example: alert OrderWorkflowAge fires since 02:10.",
    });
  if (reason.length > MAX_REASON)
    errors.push({ field: "reason", message: `At most ${MAX_REASON} characters; this has ${reason.length}.` });
  if ((ask.reference?.trim().length ?? 0) > MAX_REFERENCE)
    errors.push({ field: "reference", message: `At most ${MAX_REFERENCE} characters. Example: INC-4211.` });
  return errors;
}

function grantErrors(ask: Ask, runbook: LoadedRunbook, rules: Rules): { field: string; message: string }[] {
  const { kind, durationMinutes } = ask.grant;
  const max = Math.min(runbook.grant.maxDurationMinutes, rules.maxDurationMinutes);
  const errors = [];
  if (!runbook.grant.kinds.includes(kind))
    errors.push({ field: "grant", message: `This runbook allows ${runbook.grant.kinds.join(" or ")}.` });
  if (!Number.isInteger(durationMinutes) || durationMinutes < 1 || durationMinutes > max)
    errors.push({ field: "duration", message: `Whole minutes from 1 to ${max}. Example: 15.` });
  return errors;
}

function grantTerms(ask: Ask, runbook: LoadedRunbook): GrantTerms {
  const { kind, durationMinutes } = ask.grant;
  return { kind, durationMinutes, maxRuns: kind === "single-run" ? 1 : Math.min(runbook.grant.maxRuns, 25) };
}
