import type { Decided } from "../policy/decide.ts";
import type { Access } from "../runbook/access-file.ts";
import type { Plan } from "../runbook/plan.ts";
import type { Amounts } from "./ports.ts";
import { dayIn } from "./rule-facts.ts";

export type Allowance = { key: string; day: string; amounts: Amounts; max: Partial<Amounts> };

/**
 * What a rule that approves this plan would take of its limits, by what the plan could return at most. Nothing: what
 * further queries would read was decided by nobody, so people approve such a window.
 */
export function allowanceFor(
  access: Access,
  { requester, limits, grant }: Plan,
  { rule, limits: max }: NonNullable<Decided["auto"]>,
  now: Date,
): Allowance | undefined {
  if (grant.approves === "within-guardrails") return undefined;
  const runs = grant.maxRuns;
  return {
    key: `${rule}#${requester.subject ?? requester.userId}`,
    day: dayIn(access.timezone ?? "UTC", now),
    amounts: { requests: 1, rows: limits.maxRows * runs, bytes: limits.maxBytes * runs },
    max: {
      requests: max.perPersonPerDay,
      ...(max.rowsPerDay === undefined ? {} : { rows: max.rowsPerDay }),
      ...(max.bytesPerDay === undefined ? {} : { bytes: max.bytesPerDay }),
    },
  };
}
