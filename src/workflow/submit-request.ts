import { RequestError } from "../dynamodb/request-error.ts";
import { PolicyRefused } from "../iam/policy-refused.ts";
import { factsUsed } from "../policy/ask-rules.ts";
import { standIns } from "../policy/delegated-ballots.ts";
import { type Decided, decide, type Verdict } from "../policy/decide.ts";
import { checkInputs } from "../runbook/check-inputs.ts";
import { digest } from "../runbook/digest.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";
import type { GrantTerms, Plan } from "../runbook/plan.ts";
import { submitByRecipe } from "../request/recipe.ts";
import type { Request } from "../request/request.ts";
import { submitBreakGlass } from "../request/break-glass.ts";
import { reminderTimes } from "../request/reminders.ts";
import { submit, submitApproved } from "../request/submit.ts";
import { allowanceFor } from "./allowance-for.ts";
import { breakGlassErrors, breakGlassTerms, oweReview, tightestGrant } from "./break-glass.ts";
import { checkSqlOf } from "./check-sql-of.ts";
import type { Deps } from "./deps.ts";
import { enterRecipe, MAX_RECIPES } from "./enter-recipe.ts";
import { groupsOfRecipes, recipesInForce, takeRecipe } from "./find-recipe.ts";
import { handOver } from "./hand-over.ts";
import { nearestName } from "./nearest-name.ts";
import { policyInput } from "./policy-input.ts";
import { provePlan } from "./prove-plan.ts";
import { readRecipe } from "./recipe-order.ts";
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
  // One time for all: what a query was checked against is what its plan is made with.
  const now = deps.clock.now();
  // Whoever may not ask is told so before anybody reads what they typed; rules are asked once there is a plan.
  const asked = { runbook: ask.runbook, requester: ask.requester };
  const before = await policyInput(deps, asked, now, { fresh: true });
  if (!before) return refuse(deps, ask, unknownRunbook(deps, ask.runbook));
  const allowed = decide(catalogue.access, before);
  if (allowed.status !== "decided") return refuse(deps, ask, refusalOf(allowed));
  const glass = ask.breakGlass && (await breakGlassTerms(deps, ask, now));
  if (glass?.status === "refused") return refuse(deps, ask, glass.why);
  const recipe = ask.recipe && readRecipe(catalogue, ask.recipe, runbook, allowed, now);
  if (recipe?.status === "refused") return refuse(deps, ask, recipe.why);
  if (recipe?.status === "invalid")
    return { status: "invalid", errors: [...recipe.errors, ...textErrors(ask)] };
  const grant = recipe ? recipe.grant : glass ? tightestGrant(runbook, allowed, glass) : ask.grant;
  const checked = await checkInputs(
    { runbook, dataSource, raw: recipe ? recipe.rawInputs : ask.rawInputs, now },
    checkSqlOf(deps, ask.requester),
  );
  const errors = [
    ...(checked.status === "invalid"
      ? checked.errors.map(({ parameter, message }) => ({ field: parameter, message }))
      : []),
    ...textErrors(ask),
    ...(glass ? breakGlassErrors(ask) : []),
    ...grantErrors(grant, runbook, allowed),
  ];
  if (errors.length > 0 || checked.status === "invalid") return { status: "invalid", errors };

  let plan: Plan | undefined;
  try {
    plan = resolvePlan(catalogue, {
      runbook: ask.runbook,
      inputs: checked.inputs,
      requestId: requestIdFor(ask.key),
      requester: ask.requester,
      grant: grantTerms(grant, runbook),
      createdAt: now,
      query: checked.query,
      // Nobody judges a break-glass before it runs, so nobody is shown the item first.
      before:
        allowed.allowBeforeImage && !glass
          ? { status: "to-be-read" }
          : { status: "not-shown", because: "policy" },
      ...(recipe ? { recipe: recipe.terms } : {}),
    });
    if (plan) provePlan(plan, new Date(now.getTime() + 60_000), now);
  } catch (error) {
    if (error instanceof PolicyRefused || error instanceof RequestError || error instanceof SessionRefused)
      return refuse(deps, ask, { kind: "policy", sentence: error.message });
    throw error;
  }
  if (!plan) return refuse(deps, ask, unknownRunbook(deps, ask.runbook));
  const reference = ask.reference?.trim().toWellFormed();
  const planned = { plan, ...(reference ? { reference } : {}) };
  const recipes = recipe || glass || !allowed.recipes ? [] : await recipesInForce(deps, now, ask.runbook);
  const also = groupsOfRecipes(recipes);
  const question = await policyInput(deps, { ...asked, planned, also }, now, { fresh: true });
  if (!question) return refuse(deps, ask, unknownRunbook(deps, ask.runbook));
  const verdict = decide(deps.catalogue().access, question);
  if (verdict.status !== "decided") return refuse(deps, ask, refusalOf(verdict));

  const submission = {
    plan,
    // Half of a surrogate pair has no UTF-8 form, so it could be neither stored nor hashed as it is.
    reason: ask.reason.trim().toWellFormed(),
    ...(reference ? { reference } : {}),
    ...(ask.origin ? { origin: ask.origin } : {}),
    approval: verdict.approval,
    pendingMinutes: verdict.pendingMinutes,
    ...remindersOf(deps, plan, verdict, now),
    away: standIns(deps.catalogue().access, question, verdict.approval, await deps.delegations.all(), now),
  };
  // Before a rule's limits are taken for it a second time.
  const earlier = await deps.store.get(plan.requestId);
  if (earlier) return sentBefore(deps, ask, earlier.request, submission);
  if (glass) {
    if (!(await oweReview(deps, ask.requester, plan.requestId)))
      return refuse(deps, ask, { kind: "review-not-stored" });
    return store(deps, ask, submitBreakGlass(submission, glass.breakGlass, now));
  }
  if (recipe) return askForRecipe(deps, ask, verdict, submit(submission, now));
  const { auto } = verdict;
  // What nobody has seen yet, a rule can't have judged.
  if (auto && plan.write?.before.status !== "to-be-read" && (await takeLimits(deps, plan, auto, now))) {
    const facts = factsUsed(auto.names, question.facts ?? {}, plan.sensitive);
    const { rule, expression, limits } = auto;
    return store(deps, ask, submitApproved(submission, { rule, expression, facts, limits }, now));
  }
  const { taken, missed } = await takeRecipe(deps, recipes, { plan, question, verdict }, now);
  if (taken) return store(deps, ask, submitByRecipe(submission, taken, now));
  if (verdict.lacking) return refuse(deps, ask, { kind: "nobody-can-approve", ...verdict.lacking });
  const approval = missed.length > 0 ? { ...verdict.approval, missedRecipes: missed } : verdict.approval;
  return store(deps, ask, submit({ ...submission, approval }, now));
}

