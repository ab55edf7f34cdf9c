import { describe, expect, test } from "vitest";
import type { Request } from "../../src/request/request.ts";
import type { Access } from "../../src/runbook/access-file.ts";
import type { ReviewBook, StandaloneFact } from "../../src/workflow/ports.ts";
import { submitRequest } from "../../src/workflow/submit-request.ts";
import type { Ask } from "../../src/workflow/use-cases.ts";
import { requester } from "../fixtures/a-request.ts";
import { aBench } from "./a-run.ts";

const ask: Ask = {
  key: "one form",
  requester,
  runbook: "orders-by-id",
  rawInputs: { order_id: "O-00000001" },
  // Whatever is sent, the tightest terms count.
  grant: { kind: "window", durationMinutes: 60 },
  reason: "Orders are stuck and nobody answers",
  reference: "INC-4211",
  breakGlass: true,
};

async function aDesk(reviews: Partial<ReviewBook> = {}, change: (access: Access) => void = () => {}) {
  const { deps, catalogue } = await aBench();
  const access = structuredClone(catalogue.access);
  change(access);
  const steps: string[] = [];
  const created: Request[] = [];
  const facts: StandaloneFact[] = [];
  const desk = {
    ...deps,
    catalogue: () => ({ ...catalogue, access }),
    reviews: { ...deps.reviews, owe: async () => void steps.push("owe"), ...reviews },
    store: {
      ...deps.store,
      get: async () => undefined,
      create: async (request: Request) => {
        steps.push("create");
        created.push(request);
        return "created" as const;
      },
      recordFact: async (fact: StandaloneFact) => void facts.push(fact),
    },
  };
  return {
    steps,
    created,
    facts,
    submit: (more: Partial<Ask> = {}) => submitRequest(desk, { ...ask, ...more }),
  };
}

describe("a break-glass", () => {
  test("is stored active, on the tightest terms, after its review was entered", async () => {
    const desk = await aDesk();
    expect((await desk.submit()).status).toBe("submitted");
    expect(desk.steps).toEqual(["owe", "create"]);
    expect(desk.created[0]).toMatchObject({
      state: "active",
      plan: { grant: { kind: "single-run", durationMinutes: 15, maxRuns: 1 } },
      breakGlass: { channel: "C0AUDIT", reviewers: [{ userId: "U0SECURITY" }] },
    });
  });

  test("whose review can't be stored starts nothing", async () => {
    const desk = await aDesk({ owe: () => Promise.reject(new Error("the table is away")) });
    expect(await desk.submit()).toMatchObject({ status: "refused", why: { kind: "review-not-stored" } });
    expect(desk.created).toEqual([]);
    expect(desk.facts).toMatchObject([{ act: "break-glass orders-by-id", why: "review-not-stored" }]);
  });

  test("starts nothing while earlier reviews can't be looked up", async () => {
    const desk = await aDesk({ owed: () => Promise.reject(new Error("the table is away")) });
    expect(await desk.submit()).toMatchObject({ why: { kind: "review-not-stored" } });
    expect(desk.created).toEqual([]);
  });

  test("is refused by a rule that denies, like everything", async () => {
    const rule = { name: "freeze", deny: 'runbook.name == "orders-by-id"', because: "A freeze." };
    const desk = await aDesk({}, (access) => {
      access.rules = [rule];
    });
    expect(await desk.submit()).toMatchObject({ why: { kind: "denied-by-rule", rule: "freeze" } });
    expect(desk.steps).toEqual([]);
  });

  test("is for who may ask for the runbook only", async () => {
    const desk = await aDesk({}, (access) => {
      access.groups["engineering"] = { members: ["U0LEAD"] };
    });
    expect(await desk.submit()).toMatchObject({ why: { kind: "not-a-requester" } });
  });

  test("needs nobody who could approve", async () => {
    const desk = await aDesk({}, (access) => {
      access.groups["orders-platform"] = { members: [requester.userId] };
    });
    expect((await desk.submit()).status).toBe("submitted");
    expect(desk.created[0]?.state).toBe("active");
  });

  test.each<[string, Partial<Ask>, string]>([
    ["a short reason", { reason: "  orders are stuck    " }, "reason"],
    ["no incident", { reference: "  " }, "reference"],
    ["an input that is none", { rawInputs: { order_id: "1 OR 1=1" } }, "order_id"],
  ])("with %s is not taken", async (_, more, field) => {
    const desk = await aDesk();
    expect(await desk.submit(more)).toMatchObject({ status: "invalid", errors: [{ field }] });
    expect(desk.steps).toEqual([]);
  });

  test("of a write shows no item first, since nobody decides by it", async () => {
    const desk = await aDesk();
    const outcome = await desk.submit({
      runbook: "orders-release-lock",
      rawInputs: { order_id: "O-00000001", holder: "worker-7" },
    });
    if (outcome.status === "invalid") throw new Error(JSON.stringify(outcome.errors));
    expect(desk.created[0]?.plan.write?.before).toEqual({ status: "not-shown", because: "policy" });
    expect(desk.created[0]?.state).toBe("active");
  });
});
