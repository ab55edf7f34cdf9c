import { describe, expect, test } from "vitest";
import { decide } from "../../src/policy/decide.ts";
import { compileExpression, maxExpressionLength, type RuleFacts } from "../../src/runbook/rule-expression.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { AccessRule } from "../../src/runbook/access-rule.ts";
import { lead } from "../fixtures/a-request.ts";
import { anAccess, aPolicy, aQuestion } from "./a-question.ts";

const facts: RuleFacts = {
  plan: { classification: "pii", operation: "read", costUsd: 2, columns: ["id"], classifiedColumns: ["id"] },
  now: { hour: 3n },
  requester: { onCall: true, groups: ["askers"] },
  inputs: { status: "PAID", days: 3n },
};
const limits = { perPersonPerDay: 5 };
const onCall: AccessRule = {
  name: "oncall",
  approve: "requester.onCall && plan.operation == 'read'",
  limits,
};
const never: AccessRule = {
  name: "night",
  deny: "plan.classification == 'pii' && now.hour < 6",
  because: "at night",
};
const costly: AccessRule = {
  name: "costly",
  require: "plan.costUsd > 1.0",
  steps: [{ name: "finance", anyOf: ["payers"], count: 1 }],
};

function access(rules: AccessRule[], more: Partial<Access> = {}): Access {
  return anAccess({ deciders: ["U0LEAD"], payers: ["U0PAYER"] }, { rules, ...more });
}

function verdict(rules: AccessRule[], over: RuleFacts = facts, more: Partial<Access> = {}) {
  const files = access(rules, more);
  return decide(files, aQuestion(files, { facts: over }));
}

describe("rules", () => {
  test("deny wins where a rule would approve at once (field failure 22)", () => {
    expect(verdict([onCall, never])).toMatchObject({
      status: "denied-by-rule",
      rule: "night",
      because: "at night",
    });
    expect(verdict([never, onCall], { ...facts, now: { hour: 12n } })).toMatchObject({
      auto: { rule: "oncall" },
    });
  });

  test("a rule that requires adds its step, says why, and leaves nothing to approve by rule", () => {
    const decided = verdict([onCall, costly]);
    expect(decided).toMatchObject({
      approval: {
        count: 2,
        steps: [
          { name: "approval", because: ["policy orders", "the runbook"].slice(0, 1) },
          { name: "finance", groups: ["payers"], because: ["rule costly: plan.costUsd > 1.0"] },
        ],
      },
    });
    expect(decided).not.toHaveProperty("auto");
  });

  test("never approve what writes", () => {
    const files = access([onCall]);
    const decided = decide(files, aQuestion(files, { facts, proposal: { operation: "write" } }));
    expect(decided).toMatchObject({ status: "decided" });
    expect(decided).not.toHaveProperty("auto");
  });

  test("a policy can want people always", () => {
    const decided = verdict([onCall], facts, { policies: [aPolicy({ always: true })] });
    expect(decided).toMatchObject({ status: "decided", approval: { approvers: [lead] } });
    expect(decided).not.toHaveProperty("auto");
  });

  test.each<[string, RuleFacts]>([
    ["nobody knows who is on call (field failure 21)", { ...facts, requester: { groups: [] } }],
    ["the requester is not on call (field failure 21)", { ...facts, requester: { onCall: false } }],
    ["nothing is known at all", {}],
  ])("approve nothing when %s", (_, over) => {
    expect(verdict([onCall], over)).toMatchObject({ status: "decided" });
    expect(verdict([onCall], over)).not.toHaveProperty("auto");
  });

  test("that deny or require count what is missing as yes", () => {
    expect(verdict([never], {})).toMatchObject({ status: "denied-by-rule", rule: "night" });
    expect(verdict([costly], {})).toMatchObject({ approval: { count: 2 } });
    expect(verdict([never], { ...facts, plan: { classification: "internal" }, now: {} })).toMatchObject({
      status: "decided",
    });
  });

  test("an input that is compared with another kind of value counts as missing", () => {
    const rule: AccessRule = { name: "odd", approve: "inputs.status > 3", limits };
    expect(verdict([rule])).not.toHaveProperty("auto");
  });

  test("are not asked before there is a plan", () => {
    const files = access([never, costly, onCall]);
    const decided = decide(files, aQuestion(files));
    expect(decided).toMatchObject({ status: "decided", approval: { count: 1 }, rules: [] });
    expect(decided).not.toHaveProperty("auto");
  });
});

describe("an expression", () => {
  test.each([
    ["plan.cosUsd > 1", "No such key: cosUsd", 6],
    ["plan.maxRows", "this is int", 1],
    ["now.hour <", "Unexpected token", 11],
    ["secrets.key == 'a'", "Unknown variable: secrets", 1],
    ["plan.region.matches('(a+)+$')", "matches() is not known", 1],
    ["plan.columns.exists(c, plan.columns.all(d, c == d))", "all() stands inside another loop", 24],
    ["!has(requester.onCall)", "has() is for inputs alone", 2],
    ["cel.bind(a, 'x', a == a)", "bind() is not known", 1],
    ["plan.columns.map(c, c) == []", "map() is not known", 1],
    [`${"(".repeat(60)}true${")".repeat(60)}`, "", 1],
    [`now.hour in [${"1,".repeat(60)}1]`, "", 1],
    ["true ".padEnd(maxExpressionLength + 1), "longer than", maxExpressionLength],
  ])("%s is refused with its position", (text, message, at) => {
    const compiled = compileExpression(text);
    expect(compiled).toMatchObject({ status: "wrong", message: expect.stringContaining(message) });
    if (compiled.status === "wrong" && message) expect(compiled.at).toBe(at);
  });

  test("sees of its facts only what is declared, never what every object has", () => {
    for (const text of ["inputs.constructor == 1", "inputs.__proto__ == 1", "inputs['toString'] == 1"]) {
      const compiled = compileExpression(text);
      expect(compiled).toMatchObject({ status: "compiled" });
      if (compiled.status === "compiled") expect(compiled.evaluate(facts)).toBe("unknown");
    }
  });

  test("names the facts that it turns on", () => {
    expect(compileExpression("requester.onCall && inputs.status == 'PAID'")).toMatchObject({
      names: ["requester.onCall", "inputs.status"],
    });
  });

  test("takes little time, however long its facts are", () => {
    const compiled = compileExpression(
      "plan.columns.exists(c, c in plan.classifiedColumns && c.contains('y'))",
    );
    const columns = Array.from({ length: 2_000 }, (_, at) => `x${at}`);
    const before = performance.now();
    if (compiled.status === "compiled") compiled.evaluate({ plan: { columns, classifiedColumns: columns } });
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});
