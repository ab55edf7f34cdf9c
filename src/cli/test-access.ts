import type { Problem } from "../errors.ts";
import type { Verdict } from "../policy/decide.ts";
import type { Membership } from "../policy/membership.ts";
import { personOf } from "../policy/membership.ts";
import type { Access } from "../runbook/access-file.ts";
import type { AccessTest } from "../runbook/access-test-file.ts";
import type { Catalogue } from "../runbook/load-catalogue.ts";
import { checkSql } from "../sql/check-sql.ts";
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
  const outcome = await explainAccess(deps, asked, new Date(test.at));
  if (outcome.status === "unknown-runbook")
    return { path: ["runbook"], message: `there is no runbook "${test.runbook}"` };
  if (!outcome.plan)
    return { path: ["inputs"], message: `the inputs make no plan: ${outcome.problems.join("; ")}` };
  return compare(test, outcome);
}

/** Directories that answer what the test says, and nothing else. */
function peopleOf(test: AccessTest, access: Access): People {
  const known = (members: readonly string[] | undefined): Membership =>
    members
      ? { status: "known", value: members.map((member) => personOf(member, TEAM)) }
      : { status: "unavailable", why: "the test does not say" };
  return {
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
  { explanation, left }: Extract<ExplainOutcome, { status: "explained" }>,
): Wrong | undefined {
  const { verdict, steps } = explanation;
  const decided = verdictWord(explanation, left?.isEnough ?? true);
  if (decided !== expect.verdict) {
    const message = [`expected ${expect.verdict}, decided ${decided}`, ...unknownGroups(verdict)].join("; ");
    return { path: ["expect", "verdict"], message };
  }
  const rule =
    verdict.status === "denied-by-rule"
      ? verdict.rule
      : verdict.status === "decided"
        ? verdict.auto?.rule
        : undefined;
  if (expect.rule !== undefined && rule !== expect.rule)
    return { path: ["expect", "rule"], message: `expected ${expect.rule}, decided ${rule ?? "by no rule"}` };
  if (!expect.steps) return undefined;
  const shown = expect.steps.map((wanted, at) => {
    const step = steps[at];
    return {
      name: step?.name,
      ...(wanted.count === undefined ? {} : { count: step?.count }),
      ...(wanted.people === undefined
        ? {}
        : { people: step?.people.map(({ person }) => shownPerson(person)).toSorted() }),
    };
  });
  const wanted = expect.steps.map((one) => (one.people ? { ...one, people: one.people.toSorted() } : one));
  const same =
    steps.length === wanted.length && JSON.stringify(shown) === JSON.stringify(wanted.map(inOrder));
  if (same) return undefined;
  const names = steps.map(({ name, count, people }) => {
    const who = people.map(({ person }) => shownPerson(person)).join(", ");
    return `${name} (${count} of ${who || "nobody"})`;
  });
  return {
    path: ["expect", "steps"],
    message: [`decided ${names.join("; ") || "no steps"}`, ...unknownGroups(verdict)].join("; "),
  };
}

function inOrder({ name, count, people }: NonNullable<AccessTest["expect"]["steps"]>[number]) {
  return { name, ...(count === undefined ? {} : { count }), ...(people === undefined ? {} : { people }) };
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

function verdictWord({ verdict }: { verdict: Verdict }, isLeft: boolean): string {
  if (verdict.status !== "decided") return verdict.status;
  if (verdict.auto && isLeft) return "automatic";
  return verdict.lacking ? "nobody-can-approve" : "people";
}

function shownPerson({ teamId, userId }: { teamId: string; userId: string }): string {
  return teamId === TEAM ? userId : `${teamId}:${userId}`;
}
