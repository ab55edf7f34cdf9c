import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../errors.ts";
import type { Verdict } from "../policy/decide.ts";
import type { Explanation } from "../policy/explain.ts";
import type { Membership } from "../policy/membership.ts";
import { personOf } from "../policy/membership.ts";
import type { Delegation } from "../request/delegation.ts";
import type { Access } from "../runbook/access-file.ts";
import type { AccessTest } from "../runbook/access-test-file.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { checkSql } from "../sql/check-sql.ts";
import { approveRecipes } from "./approve-recipes.ts";
import { memoryOffice } from "./memory-office.ts";
import { explainAccess, type ExplainOutcome } from "../workflow/explain-access.ts";
import type { People } from "../workflow/ports.ts";
import { readAccessTests } from "./read-access-tests.ts";

/** Team of people whom tests name without one; no real team is called so. */
const TEAM = "T0TEST";

export type AccessTestOutcome = { name: string; problem?: Problem };

/**
 * Plays `access.test.yml` of the directory; nothing where there is none. A test that fails is a problem at its line.
 *
 * @throws RunbookError when the file itself is wrong.
 */
export async function testAccess(dir: string, catalogue: Catalogue): Promise<AccessTestOutcome[]> {
  const file = await readAccessTests(dir);
  if (!file) return [];
  const outcomes: AccessTestOutcome[] = [];
  for (const [at, test] of file.value.tests.entries()) {
    const wrong = await play(test, catalogue);
    const problem = wrong && file.problemAt(["tests", at, ...wrong.path], wrong.message);
    outcomes.push({ name: test.name, ...(problem ? { problem } : {}) });
  }
  return outcomes;
}

type Wrong = { path: string[]; message: string };

async function play(test: AccessTest, catalogue: Catalogue): Promise<Wrong | undefined> {
  const deps = {
    catalogue: () => catalogue,
    team: TEAM,
    people: peopleOf(test, catalogue.access),
    delegations: { all: async () => delegationsOf(test) },
    store: { ofPerson: async () => [] },
    allowances: { taken: async () => test.used },
    checkSql: async (...query: Parameters<typeof checkSql>) => checkSql(...query),
  };
  const asked = {
    runbook: test.runbook,
    requester: personOf(test.requester, TEAM),
    rawInputs: test.inputs,
    history: test.history,
    ...(test.reference === undefined ? {} : { reference: test.reference }),
  };
  const at = new Date(test.at);
  const office = memoryOffice({ ...deps, catalogue, at });
  const wrong = await approveRecipes(office, test);
  if (wrong !== undefined) return { path: ["recipes"], message: `a recipe is not in force: ${wrong}` };
  const outcome = await explainAccess({ ...deps, knowsRecipes: office }, asked, at);
  if (outcome.status === "unknown-runbook")
    return { path: ["runbook"], message: `there is no runbook "${test.runbook}"` };
  if (!outcome.plan)
    return { path: ["inputs"], message: `the inputs make no plan: ${outcome.problems.join("; ")}` };
  return compare(test, outcome);
}

/** Whoever is away is so just now. */
function delegationsOf({ away, at }: AccessTest): Delegation[] {
  const now = Date.parse(at);
  return away.map(({ delegator, delegate }) => ({
    delegator: personOf(delegator, TEAM),
    delegate: personOf(delegate, TEAM),
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + 86_400_000).toISOString(),
  }));
}

/** Directories that answer what the test says, and nothing else. */
function peopleOf(test: AccessTest, access: Access): People {
  const known = (members: readonly string[] | undefined): Membership =>
    members
      ? { status: "known", value: members.map((member) => personOf(member, TEAM)) }
      : { status: "unavailable", why: "the test does not say" };
  return {
    identify: (person) => person,
    async members(source) {
      switch (source.kind) {
        case "user-group": {
          const groups = Object.entries(access.groups).filter(
            ([, { userGroup }]) => userGroup === source.userGroup,
          );
          return known(groups.map(([name]) => test.groups[name]).find(Boolean));
        }
        case "schedule": {
          const names = Object.entries(access.schedules ?? {}).filter(([, one]) => one === source.schedule);
          return known(names.map(([name]) => test.onCall[name]).find(Boolean));
        }
        case "manager":
          return known(test.manager === undefined ? undefined : [test.manager]);
      }
    },
  };
}

