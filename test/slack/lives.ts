import { cancel, lapse } from "../../src/request/close.ts";
import type { Outcome } from "../../src/request/outcome.ts";
import type { Request, ResultFacts } from "../../src/request/request.ts";
import { beginRevocation, completeRevocation, endLease } from "../../src/request/revoke.ts";
import { finishRun, recordLease, settleResult, startRun } from "../../src/request/run.ts";
import { submit } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import type { PersonId, Plan } from "../../src/runbook/plan.ts";
import { approver2, aPlan, later, lead, requester, T0 } from "../fixtures/a-request.ts";

/** What differs from an ordinary request; for cards, threads and deliveries. */
export type Particulars = {
  plan?: Partial<Plan>;
  reason?: string;
  reference?: string;
  denyReason?: string;
  revokeReason?: string;
  count?: number;
  approvers?: readonly PersonId[];
  channel?: string;
  allowPreview?: boolean;
  result?: Partial<ResultFacts>;
};

/** A request at each point of its life, made by the domain itself. */
export const lives: Record<string, (particulars?: Particulars) => Request> = {
  pending: aPending,
  "half approved": (p) => approved(aPending({ ...p, count: 2 }), lead, 2),
  queued: (p) => approved(aPending(p), lead),
  running,
  succeeded,
  failed: (p) =>
    must(
      finishRun(
        running(p),
        1,
        { event: "fail", failure: { code: "throttled", sentence: "DynamoDB asked to slow down." } },
        undefined,
        later(63),
      ),
    ),
  unknown: (p) =>
    must(
      finishRun(
        running(p),
        1,
        { event: "lose", failure: { code: "worker-gone", sentence: "The worker is gone." } },
        undefined,
        later(63),
      ),
    ),
  revoking,
  revoked: (p) => must(completeRevocation(leaseEnded(revoking(p)), later(75))),
  stopped: (p) =>
    must(beginRevocation(approved(aPending(p), lead), { cause: "ended", by: requester }, later(61))),
  denied: (p) => {
    const vote = { by: lead, decision: "deny", reason: p?.denyReason ?? "Ask for a smaller window" } as const;
    return must(castVote(aPending(p), vote, policyOf(1), later(48)));
  },
  cancelled: (p) => must(cancel(aPending(p), requester, later(30))),
  lapsed: (p) => must(lapse(aPending(p), later(3_600))),
};

export function aPending(particulars: Particulars = {}): Request {
  const { reason = "Alert OrderWorkflowAge fires since 02:10", reference = "INC-4211" } = particulars;
  return submit(
    {
      plan: ordersPlan(particulars.plan),
      reason,
      reference,
      approval: {
        policy: "orders",
        groups: ["orders-platform"],
        approvers: particulars.approvers ?? [lead, approver2],
        count: particulars.count ?? 1,
        channel: particulars.channel ?? "C0APPROVALS",
        allowPreview: particulars.allowPreview ?? false,
      },
      pendingMinutes: 60,
    },
    T0,
  );
}

export function ordersPlan(changes: Partial<Plan> = {}): Plan {
  return {
    ...aPlan(),
    parameters: [
      { name: "status", title: "Status" },
      { name: "older_than", title: "In this status since before (UTC)" },
      { name: "customer_id", title: "Customer" },
    ],
    sessionPolicy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "dynamodb:Query", Resource: "*" }],
    }),
    ...changes,
  };
}

export function approved(request: Request, by: PersonId, count = 1): Request {
  return must(castVote(request, { by, decision: "approve" }, policyOf(count), later(48)));
}

export function running(particulars?: Particulars): Request {
  return must(startRun(approved(aPending(particulars), lead), 1, "worker-1", later(49)));
}

export function succeeded(particulars?: Particulars): Request {
  const result = {
    rows: 12,
    bytes: 700,
    sha256: "b".repeat(64),
    pages: 2,
    itemsScanned: 40,
    capacityUnits: 0.5,
    durationMs: 1_200,
    ...particulars?.result,
  };
  return must(
    finishRun(leased(running(particulars)), 1, { event: "succeed", result }, "worker-1", later(51)),
  );
}

export function revoking(particulars?: Particulars): Request {
  const at = later(52).toISOString();
  const settled = must(
    settleResult(succeeded(particulars), 1, { status: "delivered", at, as: "table" }, later(52)),
  );
  const end = particulars?.revokeReason
    ? ({ cause: "revoked", by: lead, reason: particulars.revokeReason } as const)
    : ({ cause: "completed" } as const);
  return must(beginRevocation(settled, end, later(53)));
}

function leased(request: Request): Request {
  const lease = {
    sessionName: "jit-R0000000000000001-1",
    sessionArn: "arn:aws:sts::111122223333:assumed-role/jit-data-dynamodb-read/jit-R0000000000000001-1",
    accessKeyId: "ASIAEXAMPLE",
    sourceIdentity: "U0ONCALL",
    issuedAt: later(50).toISOString(),
    expiresAt: later(80).toISOString(),
    localExpiresAt: later(80).toISOString(),
    policyDigest: "c".repeat(64),
    checks: { allowed: 1, denied: 11 },
  };
  return must(recordLease(request, 1, "worker-1", lease, later(50)));
}

function leaseEnded(request: Request): Request {
  const end = { at: later(74).toISOString(), proof: "probe-denied", detail: "AccessDenied" } as const;
  return must(endLease(request, 1, request.runs[0]?.lease?.accessKeyId ?? "", end, later(74)));
}

function policyOf(count: number): { rule: string; count: number } {
  return { rule: "orders: member of orders-platform", count };
}

export function must(outcome: Outcome): Request {
  if (outcome.status !== "changed") throw new Error(`refused: ${JSON.stringify(outcome.why)}`);
  return outcome.request;
}
