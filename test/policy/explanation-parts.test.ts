import { describe, expect, test } from "vitest";
import { explain } from "../../src/policy/explain.ts";
import { type ExplainedWith, explanationParts } from "../../src/policy/explanation-parts.ts";
import type { Question } from "../../src/policy/question.ts";
import { whoParts } from "../../src/policy/who.ts";
import type { SaidPart } from "../../src/request/said.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { AccessRule } from "../../src/runbook/access-rule.ts";
import type { RuleFacts } from "../../src/runbook/rule-expression.ts";
import { anAccess, aPolicy, aQuestion } from "./a-question.ts";

const facts: RuleFacts = { plan: { costUsd: 0 }, requester: { onCall: true }, now: { hour: 12n } };
const rules: AccessRule[] = [
  { name: "night", deny: "now.hour < 6", because: "Nobody reads at night." },
  {
    name: "costly",
    require: "plan.costUsd > 1.0",
    steps: [{ name: "finance", anyOf: ["payers"], count: 1 }],
  },
  { name: "oncall", approve: "requester.onCall", limits: { perPersonPerDay: 5, rowsPerDay: 1000 } },
];

function files(more: Partial<Access> = {}): Access {
  return anAccess({ deciders: ["U0LEAD", "U0APPROVER2"], payers: ["U0PAYER"] }, { rules, ...more });
}

function text(parts: readonly SaidPart[]): string {
  const said = (line: SaidPart["lines"][number]) =>
    line.map((one) => (typeof one === "string" ? one : one.userId)).join("");
  return parts
    .map(({ title, lines }) => [title, ...lines.map((line) => `- ${said(line)}`)].join("\n"))
    .join("\n");
}

function explained(
  access: Access,
  asked: Parameters<typeof aQuestion>[1] = { facts },
  more: Partial<ExplainedWith> = {},
): string {
  const question: Question = aQuestion(access, asked);
  return text(explanationParts(explain(access, question), { problems: [], ...more }));
}

