import { digest } from "./digest.ts";
import { isInside, isNarrowerQuery } from "./narrower-query.ts";
import { isNarrowerRead } from "./narrower-read.ts";
import type { Limits, OutputColumn, Plan, PlannedCall } from "./plan.ts";

/** Whether a plan reaches nowhere where the other would not; each plan is narrower than itself. */
export function isNarrower(wider: Plan, narrower: Plan): boolean {
  return whyWider(wider, narrower) === undefined;
}

/**
 * The first thing in which a plan reaches further than the other, or differs where it may not: nothing when its calls
 * read no more, of no more places, for no longer, and show no more. It compares two plans as they are and trusts nothing
 * about how they were made.
 */
export function whyWider(wider: Plan, narrower: Plan): string | undefined {
  if (digest(fixedOf(wider)) !== digest(fixedOf(narrower))) return "it is another plan";
  if (narrower.grant.durationMinutes > wider.grant.durationMinutes) return "its window is longer";
  if (narrower.grant.maxRuns > wider.grant.maxRuns) return "it may run more often";
  if (!limitNames.every((name) => narrower.limits[name] <= wider.limits[name])) return "a limit is higher";
  if (!columnsAreNarrower(wider.output.columns, narrower.output.columns)) return "a column shows more";
  if (!callsAreNarrower(wider, narrower))
    return "its requests can’t be shown to read no more than those asked for";
  if (wider.athena && narrower.athena && !isInside(wider.athena, narrower.athena))
    return "it could touch other data";
  return undefined;
}

const limitNames = [
  "timeoutSeconds",
  "maxRows",
  "maxPages",
  "maxItemsScanned",
  "maxBytes",
] as const satisfies (keyof Limits)[];

/** All that no narrowing changes. */
function fixedOf(plan: Plan): unknown {
  const {
    calls: _,
    inputs,
    derived,
    narrowed: __,
    sessionPolicy: ___,
    grant,
    limits,
    output,
    athena,
    ...rest
  } = plan;
  const { durationMinutes: ____, maxRuns: _____, ...terms } = grant;
  const { columns: ______, ...shown } = output;
  return {
    ...rest,
    terms,
    shown,
    limits: Object.keys(limits).toSorted(),
    inputs: Object.keys(inputs).toSorted(),
    derived: Object.keys(derived).toSorted(),
    isQuery: athena !== undefined,
  };
}

const maskRank: Record<OutputColumn["mask"], number> = { none: 0, last4: 1, hide: 2 };

function columnsAreNarrower(wider: readonly OutputColumn[], narrower: readonly OutputColumn[]): boolean {
  return (
    wider.length === narrower.length &&
    wider.every((column, at) => {
      const other = narrower[at];
      if (!other) return false;
      const { mask, alwaysMasked, ...rest } = column;
      const { mask: otherMask, alwaysMasked: otherAlways, ...same } = other;
      return (
        digest(rest) === digest(same) &&
        maskRank[otherMask] >= maskRank[mask] &&
        (alwaysMasked !== true || otherAlways === true)
      );
    })
  );
}

function callsAreNarrower(wider: Plan, narrower: Plan): boolean {
  return (
    wider.calls.length === narrower.calls.length &&
    wider.calls.every((call, at) => {
      const other = narrower.calls[at];
      return other !== undefined && isNarrowerCall(call, other, wider);
    })
  );
}

function isNarrowerCall(wider: PlannedCall, narrower: PlannedCall, { athena }: Plan): boolean {
  if (wider.action === "athena:StartQueryExecution")
    return (
      narrower.action === wider.action && athena !== undefined && isNarrowerQuery(wider, narrower, athena)
    );
  return narrower.action !== "athena:StartQueryExecution" && isNarrowerRead(wider, narrower);
}
