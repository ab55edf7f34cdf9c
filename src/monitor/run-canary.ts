import { setTimeout as delay } from "node:timers/promises";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { checkInputs } from "../runbook/check-inputs.ts";
import type { CheckSql } from "../runbook/own-query.ts";
import type { PersonId, Plan } from "../runbook/plan.ts";
import type { RunSession, SessionIssuer } from "../workflow/ports.ts";
import { provePlan } from "../workflow/prove-plan.ts";
import { requestIdFor } from "../workflow/request-id.ts";
import { resolvePlan } from "../workflow/resolve-plan.ts";

type CanaryDeps = { catalogue: Catalogue; checkSql: CheckSql; sessions: SessionIssuer; now: () => Date };

/** What the canary asks: a runbook by name, and its inputs as a form would send them. */
export type CanaryOrder = { runbook: string; inputs: Readonly<Record<string, unknown>> };

export type CanaryResult = {
  status: "green" | "red";
  /** In the session's name, its tags and the fact that is recorded. */
  id: string;
  steps: readonly CanaryStep[];
};

type CanaryStep = { name: string; ok: boolean; says: string };

/** Nobody's: no person may be asked about it, and no directory knows it. */
const canaryPerson: PersonId = { teamId: "JIT", userId: "CANARY" };
const MARGIN_MS = 5_000;
const PROBE_AFTER_MS = 1_200;
const PROBES = 4;

/**
 * A small story from plan to proof with the adapters of every run: the plan is resolved and proven, STS gives a session, the
 * query runs, its rows are dropped, and the session's credentials are replayed before their end, where they must work,
 * and after it, where AWS must refuse them. It has no approval and makes no request, so it runs nothing but a reading
 * runbook that a policy of `access.yml` names by its exact name and with `canary: true`.
 */
export async function runCanary(
  deps: CanaryDeps,
  order: CanaryOrder,
  signal: AbortSignal,
): Promise<CanaryResult> {
  const id = requestIdFor(`canary ${deps.now().toISOString()}`);
  const steps: CanaryStep[] = [];
  const step = (name: string, ok: boolean, says: string): boolean => {
    steps.push({ name, ok, says });
    return ok;
  };
  const result = (): CanaryResult => {
    const isGreen = steps.length === stepNames.length && steps.every(({ ok }) => ok);
    return { status: isGreen ? "green" : "red", id, steps };
  };
  let session: RunSession | undefined;
  try {
    const planned = await planOf(deps, order, id);
    if (
      !step("plan", "plan" in planned, "plan" in planned ? "resolved" : planned.why) ||
      !("plan" in planned)
    )
      return result();
    const { plan } = planned;
    session = await deps.sessions.issue({
      plan,
      run: 1,
      maxLifeMs: plan.limits.timeoutSeconds * 1_000 + MARGIN_MS,
      policyFor: (expiresAt, now) => provePlan(plan, expiresAt, now),
      signal,
    });
    const { checks, expiresAt, issuedAt, issuedLocallyAt } = session.facts;
    const proven = `policy proven on ${checks.allowed} allowed and ${checks.denied} denied calls`;
    if (!step("session", session.asOrdered, session.asOrdered ? proven : "its life is not as ordered"))
      return result();
    const execution = await session.execute(plan, signal, unwatched);
    const ran = execution.status === "succeeded";
    if (!step("query", ran, ran ? "answered" : execution.status)) return result();
    const alive = await session.probe(plan, signal);
    // Without this a refusal after the end would show nothing.
    if (!step("replay before the end", alive.status === "still-alive", alive.status)) return result();
    const endsInMs =
      issuedLocallyAt.getTime() + expiresAt.getTime() - issuedAt.getTime() - deps.now().getTime();
    await delay(Math.max(0, endsInMs) + PROBE_AFTER_MS, undefined, { signal });
    const after = await probeTillClear(session, plan, signal);
    step("replay after the end", after.status === "denied", "detail" in after ? after.detail : after.status);
  } catch (error) {
    const name = stepNames[steps.length] ?? "story";
    step(name, false, error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  } finally {
    session?.dispose();
  }
  return result();
}

const stepNames = ["plan", "session", "query", "replay before the end", "replay after the end"] as const;

async function planOf(
  { catalogue, checkSql, now }: CanaryDeps,
  { runbook: name, inputs: raw }: CanaryOrder,
  requestId: string,
): Promise<{ plan: Plan } | { why: string }> {
  const runbook = catalogue.runbooks.get(name);
  const dataSource = runbook && catalogue.dataSources.get(runbook.datasource);
  if (!runbook) return { why: `there is no runbook ${name}` };
  const allowed = catalogue.access.policies.some(
    ({ canary, runbooks }) => canary === true && runbooks?.includes(name) === true,
  );
  if (!allowed)
    return {
      why: `no policy names ${name} by its exact name with canary: true; docs/access.md has an example`,
    };
  if (!dataSource) return { why: `${name} has no data source` };
  const createdAt = now();
  const checked = await checkInputs({ runbook, dataSource, raw, now: createdAt }, checkSql);
  if (checked.status === "invalid")
    return { why: checked.errors.map(({ parameter, message }) => `${parameter}: ${message}`).join("; ") };
  const plan = resolvePlan(catalogue, {
    runbook: name,
    inputs: checked.inputs,
    requestId,
    requester: canaryPerson,
    grant: { kind: "single-run", durationMinutes: 15, maxRuns: 1 },
    createdAt,
    query: checked.query,
  });
  if (!plan) return { why: `${name} has no data source` };
  return plan.write ? { why: `${name} writes, and the canary only reads` } : { plan };
}

async function probeTillClear(session: RunSession, plan: Plan, signal: AbortSignal) {
  let answer = await session.probe(plan, signal);
  for (let tries = 1; tries < PROBES && answer.status === "unclear"; tries++) {
    await delay(1_000 * 2 ** (tries - 1), undefined, { signal });
    answer = await session.probe(plan, signal);
  }
  return answer;
}

const unwatched = {
  progress: () => {},
  queryStarted: async () => {},
  nextLease: async () => "last" as const,
};