/** People decide on a recipe, whatever a rule approves. */
async function askForRecipe(
  deps: Deps,
  ask: Ask,
  { lacking }: Decided,
  request: Request,
): Promise<SubmitOutcome> {
  if (lacking) return refuse(deps, ask, { kind: "nobody-can-approve", ...lacking });
  if ((await enterRecipe(deps, request)) === "full")
    return refuse(deps, ask, { kind: "too-many-recipes", max: MAX_RECIPES });
  return store(deps, ask, request);
}

function remindersOf({ catalogue }: Deps, { runbook }: Plan, { reminders }: Decided, now: Date) {
  const timezone = catalogue().access.timezone ?? "UTC";
  return reminders
    ? { remindAt: reminderTimes(reminders, { riskLevel: runbook.riskLevel, timezone }, now) }
    : {};
}

/** The rule's limits for this person and day, by what the plan could return at most. */
async function takeLimits(
  { allowances, catalogue }: Deps,
  plan: Plan,
  auto: NonNullable<Decided["auto"]>,
  now: Date,
): Promise<boolean> {
  const allowance = allowanceFor(catalogue().access, plan, auto, now);
  if (!allowance) return false;
  const { key, day, amounts, max } = allowance;
  return (await allowances.takeAllowance(key, day, amounts, max)) === "taken";
}

