import { describe, expect, test } from "vitest";
import type { Membership } from "../../src/policy/membership.ts";
import { decide, type Decided } from "../../src/policy/decide.ts";
import { mayRun } from "../../src/policy/may-run.ts";
import { mayVote } from "../../src/policy/may-vote.ts";
import { isForPerson, whyRecipeMisses } from "../../src/policy/recipe-misses.ts";
import type { Request } from "../../src/request/request.ts";
import { submit } from "../../src/request/submit.ts";
import { castVote } from "../../src/request/vote.ts";
import type { Access, AccessPolicy } from "../../src/runbook/access-file.ts";
import type { AccessStep } from "../../src/runbook/access-step.ts";
import type { PersonId, Plan } from "../../src/runbook/plan.ts";
import type { RecipeTerms } from "../../src/runbook/recipe.ts";
import type { RuleFacts } from "../../src/runbook/rule-expression.ts";
import { aPlan, later, requester, T0 } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion, TEAM } from "./a-question.ts";

const person = (userId: string): PersonId => ({ teamId: TEAM, userId });
const asker = person("UASKER");
const groups = { askers: [requester.userId, "UASKER", "UA"], owners: ["UA", "UB"], security: ["UC"] };
const owner: AccessStep = { name: "owner", anyOf: ["owners"], count: 1 };
const recipes = { maxRuns: 10, maxDays: 30 };

function withSteps(steps: AccessStep[], more: Partial<AccessPolicy> = {}): Access {
  return anAccess(groups, { policies: [aPolicy({ approval: { steps }, recipes, ...more })] });
}

const terms: RecipeTerms = {
  inputs: {
    status: { is: "one-of", values: ["PAID"] },
    older_than: { is: "period", from: "2026-11-01T00:00:00Z", to: "2026-11-30T23:59:59Z" },
  },
  people: [asker, person("UA")],
  groups: [],
  runs: 3,
  until: "2026-12-01T00:00:00.000Z",
};

type Known = Record<string, Membership>;

function question(access: Access, by: PersonId, facts?: RuleFacts, known: Known = {}) {
  const proposal = { approvers: ["owners", "security", "leaders"] };
  return aQuestion(access, { requester: by, proposal, known, ...(facts ? { facts } : {}) });
}

function verdictOn(access: Access, by: PersonId, facts?: RuleFacts, known?: Known): Decided {
  const verdict = decide(access, question(access, by, facts, known));
  if (verdict.status !== "decided") throw new Error(`the policy says ${verdict.status}`);
  return verdict;
}

/** A recipe that `requester` asked for and these people approved, as the policy then wanted. */
function aRecipe(
  access: Access,
  voters: readonly string[],
  more: Partial<RecipeTerms> = {},
  known: Known = {},
): Request {
  const { approval, pendingMinutes } = verdictOn(access, requester, undefined, known);
  const recipe = { ...terms, ...more, dataSourceDigest: "d".repeat(64) };
  const plan = { ...aPlan(), recipe };
  let request = submit({ plan, reason: "Every night the same", approval, pendingMinutes }, T0);
  for (const voter of voters) {
    const may = mayVote(access, request, person(voter), question(access, requester, undefined, known));
    if (may.status === "refused") throw new Error(may.why.kind);
    const cast = castVote(request, { by: person(voter), decision: "approve" }, may.ballot, later(10));
    if (cast.status === "refused") throw new Error(cast.why.kind);
    ({ request } = cast);
  }
  expect(request.state).toBe("active");
  return request;
}

function why(
  access: Access,
  recipe: Request,
  {
    by = asker,
    plan = {},
    facts,
    known,
  }: { by?: PersonId; plan?: Partial<Plan>; facts?: RuleFacts; known?: Known } = {},
): string | undefined {
  const asked = { ...aPlan(), requester: by, ...plan };
  const verdict = verdictOn(access, by, facts, known);
  const given = { plan: asked, question: question(access, by, facts, known), verdict };
  return whyRecipeMisses(access, recipe, given, later(60));
}

