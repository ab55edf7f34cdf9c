import { followPolicy, proveFollowPolicy } from "../iam/follow-policy.ts";
import type { PolicyDocument } from "../iam/policy-document.ts";
import type { Request } from "../request/request.ts";
import { mayUseLease } from "../request/run.ts";
import type { Plan } from "../runbook/plan.ts";
import { GrantEnded } from "./grant-ended.ts";
import { ATHENA_LEASE_MS, type LeaseDeps, leftMs, obtainSession } from "./open-session.ts";
import type { RunSession } from "./ports.ts";
import { SessionRefused } from "./session-refused.ts";

/** A session that would live longer than the one in use by less than this is not worth asking for. */
const WORTHWHILE_MS = 3_000;

/**
 * The next lease of a run whose query outlives its session: one that may wait for this workgroup's queries and read their
 * rows, and start nothing. The grant is read anew before STS is asked, and once more when the session is recorded.
 *
 * @throws GrantEnded, SessionRefused
 */
export async function followQuery(
  deps: LeaseDeps,
  request: Request,
  run: number,
  of: { queryExecutionId: string; signal: AbortSignal; issued: RunSession[] },
): Promise<RunSession | "last"> {
  const { plan } = request;
  const stored = await deps.store.get(request.id);
  if (!stored || !mayUseLease(stored.request, run, deps.worker, deps.clock.now()))
    throw new GrantEnded("The grant ended while its query was under way");
  const inUse = of.issued.at(-1);
  const windowMs = Date.parse(request.grant?.endsAt ?? "") - deps.clock.now().getTime();
  if (inUse && windowMs < remainingMs(inUse, deps.clock.now()) + WORTHWHILE_MS) return "last";
  const order = () => ({
    plan,
    run,
    follows: { queryExecutionId: of.queryExecutionId },
    maxLifeMs: Math.min(deps.athenaLeaseMs ?? ATHENA_LEASE_MS, leftMs(deps, request)),
    policyFor: (expiresAt: Date, stsNow: Date) => proveFollowing(plan, expiresAt, stsNow),
  });
  const session = await obtainSession(deps, request, run, of.signal, of.issued, order);
  if (!session) throw new GrantEnded("The grant ended while its query was under way");
  return session;
}

function remainingMs({ facts }: RunSession, now: Date): number {
  const lifeMs = facts.expiresAt.getTime() - facts.issuedAt.getTime();
  return facts.issuedLocallyAt.getTime() + lifeMs - now.getTime();
}

function proveFollowing(plan: Plan, expiresAt: Date, now: Date) {
  const planned = {
    calls: plan.calls,
    schemas: plan.tables,
    target: plan.target,
    ...(plan.athena && { athena: plan.athena }),
  };
  const text = followPolicy(planned, expiresAt);
  const policy = JSON.parse(text) as PolicyDocument;
  const proof = proveFollowPolicy({ ...planned, policy, expiresAt, now });
  if (!proof.proven)
    throw new SessionRefused(
      "not-proven",
      "The policy of the session that was to wait for the query could not be proven to allow that and nothing else, so its rows were not read. The runbook's owner must look at it.",
    );
  const allowed = proof.checks.filter(({ expect }) => expect === "allowed").length;
  return { text, checks: { allowed, denied: proof.checks.length - allowed } };
}