describe("an explanation", () => {
  test("says who is the only one for several steps, since nobody counts twice", () => {
    const both = { name: "both", allOf: ["deciders", "payers"], count: 1 };
    const access = anAccess(
      { deciders: ["U0SECURITY"], payers: ["U0SECURITY"] },
      { policies: [aPolicy({ approval: { steps: [both] } })] },
    );
    expect(explained(access, { facts, proposal: { approvers: ["deciders", "payers"] } })).toContain(
      "Nobody could approve it: 2 needed for both (deciders) and both (payers); U0SECURITY is the only one for both, and nobody counts twice.",
    );
  });

  test("says that nobody decides because the runbook names no last editor", () => {
    const approval = { approvers: ["deciders"], count: 1, lastEditor: "exclude" as const };
    const access = files({ policies: [aPolicy({ approval })] });
    expect(explained(access)).toContain(
      "approval: 1 of nobody, because the runbook names no lastEditor. Asked for by policy orders.",
    );
    expect(explained(access, { facts, proposal: { lastEditor: "U0LEAD" } })).toContain(
      "approval: 1 of U0APPROVER2 (in deciders).",
    );
  });

  test("says by which group and policy, who decides and why them, and which rule approves", () => {
    const said = explained(files());
    expect(said).toContain("- Yes, as a member of askers, by policy orders.");
    expect(said).toContain(
      "approval: 1 of U0LEAD (in deciders), U0APPROVER2 (in deciders). Asked for by policy orders.",
    );
    expect(said).toContain(
      "The rule oncall approves at most 5 requests and 1,000 rows of one person a day; after that:",
    );
    expect(said).toContain("- oncall holds: when requester.onCall, it approves without anybody");
  });

  test("says what would add a step, and what would refuse", () => {
    const said = explained(files());
    expect(said).toContain(
      "costly does not hold: when plan.costUsd > 1.0, then it adds the step finance (1 of payers).",
    );
    expect(said).toContain("night does not hold: when now.hour < 6, then it refuses: Nobody reads at night.");
  });

  test.each([
    [
      "a rule adds a step",
      files(),
      { facts: { ...facts, plan: { costUsd: 2 } } },
      "the rule costly adds a step",
    ],
    [
      "a policy always wants people",
      files({ policies: [aPolicy({ always: true })] }),
      { facts },
      "the policy orders always wants people",
    ],
    [
      "it writes",
      files(),
      { facts, proposal: { operation: "write" as const } },
      "people judge what a write changes",
    ],
  ])("says why a rule that holds approves nothing: %s", (_, access, asked, why) => {
    expect(explained(access, asked)).toContain(
      `oncall holds, but ${why}: when requester.onCall, then it approves`,
    );
  });

  test.each([
    [{ requests: 3, rows: 900, isEnough: true }, "left today: 3 more requests, 900 rows. After that:"],
    [{ requests: 0, rows: 900, isEnough: false }, "which is too little for this, so people decide:"],
  ])("says what is left of a rule's limits today: %j", (left, words) => {
    expect(explained(files(), { facts }, { left })).toContain(words);
  });

  test("names the rule that denies, with what it says", () => {
    const said = explained(files(), { facts: { ...facts, now: { hour: 3n } } });
    expect(said).toContain("- No: the rule night denies it. Nobody reads at night.");
    expect(said).toContain("- It denies when now.hour < 6.");
    expect(explained(files(), { facts: { ...facts, now: {} } })).toContain("unavailable means no");
  });

  test("says whose it is to somebody who may not ask, and nothing of its rules", () => {
    const said = explained(files(), { facts, requester: { teamId: "T0SANDBOX", userId: "U0NOBODY" } });
    expect(said).toContain("- No: only members of askers may, by the runbook and policy orders.");
    expect(said).not.toContain("oncall");
  });

  test("says that nobody may ask for what no policy is for", () => {
    expect(explained(files({ policies: [] }))).toContain("no policy of access.yml is for this runbook");
  });

  test("says which directory can't be asked, and that it is the manual path", () => {
    const access = files();
    access.groups["deciders"] = { schedule: "primary" };
    access.schedules = { primary: { provider: "pagerduty", schedule: "PORDERS" } };
    const said = explained(access, { facts });
    expect(said).toContain(
      "Who is in deciders can’t be known now (PagerDuty did not answer within 2 s), so nobody counts as one of them: the manual path.",
    );
    expect(said).toContain("Nobody could approve it: 1 needed, 0 can.");
    expect(said).toContain("deciders, by pagerduty schedule PORDERS: can’t be known (PagerDuty did not");
  });

  test("without inputs it says why no rule was asked, and still what each would do", () => {
    const said = explained(files(), {}, { problems: ["order_id: Needed."] });
    expect(said).toContain("Can’t be said, and no rule was asked: order_id: Needed.");
    expect(said).toContain(
      "oncall is asked over inputs: when requester.onCall, then it approves without anybody",
    );
  });
});

describe("who", () => {
  test("says who can ask, decide, see and end", () => {
    const access = files({ admins: ["payers"] });
    const said = text(whoParts(access, aQuestion(access), "requester"));
    expect(said).toMatch(/Who can ask for it\n- askers: U0ONCALL/);
    expect(said).toContain("- approval: 1 of deciders; policy orders.\n- deciders: U0LEAD, U0APPROVER2");
    expect(said).toContain("these rules change it: night, costly, oncall.");
    expect(said).toContain("the thread has their number and no row");
    expect(said).toContain("- payers: U0PAYER");
  });

  test("says that a preview stands in the thread only where every policy lets it", () => {
    const shown = files({ policies: [aPolicy({ allowPreview: true })] });
    expect(text(whoParts(shown, aQuestion(shown), "thread-preview"))).toContain("a masked preview");
    expect(text(whoParts(files(), aQuestion(files()), "thread-preview"))).not.toContain("a masked preview");
  });

  test("names nobody's own manager, since that is another person for each", () => {
    const access = files();
    access.groups["deciders"] = { manager: "requester" };
    expect(text(whoParts(access, aQuestion(access), "requester"))).toContain(
      "deciders: who leads the person that asks",
    );
  });
});
