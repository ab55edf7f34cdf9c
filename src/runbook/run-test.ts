import { isDeepStrictEqual } from "node:util";
import { checkSql } from "../sql/check-sql.ts";
import type { SqlAnalysis } from "../sql/sql-analysis.ts";
import { bindAthena } from "./bind-athena.ts";
import { bindStep } from "./bind-step.ts";
import type { Values } from "./bind-step.ts";
import { checkInputs } from "./check-inputs.ts";
import type { DataSource } from "./data-sources.ts";
import { derive } from "./derive.ts";
import type { PlannedCall } from "./plan.ts";
import type { Runbook, RunbookTest } from "./runbook.ts";

export type TestOutcome = { status: "passed" } | { status: "failed"; message: string };

/** Plays one test of a runbook's file: are the inputs accepted or refused as said, and are the requests those said? */
export async function runTest(
  runbook: Runbook,
  { given, expect }: RunbookTest,
  dataSource: DataSource,
): Promise<TestOutcome> {
  const now = new Date(given.now ?? "2026-01-01T00:00:00Z");
  const asked = { runbook, dataSource, raw: given.parameters, now };
  const parsed = await checkInputs(asked, async (sql, guardrails, at) => checkSql(sql, guardrails, at));
  if (parsed.status === "invalid") {
    const refused = parsed.errors.map(({ parameter }) => parameter);
    if (expect.valid) {
      return failed(`the inputs are refused: ${parsed.errors.map(({ message }) => message).join(" ")}`);
    }
    if (!expect.errors || sameNames(expect.errors, refused)) return { status: "passed" };
    return failed(`refused are ${refused.join(", ")}, expected ${expect.errors.join(", ")}`);
  }
  if (!expect.valid) return failed("the inputs are accepted, expected to be refused");
  if (!expect.requests) return { status: "passed" };

  const derived = derive(runbook.derived, parsed.inputs, now);
  const requests = runbook.steps.map((step) =>
    boundCall(runbook, step, dataSource, parsed.query, { inputs: parsed.inputs, derived }, now),
  );
  const expected = expect.requests.map((one, at) => withFileText(one, runbook.steps[at], requests[at]));
  if (isDeepStrictEqual(requests, expected)) return { status: "passed" };
  return failed(
    `the requests differ.\nexpected ${JSON.stringify(expected)}\nreceived ${JSON.stringify(requests)}`,
  );
}

function boundCall(
  runbook: Runbook,
  step: Runbook["steps"][number],
  source: DataSource,
  own: SqlAnalysis | undefined,
  values: Values,
  now: Date,
): PlannedCall {
  if (step.action !== "athena:StartQueryExecution") return bindStep(step, values);
  if (source.service !== "athena") throw new TypeError("an Athena step needs an Athena data source");
  const binding = bindAthena({ runbook, step, source, own }, values, now);
  if (binding.status === "refused") throw new TypeError("inputs that are accepted can be bound");
  return binding.call;
}

type ExpectedRequest = NonNullable<RunbookTest["expect"]["requests"]>[number];

/** A test need not repeat the SQL of a file; one that says a QueryString is held to it. */
function withFileText(
  expected: ExpectedRequest,
  step: Runbook["steps"][number] | undefined,
  made: PlannedCall | undefined,
): ExpectedRequest {
  const isFile = step?.action === "athena:StartQueryExecution" && step.request.QueryFile !== undefined;
  if (!isFile || made?.action !== "athena:StartQueryExecution" || "QueryString" in expected.request)
    return expected;
  return { ...expected, request: { ...expected.request, QueryString: made.request.QueryString } };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return isDeepStrictEqual(a.toSorted(), b.toSorted());
}

function failed(message: string): TestOutcome {
  return { status: "failed", message };
}