function compare(
  { expect }: AccessTest,
  { explanation, recipe, missedRecipes = [], left }: Extract<ExplainOutcome, { status: "explained" }>,
): Wrong | undefined {
  const { verdict } = explanation;
  const decided = verdictWord(explanation, {
    isLeft: left?.isEnough ?? true,
    byRecipe: recipe !== undefined,
  });
  if (decided !== expect.verdict)
    return {
      path: ["expect", "verdict"],
      message: [
        `expected ${expect.verdict}, decided ${decided}`,
        ...missedRecipes.map(({ because }) => `a recipe does not approve it: ${because}`),
        ...unknownGroups(verdict),
      ].join("; "),
    };
  const rule =
    verdict.status === "denied-by-rule"
      ? verdict.rule
      : verdict.status === "decided"
        ? verdict.auto?.rule
        : undefined;
  if (expect.rule !== undefined && rule !== expect.rule)
    return { path: ["expect", "rule"], message: `expected ${expect.rule}, decided ${rule ?? "by no rule"}` };
  return (
    compareSteps(expect.steps, explanation) ??
    differs("reminders", expect.reminders, explanation.waiting?.reminders?.afterMinutes ?? []) ??
    differs(
      "standIns",
      expect.standIns,
      explanation.waiting?.standIns?.map(({ delegate, delegator }) => ({
        delegate: shownPerson(delegate),
        for: shownPerson(delegator),
      })) ?? [],
    ) ??
    differs("breakGlass", expect.breakGlass, breakGlassWord(explanation))
  );
}

function compareSteps(
  expected: AccessTest["expect"]["steps"],
  { verdict, steps, waiting }: Explanation,
): Wrong | undefined {
  if (!expected) return undefined;
  const decided = steps.map(({ name, count, people }) => {
    const escalation = waiting?.escalations.find(({ step }) => step === name);
    return {
      name,
      count,
      people: people.map(({ person }) => shownPerson(person)).toSorted(),
      ...(escalation
        ? {
            escalate: {
              afterMinutes: escalation.afterMinutes,
              people: escalation.people.map(shownPerson).toSorted(),
            },
          }
        : {}),
    };
  });
  const same =
    decided.length === expected.length &&
    decided.every((step, at) => isDeepStrictEqual(step, { ...step, ...asDecided(expected[at], step) }));
  if (same) return undefined;
  const names = decided.map(({ name, count, people, escalate }) => {
    const then = escalate
      ? `, after ${escalate.afterMinutes} minutes also ${escalate.people.join(", ") || "nobody"}`
      : "";
    return `${name} (${count} of ${people.join(", ") || "nobody"}${then})`;
  });
  return {
    path: ["expect", "steps"],
    message: [`decided ${names.join("; ") || "no steps"}`, ...unknownGroups(verdict)].join("; "),
  };
}

type ExpectedStep = NonNullable<AccessTest["expect"]["steps"]>[number];

/** What is expected of it, in the order of what was decided; what is not told may be anything. */
function asDecided(expected: ExpectedStep | undefined, { escalate }: { escalate?: object }) {
  const { people, escalate: next, ...rest } = expected ?? {};
  return {
    ...rest,
    ...(people ? { people: people.toSorted() } : {}),
    ...(next
      ? { escalate: { ...escalate, ...next, ...(next.people ? { people: next.people.toSorted() } : {}) } }
      : {}),
  };
}

function differs(key: string, expected: unknown, decided: unknown): Wrong | undefined {
  if (expected === undefined || isDeepStrictEqual(expected, decided)) return undefined;
  return {
    path: ["expect", key],
    message: `expected ${JSON.stringify(expected)}, decided ${JSON.stringify(decided)}`,
  };
}

/** Who may not ask at all may not break the glass; where the file has none, nobody may. */
function breakGlassWord({ verdict, breakGlass }: Explanation): string {
  if (verdict.status !== "decided") return verdict.status;
  if (!breakGlass) return "no-break-glass";
  return breakGlass.status === "allowed" ? "allowed" : breakGlass.why.kind;
}

/** Groups that the test would have to say something about. */
function unknownGroups(verdict: Verdict): string[] {
  const unavailable =
    verdict.status === "not-a-requester"
      ? verdict.unavailable
      : verdict.status === "decided"
        ? (verdict.approval.unavailable ?? [])
        : [];
  return unavailable.map(({ group, why }) => `who is in ${group} is unavailable: ${why}`);
}

function verdictWord(
  { verdict }: { verdict: Verdict },
  { isLeft, byRecipe }: { isLeft: boolean; byRecipe: boolean },
): string {
  if (verdict.status !== "decided") return verdict.status;
  if (verdict.auto && isLeft) return "automatic";
  if (byRecipe) return "recipe";
  return verdict.lacking ? "nobody-can-approve" : "people";
}

function shownPerson({ teamId, userId }: { teamId: string; userId: string }): string {
  return teamId === TEAM ? userId : `${teamId}:${userId}`;
}