describe("a recipe in force", () => {
  const access = withSteps([owner]);
  const recipe = aRecipe(access, ["UB"]);

  test("approves what is within, for the people whom it names", () => {
    expect(isForPerson(recipe, question(access, asker))).toBe(true);
    expect(why(access, recipe)).toBeUndefined();
    expect(isForPerson(recipe, question(access, requester))).toBe(false);
    expect(isForPerson(recipe, question(access, { ...asker, teamId: "T0OTHER" }))).toBe(false);
  });

  test("is for members of its groups, and for nobody where a group can't be known", () => {
    const forGroup = aRecipe(access, ["UB"], { people: [], groups: ["askers"] });
    expect(isForPerson(forGroup, question(access, asker))).toBe(true);
    const away = { ...access, groups: { ...access.groups, askers: { userGroup: "S0ASKERS" } } };
    expect(isForPerson(forGroup, question(away, asker))).toBe(false);
  });

  test("approves nothing for whoever approved it, by any of their identities", () => {
    const own = aRecipe(access, ["UA"]);
    expect(why(access, own, { by: person("UA") })).toContain("who approved a recipe does not use it");
    expect(why(access, own)).toBeUndefined();
  });

  test.each<[string, Partial<Plan>]>([
    [
      "outside of what it allows: status",
      { inputs: { status: "PICKING", older_than: "2026-11-21T02:10:00Z" } },
    ],
    ["outside of what it allows: older_than", { inputs: { status: "PAID" } }],
    ["single runs", { grant: { kind: "window", durationMinutes: 15, maxRuns: 5 } }],
    ["at most 15 minutes", { grant: { kind: "single-run", durationMinutes: 16, maxRuns: 1 } }],
    [
      "judge what stands in the item",
      { write: { changes: [], attributes: [], before: { status: "to-be-read" } } },
    ],
  ])("does not approve: %s", (words, plan) => {
    expect(why(access, recipe, { plan })).toContain(words);
  });

  test("approves nothing once the policy allows no recipes", () => {
    const { recipes: _, ...without } = aPolicy({ approval: { steps: [owner] } });
    const now = { ...access, policies: [without] };
    expect(why(now, recipe)).toContain("no recipes");
    expect(mayRun(now, question(now, requester), recipe, later(60)).status).toBe("no-longer-allowed");
  });

  test.each([
    { maxRuns: 2, maxDays: 30 },
    { maxRuns: 10, maxDays: 5 },
  ])("may not be used once the policy allows only %j", (less) => {
    const now = withSteps([owner], { recipes: less });
    expect(mayRun(now, question(now, requester), recipe, later(60)).status).toBe("no-longer-allowed");
    expect(mayRun(access, question(access, requester), recipe, later(7 * 86_400)).status).toBe("allowed");
  });
});

describe("what approved a recipe", () => {
  const one = withSteps([owner]);
  const recipe = aRecipe(one, ["UB"]);
  const wantsMore = "the policy wants more for this now";

  test("is not enough where the policy wants more people, or another step, since then", () => {
    expect(why(withSteps([{ ...owner, count: 2 }]), recipe)).toContain(wantsMore);
    const security: AccessStep = { name: "security", anyOf: ["security"], count: 1 };
    expect(why(withSteps([owner, security]), recipe)).toContain(`${wantsMore} than approved it: security`);
  });

  test("is not enough where the step is other groups' now", () => {
    expect(why(withSteps([{ ...owner, anyOf: ["security"] }]), recipe)).toContain(wantsMore);
    expect(why(withSteps([{ ...owner, anyOf: ["owners", "security"] }]), recipe)).toBeUndefined();
  });

  test("is not enough where a rule adds a step for this hour or these inputs", () => {
    const rules = [
      { name: "night", require: "now.hour < 6", steps: [{ name: "night", anyOf: ["security"], count: 1 }] },
    ];
    const access = { ...one, rules };
    expect(why(access, recipe, { facts: { now: { hour: 2n } } })).toContain(
      `${wantsMore} than approved it: night`,
    );
    expect(why(access, recipe, { facts: { now: { hour: 12n } } })).toBeUndefined();
    expect(why(access, recipe, { facts: {} })).toContain("night");
  });

  test("stays given when who approved leaves the group, as for any grant", () => {
    const left = { ...one, groups: { ...one.groups, owners: { members: ["UA"] } } };
    expect(why(left, recipe)).toBeUndefined();
  });

  test("is not enough for a requester whose team may not decide", () => {
    const excluding = withSteps([{ ...owner, exclude: ["requester-team"] }]);
    const access: Access = {
      ...excluding,
      groups: { ...excluding.groups, mates: { members: ["UB", "UASKER"], team: true } },
    };
    expect(why(access, aRecipe(access, ["UB"]))).toContain(wantsMore);
    expect(why(access, aRecipe(access, ["UA"]))).toBeUndefined();
  });

  test("is not enough for a requester who is led by somebody else", () => {
    const manager: AccessStep = { name: "manager", anyOf: ["leaders"], count: 1 };
    const base = withSteps([manager]);
    const access = { ...base, groups: { ...base.groups, leaders: { manager: "requester" as const } } };
    const led = (by: string) => ({ leaders: { status: "known" as const, value: [person(by)] } });
    const ofTheirs = aRecipe(access, ["UB"], {}, led("UB"));
    expect(why(access, ofTheirs, { known: led("UC") })).toContain(wantsMore);
    expect(why(access, ofTheirs, { known: led("UB") })).toBeUndefined();
  });

  test("counts nobody twice", () => {
    const both: AccessStep = { name: "both", anyOf: ["owners", "security"], count: 1 };
    const two = withSteps([owner, both]);
    expect(why(two, aRecipe(two, ["UB", "UC"]))).toBeUndefined();
    const three = withSteps([owner, both, { ...both, name: "third" }]);
    expect(why(three, aRecipe(two, ["UB", "UC"]))).toContain("third");
  });
});
