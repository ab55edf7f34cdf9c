import { isDeepStrictEqual } from "node:util";
import { bindStep } from "./bind-step.ts";
import { derive } from "./derive.ts";
import { parseInputs } from "./parse-inputs.ts";
import type { Runbook, RunbookTest } from "./runbook.ts";

export type TestOutcome = { status: "passed" } | { status: "failed"; message: string };

/** Plays one test of a runbook's file: are the inputs accepted or refused as said, and are the requests those said? */
export function runTest(runbook: Runbook, { given, expect }: RunbookTest): TestOutcome {
  const parsed = parseInputs(runbook, given.parameters);
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

  const now = new Date(given.now ?? "2026-01-01T00:00:00Z");
  const derived = derive(runbook.derived, parsed.inputs, now);
  const requests = runbook.steps.map((step) => bindStep(step, { inputs: parsed.inputs, derived }));
  if (isDeepStrictEqual(requests, expect.requests)) return { status: "passed" };
  return failed(
    `the requests differ.\nexpected ${JSON.stringify(expect.requests)}\nreceived ${JSON.stringify(requests)}`,
  );
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return isDeepStrictEqual(a.toSorted(), b.toSorted());
}

function failed(message: string): TestOutcome {
  return { status: "failed", message };
}
