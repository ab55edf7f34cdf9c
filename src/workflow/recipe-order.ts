import type { Decided } from "../policy/decide.ts";
import type { AccessRecipes } from "../runbook/access-recipes.ts";
import type { InputRange } from "../runbook/input-range.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { MAX_RECIPE_VALUES, type RecipeTerms } from "../runbook/recipe.ts";
import { readRange } from "../runbook/read-range.ts";
import type { LoadedRunbook } from "../runbook/runbook.ts";
import { widestInputs } from "../runbook/widest-inputs.ts";
import { readMoment } from "./read-moment.ts";
import type { Ask, RecipeAsk, SubmitRefusal } from "./use-cases.ts";

type RecipeOrder = {
  terms: RecipeTerms;
  /** One run of it at its widest, as a form would give it. */
  rawInputs: Record<string, unknown>;
  grant: Ask["grant"];
};

type Errors = { field: string; message: string }[];

type Read =
  | ({ status: "ordered" } & RecipeOrder)
  | { status: "refused"; why: SubmitRefusal }
  | { status: "invalid"; errors: Errors };

/** What a recipe would approve, from what somebody typed; or why there is no such recipe. */
export function readRecipe(
  { access }: Pick<Catalogue, "access">,
  asked: RecipeAsk,
  runbook: LoadedRunbook,
  policy: Decided,
  now: Date,
): Read {
  const why = whyNoRecipe(runbook, policy);
  if (why || !policy.recipes) return { status: "refused", why: why ?? noRecipes(runbook) };
  const { inputs, errors } = readRanges(runbook, asked.inputs);
  const until = readMoment(asked.until, access.timezone ?? "UTC", "end");
  const wrong = [
    ...errors,
    ...peopleErrors(asked, Object.keys(access.groups)),
    ...runsErrors(asked.runs, policy.recipes),
    ...untilErrors(until, policy.recipes, now),
  ];
  if (wrong.length > 0 || !until) return { status: "invalid", errors: wrong };
  const { people, groups, runs } = asked;
  const durationMinutes = Math.min(runbook.grant.maxDurationMinutes, policy.maxDurationMinutes);
  return {
    status: "ordered",
    terms: { inputs, people, groups, runs, until: until.toISOString() },
    rawInputs: widestInputs(inputs, runbook.parameters.properties, now),
    grant: { kind: "single-run", durationMinutes },
  };
}

/** Why nothing of this runbook can be approved in advance; nothing when something can. */
export function whyNoRecipe(
  runbook: LoadedRunbook,
  { recipes, allowBeforeImage }: Pick<Decided, "recipes" | "allowBeforeImage">,
): SubmitRefusal | undefined {
  const { parameters, grant, steps } = runbook;
  if (!recipes) return noRecipes(runbook);
  const own = Object.values(parameters.properties).find(({ type }) => type === "sql");
  if (own) return { kind: "recipe-of-own-query", parameter: own.title };
  if (!grant.kinds.includes("single-run"))
    return { kind: "recipe-needs-single-run", runbook: runbook.metadata.name };
  const looks = steps.some((step) => step.action === "dynamodb:UpdateItem" && step.beforeImage === "shown");
  return looks && allowBeforeImage
    ? { kind: "recipe-of-looked-at-write", runbook: runbook.metadata.name }
    : undefined;
}

function noRecipes({ metadata }: LoadedRunbook): SubmitRefusal {
  return { kind: "no-recipes", runbook: metadata.name };
}

function readRanges(
  { parameters }: LoadedRunbook,
  raw: Readonly<Record<string, unknown>>,
): { inputs: Record<string, InputRange>; errors: Errors } {
  const inputs: Record<string, InputRange> = {};
  const errors: Errors = Object.keys(raw)
    .filter((name) => !Object.hasOwn(parameters.properties, name))
    .map((field) => ({ field, message: "This runbook has no such parameter." }));
  for (const [name, parameter] of Object.entries(parameters.properties)) {
    const given = Object.hasOwn(raw, name) ? raw[name] : undefined;
    const read = readRange(parameter, given, parameters.required?.includes(name) ?? false);
    if (read.status === "valid") inputs[name] = read.range;
    else errors.push({ field: name, message: read.message });
  }
  return { inputs, errors };
}

function peopleErrors({ people, groups }: RecipeAsk, known: readonly string[]): Errors {
  const unknown = groups.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    return [{ field: "groups", message: `access.yml has no group called ${unknown.join(", ")}.` }];
  if (people.length + groups.length === 0)
    return [{ field: "people", message: "Say who may use it: people, groups, or both." }];
  return people.length > MAX_RECIPE_VALUES
    ? [{ field: "people", message: `At most ${MAX_RECIPE_VALUES} people; name a group for more.` }]
    : [];
}

function runsErrors(runs: number, { maxRuns }: AccessRecipes): Errors {
  return Number.isInteger(runs) && runs >= 1 && runs <= maxRuns
    ? []
    : [{ field: "runs", message: `A whole number from 1 to ${maxRuns}; the policy allows no more.` }];
}

function untilErrors(until: Date | undefined, { maxDays }: AccessRecipes, now: Date): Errors {
  if (!until) return [{ field: "until", message: "A day that exists, like 2026-12-01." }];
  const ms = until.getTime() - now.getTime();
  if (ms <= 0) return [{ field: "until", message: "That day is over; choose a later one." }];
  return ms > maxDays * 86_400_000
    ? [{ field: "until", message: `The policy allows at most ${maxDays} days; choose an earlier day.` }]
    : [];
}
