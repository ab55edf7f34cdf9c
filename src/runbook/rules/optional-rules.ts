import { listPlaceholder } from "../bind-step.ts";
import type { Runbook } from "../runbook.ts";
import type { Step } from "../step.ts";
import { clauseRefs, requestRefs } from "../step-refs.ts";
import { parametersBehind, refsIn } from "../value-refs.ts";
import type { FoundRef } from "../value-refs.ts";
import type { Path } from "../yaml-file.ts";
import type { Finding, Rule } from "./rule.ts";

/** Rules that keep the shapes of a request finite and each of them complete. */
export const optionalRules: readonly Rule[] = [
  {
    id: "OPT01",
    severity: "error",
    says: "An optional clause waits for a declared parameter that is not required and has no default.",
    check: ({ runbook }) =>
      clauses(runbook).flatMap(({ when, path }) =>
        isOptional(runbook, when)
          ? []
          : [{ path: [...path, "when"], message: `"${when}" is not an optional parameter without default` }],
      ),
  },
  {
    id: "OPT02",
    severity: "error",
    says: "The value of an optional parameter stands only in clauses that wait for it.",
    check: ({ runbook }) =>
      runbook.steps.flatMap((step, index) => strayValues(runbook, step, ["steps", index])),
  },
  {
    id: "OPT03",
    severity: "error",
    says: "A placeholder is defined once, in the request or in one clause.",
    check: ({ runbook }) =>
      runbook.steps.flatMap((step, index) => doubleDefinitions(runbook, step, ["steps", index])),
  },
];

function clauses({ steps }: Runbook): { when: string; path: Path }[] {
  return steps.flatMap((step, index) =>
    optionalOf(step).map(({ when }, at) => ({ when, path: ["steps", index, "optional", at] })),
  );
}

function optionalOf(step: Step): readonly { when: string }[] {
  return "optional" in step ? (step.optional ?? []) : [];
}

function isOptional({ parameters: { properties, required = [] } }: Runbook, name: string): boolean {
  const parameter = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return parameter !== undefined && !required.includes(name) && parameter.default === undefined;
}

function strayValues(runbook: Runbook, step: Step, path: Path): Finding[] {
  const stray = (refs: readonly FoundRef[], allowed: string | undefined) =>
    refs.flatMap(({ ref, path: refPath }) =>
      parametersBehind(ref, runbook)
        .filter((name) => name !== allowed && isOptional(runbook, name))
        .map((name) => ({
          path: refPath,
          message: `"${name}" may be absent here; use it in a clause with "when: ${name}"`,
        })),
    );
  return [
    ...stray(requestRefs(step, runbook, path), undefined),
    ...optionalOf(step).flatMap((clause, at) => stray(clauseRefs(step, at, runbook, path), clause.when)),
  ];
}

function doubleDefinitions(runbook: Runbook, step: Step, path: Path): Finding[] {
  if (step.action !== "dynamodb:Query") return [];
  const seen = new Set<string>();
  const sources = [
    { part: step.request, path: [...path, "request"] },
    ...(step.optional ?? []).map((part, at) => ({ part, path: [...path, "optional", at] })),
  ];
  return sources.flatMap(({ part, path: where }) =>
    (["ExpressionAttributeNames", "ExpressionAttributeValues"] as const).flatMap((field) =>
      Object.entries(part[field] ?? {}).flatMap(([placeholder, value]) => {
        const names = [placeholder, ...spreadNames(runbook, placeholder, value)];
        const double = names.some((name) => seen.has(name));
        for (const name of names) seen.add(name);
        return double
          ? [{ path: [...where, field, placeholder], message: `${placeholder} is defined twice` }]
          : [];
      }),
    ),
  );
}

/** A list takes further placeholders when it is bound. */
function spreadNames(runbook: Runbook, placeholder: string, value: unknown): string[] {
  return refsIn(value).flatMap(({ ref }) => {
    const parameter = "$param" in ref ? runbook.parameters.properties[ref.$param] : undefined;
    if (parameter?.type !== "array") return [];
    return Array.from({ length: parameter.maxItems }, (_, at) => listPlaceholder(placeholder, at));
  });
}
