import { describe, expect, test } from "vitest";
import { explain } from "../../src/policy/explain.ts";
import { type ExplainedWith, explanationParts } from "../../src/policy/explanation-parts.ts";
import type { Question } from "../../src/policy/question.ts";
import { whoParts } from "../../src/policy/who.ts";
import type { SaidPart } from "../../src/request/said.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { AccessRule } from "../../src/runbook/access-rule.ts";
import type { RuleFacts } from "../../src/runbook/rule-expression.ts";
import { approver2, later, lead, T0 } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion, TEAM } from "./a-question.ts";

const person = (userId: string) => ({ teamId: TEAM, userId });

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

const at = {
  now: T0,
  delegations: [
    {
      delegator: approver2,
      delegate: person("U0STANDIN"),
      startsAt: T0.toISOString(),
      endsAt: later(3600).toISOString(),
    },
    {
      delegator: lead,
      delegate: person("U0STRANGER"),
      startsAt: T0.toISOString(),
      endsAt: later(3600).toISOString(),
    },
    {
      delegator: lead,
      delegate: person("U0STANDIN"),
      startsAt: later(60).toISOString(),
      endsAt: later(3600).toISOString(),
    },
  ],
};

/** Everything that lets somebody else decide or start. */
function filesOfOthers(): Access {
  const steps = [
    { name: "owner", anyOf: ["deciders"], count: 1, escalate: { afterMinutes: 10, to: ["payers"] } },
  ];
  const reminders = { afterMinutes: [5, 15], quietHours: "22:00-07:00" };
  const access = files({
    rules: [],
    policies: [aPolicy({ approval: { steps }, reminders, pendingMinutes: 45 })],
    delegation: { to: ["standins"] },
    breakGlass: {
      groups: ["askers"],
      runbooks: ["orders-*"],
      maxMinutes: 15,
      channel: "C0SECURITY",
      reviewers: ["payers"],
      reviewHours: 24,
    },
  });
  access.groups["standins"] = { members: ["U0STANDIN"] };
  return access;
}

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
  return text(explanationParts(explain(access, question, at), { problems: [], ...more }));
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

describe("who else may step in", () => {
  const asked = { proposal: { approvers: ["deciders", "payers"] } };

  test("is said with the time and the rule: reminders, escalation, delegation, the end of waiting", () => {
    const said = explained(filesOfOthers(), asked);
    expect(said).toContain(
      "Those who can decide are reminded after 5, 15 minutes, not from 22:00 to 07:00 unless the risk is high.",
    );
    expect(said).toContain("- owner: after 10 minutes also payers: U0PAYER.");
    expect(said).toContain("may let a member of standins decide for them.");
    expect(said).toContain("- U0STANDIN decides for U0APPROVER2, who is away until 2026-11-21 03:10 UTC.");
    expect(said).not.toMatch(/U0STRANGER|decides for U0LEAD/);
    expect(said).toContain("It lapses after 45 minutes.");
  });

  test("is whoever may break the glass, and who reviews it", () => {
    const said = explained(filesOfOthers(), asked);
    expect(said).toContain(
      "- Yes, at once and without approval, as a member of askers: for 15 minutes at most",
    );
    expect(said).toContain("one of payers reviews it: U0PAYER.");
  });

  test.each([
    ["the runbook is not one of them", { runbooks: ["ct-*"] }, "access.yml offers none for this runbook"],
    ["they are not named for it", { groups: ["payers"] }, "only members of payers may"],
    [
      "only they could review it",
      { reviewers: ["askers"] },
      "nobody else is known in askers who could review",
    ],
  ])("says no where %s", (_, change, why) => {
    const access = filesOfOthers();
    Object.assign(access.breakGlass ?? {}, change);
    expect(explained(access, asked)).toContain(`- No: ${why}`);
  });

  test("is told to anybody by who", () => {
    const access = filesOfOthers();
    const question = aQuestion(access, { ...asked, requester: person("U0NOBODY") });
    const said = text(whoParts(access, question, "requester", at));
    expect(said).toMatch(
      /- owner: payers too, once nobody decided it for 10 minutes \(escalate\)\.\n- payers: U0PAYER/,
    );
    expect(said).toContain(
      "Whom an approver who is away names, of standins (delegation):\n- standins: U0STANDIN",
    );
    expect(said).toContain("U0STANDIN decides for U0APPROVER2");
    expect(said).not.toContain("U0STRANGER");
    expect(said).toMatch(
      /in askers may start it at once, for 15 minutes at most \(breakGlass\):\n- askers: U0ONCALL/,
    );
    expect(said).toMatch(/Of payers somebody else reviews it within 24 hours:\n- payers: U0PAYER/);
    expect(text(whoParts(files(), aQuestion(files()), "requester", at))).not.toMatch(
      /step in|break the glass/,
    );
  });
});

describe("who", () => {
  test("says who can ask, decide, see and end", () => {
    const access = files({ admins: ["payers"] });
    const said = text(whoParts(access, aQuestion(access), "requester", at));
    expect(said).toMatch(/Who can ask for it\n- askers: U0ONCALL/);
    expect(said).toContain("- approval: 1 of deciders; policy orders.\n- deciders: U0LEAD, U0APPROVER2");
    expect(said).toContain("these rules change it: night, costly, oncall.");
    expect(said).toContain("the thread has their number and no row");
    expect(said).toContain("- payers: U0PAYER");
  });

  test("says that a preview stands in the thread only where every policy lets it", () => {
    const shown = files({ policies: [aPolicy({ allowPreview: true })] });
    expect(text(whoParts(shown, aQuestion(shown), "thread-preview", at))).toContain("a masked preview");
    expect(text(whoParts(files(), aQuestion(files()), "thread-preview", at))).not.toContain(
      "a masked preview",
    );
  });

  test("names nobody's own manager, since that is another person for each", () => {
    const access = files();
    access.groups["deciders"] = { manager: "requester" };
    expect(text(whoParts(access, aQuestion(access), "requester", at))).toContain(
      "deciders: who leads the person that asks",
    );
  });
});