async function store(deps: Deps, ask: Ask, request: Request): Promise<SubmitOutcome> {
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes > MAX_DOCUMENT_BYTES)
    return refuse(deps, ask, { kind: "too-large", bytes, maxBytes: MAX_DOCUMENT_BYTES });
  if ((await deps.places.take(ask.requester, request, MAX_OPEN)) === "full")
    return refuse(deps, ask, { kind: "too-many-open", max: MAX_OPEN });
  if ((await deps.store.create(request)) === "exists") {
    const first = await deps.store.get(request.id);
    if (first) return sentBefore(deps, ask, first.request, request);
  }
  await handOver(deps, request);
  deps.log.info("request submitted", {
    requestId: request.id,
    runbook: ask.runbook,
    requester: ask.requester,
    state: request.state,
    ...(request.approval.auto ? { rule: request.approval.auto.rule } : {}),
    ...(request.approval.recipe ? { recipe: request.approval.recipe.recipe } : {}),
  });
  return { status: "submitted", request };
}

function refusalOf(verdict: Exclude<Verdict, Decided>): SubmitRefusal {
  if (verdict.status === "not-a-requester") {
    const { groups, unavailable } = verdict;
    return { kind: "not-a-requester", groups, ...(unavailable.length > 0 ? { unavailable } : {}) };
  }
  const { rule, because, unknown } = verdict;
  return { kind: "denied-by-rule", rule, because, unknown };
}

type Content = Pick<Request, "plan" | "reason" | "reference">;

/** The same form again, its first answer lost. What was edited in between is not what waits, and isn't said to be. */
async function sentBefore(deps: Deps, ask: Ask, first: Request, now: Content): Promise<SubmitOutcome> {
  if (contentOf(first) === contentOf(now)) return { status: "submitted", request: first };
  return refuse(deps, ask, { kind: "already-submitted", requestId: first.id });
}

function contentOf({ plan, reason, reference = "" }: Content): string {
  const { kind, durationMinutes } = plan.grant;
  const { recipe } = plan;
  return digest({
    runbook: plan.runbook.name,
    ...(recipe ? { recipe } : { inputs: plan.inputs }),
    grant: { kind, durationMinutes },
    reason,
    reference,
  });
}

async function refuse(deps: Deps, ask: Ask, why: SubmitRefusal): Promise<SubmitOutcome> {
  const named = "problem" in why ? `${why.kind}: ${why.problem}` : why.kind;
  await recordRefusal(deps, {
    actor: ask.requester,
    act: `${ask.breakGlass ? "break-glass" : ask.recipe ? "recipe" : "request"} ${nameAsTyped(ask.runbook)}`,
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

function grantErrors(
  { kind, durationMinutes }: Ask["grant"],
  runbook: LoadedRunbook,
  rules: Decided,
): { field: string; message: string }[] {
  const max = Math.min(runbook.grant.maxDurationMinutes, rules.maxDurationMinutes);
  const errors = [];
  if (!runbook.grant.kinds.includes(kind))
    errors.push({ field: "grant", message: `This runbook allows ${runbook.grant.kinds.join(" or ")}.` });
  if (!Number.isInteger(durationMinutes) || durationMinutes < 1 || durationMinutes > max)
    errors.push({ field: "duration", message: `Whole minutes from 1 to ${max}. Example: 15.` });
  return errors;
}

function grantTerms({ kind, durationMinutes }: Ask["grant"], runbook: LoadedRunbook): GrantTerms {
  return { kind, durationMinutes, maxRuns: kind === "single-run" ? 1 : Math.min(runbook.grant.maxRuns, 25) };
}
