import { describe, expect, test } from "vitest";
import { policyFindings } from "../../src/policy/policy-findings.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { AccessStep } from "../../src/runbook/access-step.ts";
import { anAccess, aPolicy, aQuestion } from "./a-question.ts";

type Proposed = NonNullable<Parameters<typeof aQuestion>[1]>["proposal"];

function found(access: Access, proposal: Proposed = {}): { path: string; message: string }[] {
  const { proposal: proposed } = aQuestion(access, { proposal });
  return policyFindings(access, [proposed]).map(({ path, message }) => ({ path: path.join("."), message }));
}

const enough = { deciders: ["U0LEAD", "U0APPROVER2"] };

describe("a runbook", () => {
  test("that people may ask for and approve is not worth a word", () => {
    expect(found(anAccess(enough))).toEqual([]);
  });

  test("whose name a policy has, and nothing else of it, is told (ACC06)", () => {
    const access = anAccess(enough, { policies: [aPolicy({ risk: ["critical"] })] });
    expect(found(access)).toMatchObject([
      { path: "policies.0", message: expect.stringMatching(/^ACC06: no policy lets anybody ask/) },
    ]);
  });

  test("that nobody may ask for is told: no group in common, or nobody in it (ACC06)", () => {
    expect(found(anAccess(enough), { requesters: ["deciders"] })).toMatchObject([
      { path: "policies.0.requesters", message: expect.stringContaining("share no group") },
    ]);
    expect(found(anAccess({ ...enough, askers: [] }))).toMatchObject([
      { path: "policies.0.requesters", message: expect.stringContaining("nobody is in askers") },
    ]);
  });

  test("that nobody could approve, whoever asks, is told (ACC19)", () => {
    const alone = anAccess({ deciders: ["U0LEAD"], askers: ["U0LEAD"] });
    expect(found(alone)).toMatchObject([
      {
        path: "policies.0.approval",
        message: expect.stringMatching(/^ACC19: .*needs 1 of deciders, and 0 can/),
      },
    ]);
    expect(found(anAccess({ deciders: ["U0LEAD"], askers: ["U0LEAD", "U0ONCALL"] }))).toEqual([]);
  });

  test("is not judged where a directory has a say, or a rule could approve", () => {
    const access = anAccess({ deciders: [] });
    expect(found(access)).toHaveLength(1);
    const asked = { ...access, groups: { ...access.groups, deciders: { userGroup: "S0DECIDERS" } } };
    expect(found(asked)).toEqual([]);
    const rules = [{ name: "all", approve: "true", limits: { perPersonPerDay: 1 } }];
    expect(found({ ...access, rules })).toEqual([]);
    const always = [aPolicy({ always: true })];
    expect(found({ ...access, rules, policies: always })).toHaveLength(1);
  });
});

describe("an escalation (ACC20)", () => {
  const step = (more: Partial<AccessStep> = {}): AccessStep => ({
    name: "owner",
    anyOf: ["deciders"],
    count: 1,
    escalate: { afterMinutes: 10, to: ["chiefs", "security"] },
    ...more,
  });
  const groups = { ...enough, chiefs: ["U0CHIEF"], security: ["U0SECURITY"] };
  const withSteps = (...steps: AccessStep[]) =>
    anAccess(groups, { policies: [aPolicy({ approval: { steps } })] });

  test("to groups that the runbook's approvers leave out is told at its line", () => {
    expect(found(withSteps(step()), { approvers: ["deciders", "chiefs"] })).toMatchObject([
      {
        path: "policies.0.approval.steps.0.escalate.to",
        message: expect.stringContaining('for "orders-by-id" the step owner does not escalate to security:'),
      },
    ]);
    expect(found(withSteps(step()), { approvers: ["deciders", "chiefs", "security"] })).toEqual([]);
  });

  test("of a step for each of several groups is told too", () => {
    const { anyOf: _, ...both } = step();
    const access = withSteps({ ...both, allOf: ["deciders", "chiefs"] });
    expect(found(access, { approvers: ["deciders", "chiefs"] })).toMatchObject([
      { message: expect.stringContaining("does not escalate to security") },
    ]);
  });

  test("that another policy's step of that name does not share is told", () => {
    const { escalate: _, ...without } = step();
    const access = anAccess(groups, {
      policies: [
        aPolicy({ approval: { steps: [step()] } }),
        aPolicy({ name: "more", approval: { steps: [without] } }),
      ],
    });
    expect(found(access, { approvers: ["deciders", "chiefs", "security"] })).toMatchObject([
      { message: expect.stringContaining("does not escalate to chiefs or security") },
    ]);
  });
});
