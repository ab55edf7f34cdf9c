import type { ConstantPredicate } from "../../sql/scopes.ts";
import type { SqlAnalysis } from "../../sql/sql-analysis.ts";
import { sqlShapes } from "../request-shapes.ts";
import type { Runbook } from "../runbook.ts";
import { holeRef } from "../step-refs.ts";
import type { ValueRef } from "../derived-value.ts";
import type { Finding, Rule, RuleContext } from "./rule.ts";

/** What is easily overlooked in CloudTrail's records; only for tables that have its columns. */
export const cloudTrailRules: readonly Rule[] = [
  trailRule(
    "CT01",
    "A query of IAM, STS or sign-in events does not leave out us-east-1, where they are recorded.",
    {
      path: ["steps", 0, "request"],
      check: ({ predicates }) => missesGlobalRegion(predicates),
    },
  ),
  trailRule(
    "CT02",
    "The last day of a range is padded by one (addDays): a file that is delivered later holds earlier events.",
    {
      path: ["derived"],
      check: ({ analysis, predicates, runbook }) => isUnpadded(analysis, predicates, runbook),
    },
  ),
  trailRule("CT03", "A query of data events says in its prerequisites that the trail records them.", {
    path: ["documentation"],
    check: ({ predicates, runbook: { documentation } }) =>
      asksDataEvents(predicates) && !/data events?/i.test((documentation.prerequisites ?? []).join(" "))
        ? "say in prerequisites which data events the trail must record"
        : undefined,
  }),
  trailRule(
    "CT04",
    "An identity is not looked for by useridentity.arn alone: sessions have the role in their issuer, others only a principalid.",
    { path: ["steps", 0, "request"], check: ({ analysis }) => isArnAlone(analysis) },
  ),
];

type Trail = { analysis: SqlAnalysis; predicates: readonly ConstantPredicate[]; runbook: Runbook };

function trailRule(
  id: string,
  says: string,
  { path, check }: { path: Finding["path"]; check: (trail: Trail) => string | undefined },
): Rule {
  return {
    id,
    severity: "warning",
    says,
    check: (context) => {
      const messages = analyses(context).flatMap((analysis) => {
        const predicates = analysis.tables.flatMap((table) => table.predicates);
        return check({ analysis, predicates, runbook: context.runbook }) ?? [];
      });
      return [...new Set(messages)].map((message) => ({ path, message }));
    },
  };
}

function analyses({ runbook, dataSource }: RuleContext): SqlAnalysis[] {
  if (dataSource?.service !== "athena") return [];
  const isTrail = dataSource.guardrails.tables.some(({ columns }) =>
    ["useridentity", "eventsource", "eventname"].every((name) => Object.hasOwn(columns, name)),
  );
  if (!isTrail) return [];
  return sqlShapes(runbook, dataSource).flatMap(({ binding }) => binding.analysis ?? []);
}

const globalSources = ["iam.amazonaws.com", "sts.amazonaws.com", "signin.amazonaws.com"];

function missesGlobalRegion(predicates: readonly ConstantPredicate[]): string | undefined {
  const asked = textsOf(predicates, ["eventsource"]);
  const regions = predicates.filter(({ column }) => column === "region" || column === "awsregion");
  const isGlobal = asked.some((one) => globalSources.includes(one));
  const leftOut = regions.some((predicate) => {
    const named = textsOf([predicate], [predicate.column]);
    return named.length > 0 && named.length === predicate.values.length && !named.includes("us-east-1");
  });
  return isGlobal && leftOut
    ? "events of IAM, STS and sign-in are recorded in us-east-1, which is left out"
    : undefined;
}

function isUnpadded(
  analysis: SqlAnalysis,
  predicates: readonly ConstantPredicate[],
  runbook: Runbook,
): string | undefined {
  const upper = predicates.flatMap(({ column, operator, values }) => {
    if (column !== "day") return [];
    if (operator === "between") return values.slice(1);
    return operator === "<" || operator === "<=" ? values : [];
  });
  const unpadded = upper.some((value) => {
    if (value.kind !== "parameter") return false;
    const name = analysis.parameters[value.index]?.name ?? "";
    return !addsDays(holeRef(name, runbook), runbook);
  });
  return unpadded ? "the last day is not padded: derive it with addDays from the end of the time" : undefined;
}

function addsDays(ref: ValueRef, { derived = {} }: Runbook, depth = 0): boolean {
  const value = "$derived" in ref && Object.hasOwn(derived, ref.$derived) ? derived[ref.$derived] : undefined;
  if (!value || depth > 10) return false;
  if (value.function === "addDays" && typeof value.args[1] === "number" && value.args[1] > 0) return true;
  return value.args.some(
    (arg) => typeof arg === "object" && addsDays(arg, { derived } as Runbook, depth + 1),
  );
}

/** Calls that CloudTrail records only when told to (data events). */
const dataCalls = [
  "GetObject",
  "HeadObject",
  "PutObject",
  "DeleteObject",
  "SelectObjectContent",
  "Invoke",
  "GetItem",
  "Query",
  "Scan",
  "BatchGetItem",
];

function asksDataEvents(predicates: readonly ConstantPredicate[]): boolean {
  return (
    textsOf(predicates, ["eventcategory"]).includes("Data") ||
    textsOf(predicates, ["eventname"]).some((name) => dataCalls.includes(name))
  );
}

function isArnAlone(analysis: SqlAnalysis): string | undefined {
  const asked = analysis.columns.filter(({ clause }) => clause === "where").map(({ text }) => text);
  const isAsked = (ending: string) => asked.some((text) => text.endsWith(ending));
  return isAsked("useridentity.arn") && !isAsked("sessionissuer.arn") && !isAsked("useridentity.principalid")
    ? "useridentity.arn alone misses sessions and identities without one: add the issuer's or principalid"
    : undefined;
}

function textsOf(predicates: readonly ConstantPredicate[], columns: readonly string[]): string[] {
  return predicates.flatMap(({ column, operator, values }) =>
    columns.includes(column) && (operator === "=" || operator === "in")
      ? values.flatMap((value) => (value.kind === "text" ? [value.value] : []))
      : [],
  );
}
