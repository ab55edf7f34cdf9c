import { describe, expect, test } from "vitest";
import { recordRefusal } from "../../src/workflow/record-refusal.ts";
import type { StandaloneFact } from "../../src/workflow/ports.ts";
import { lead, requester } from "../fixtures/a-request.ts";

function aLedger() {
  const facts = new Map<string, StandaloneFact>();
  let at = Date.parse("2026-11-21T02:10:00.000Z");
  const said: { level: string; message: string }[] = [];
  const note = (level: string) => (message: string) => said.push({ level, message });
  let fails = false;
  const deps = {
    store: {
      recordFact: async (fact: StandaloneFact) => {
        if (fails) throw new Error("the table is away");
        facts.set(fact.id, facts.get(fact.id) ?? fact);
      },
    } as unknown as Parameters<typeof recordRefusal>[0]["store"],
    clock: { now: () => new Date(at) },
    log: { info: note("info"), warn: note("warn"), error: note("error") },
  };
  return {
    facts,
    said,
    deps,
    pass: (ms: number) => {
      at += ms;
    },
    fail: () => {
      fails = true;
    },
  };
}

const refusal = { actor: lead, act: "approve request", requestId: "R1", why: "own-request" };

describe("a refusal that is repeated", () => {
  test("is one fact within an hour, however often it happens", async () => {
    const { facts, deps, pass } = aLedger();
    for (let time = 0; time < 50; time++) {
      await recordRefusal(deps, refusal);
      pass(1_000);
    }
    expect([...facts.values()]).toMatchObject([{ ...refusal, at: "2026-11-21T02:10:00.000Z" }]);
  });

  test("is one fact also when somebody types names that no runbook has", async () => {
    const { facts, deps } = aLedger();
    for (let time = 0; time < 50; time++)
      await recordRefusal(deps, { actor: lead, act: `request name-${time}`, why: "unknown-runbook" });
    expect([...facts.values()]).toMatchObject([{ act: "request name-0" }]);
  });

  test("is another fact in the next hour, of another person, act, request or reason", async () => {
    const { facts, deps, pass } = aLedger();
    await recordRefusal(deps, refusal);
    await recordRefusal(deps, { ...refusal, actor: requester });
    await recordRefusal(deps, { ...refusal, act: "deny request" });
    await recordRefusal(deps, { ...refusal, requestId: "R2" });
    await recordRefusal(deps, { ...refusal, why: "not-an-approver" });
    pass(3_600_000);
    await recordRefusal(deps, refusal);
    expect(facts.size).toBe(6);
  });
});

test("a refusal that can't be recorded never throws: it is logged, and stays a refusal", async () => {
  const { deps, said, fail } = aLedger();
  fail();
  await recordRefusal(deps, refusal);
  expect(said.map(({ level }) => level)).toEqual(["info", "error"]);
});
