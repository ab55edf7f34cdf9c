import { describe, expect, test } from "vitest";
import type { Access } from "../../src/runbook/access-file.ts";
import type { Request } from "../../src/request/request.ts";
import type { StandaloneFact } from "../../src/workflow/ports.ts";
import { submitRequest } from "../../src/workflow/submit-request.ts";
import type { Ask } from "../../src/workflow/use-cases.ts";
import { requester } from "../fixtures/a-request.ts";
import { MemoryStore } from "../slack/memory-store.ts";
import { aBench } from "./a-run.ts";

const ask: Ask = {
  key: "one form",
  requester,
  runbook: "orders-by-id",
  rawInputs: { order_id: "O-00000001" },
  grant: { kind: "single-run", durationMinutes: 15 },
  reason: "To see what is kept",
};

async function aDesk(change: (access: Access) => void = () => {}) {
  const { deps, catalogue } = await aBench();
  const access = structuredClone(catalogue.access);
  change(access);
  const created: Request[] = [];
  const facts: StandaloneFact[] = [];
  const logged: string[] = [];
  const note = (...parts: unknown[]) => void logged.push(JSON.stringify(parts));
  return {
    created,
    facts,
    logged,
    submit: (more: Partial<Ask> = {}) =>
      submitRequest(
        {
          ...deps,
          catalogue: () => ({ ...catalogue, access }),
          log: { info: note, warn: note, error: note },
          store: {
            ...deps.store,
            create: async (request) => {
              if (created.some(({ id }) => id === request.id)) return "exists";
              created.push(request);
              return "created";
            },
            get: async (id) => {
              const request = created.find((one) => one.id === id);
              return request && new MemoryStore(request).get(id);
            },
            recordFact: async (fact) => void facts.push(fact),
          },
        },
        { ...ask, ...more },
      ),
  };
}

function approvers(count: number) {
  return (access: Access) => {
    access.groups["orders-platform"]!.members = Array.from({ length: count }, (_, at) => `U1${at + 1e8}`);
  };
}

describe("what is stored of a request", () => {
  test("names everybody who could approve once, however many they are", async () => {
    const desk = await aDesk(approvers(500));
    expect((await desk.submit()).status).toBe("submitted");
    const document = JSON.stringify(desk.created);
    expect(document.match(/U1100000499/g)).toHaveLength(1);
    expect(Buffer.byteLength(document)).toBeLessThan(40_000);
  });

  test("has room for all that follows: a request that would be larger is refused, and says so", async () => {
    const desk = await aDesk(approvers(4_000));
    const outcome = await desk.submit();
    expect(outcome).toMatchObject({ status: "refused", why: { kind: "too-large", maxBytes: 150_000 } });
    expect(desk.created).toEqual([]);
    expect(desk.facts).toMatchObject([{ type: "act.refused", why: "too-large" }]);
  });
});

describe("a form that is sent again because its first answer was lost", () => {
  test("is the request that already stands", async () => {
    const desk = await aDesk();
    const first = await desk.submit();
    expect(await desk.submit()).toMatchObject({
      status: "submitted",
      request: { id: first.status === "submitted" ? first.request.id : "none" },
    });
    expect(desk.created).toHaveLength(1);
  });

  test("and was edited in between is not said to be submitted: what waits is the first", async () => {
    for (const edit of [{ rawInputs: { order_id: "O-00000002" } }, { reason: "Another reason" }]) {
      const desk = await aDesk();
      await desk.submit();
      expect(await desk.submit(edit)).toMatchObject({
        status: "refused",
        why: { kind: "already-submitted", requestId: desk.created[0]?.id },
      });
      expect(desk.created).toHaveLength(1);
    }
  });
});

describe("a runbook that there is not", () => {
  test("is recorded and logged by its first 80 characters, without any that hide or forge", async () => {
    const desk = await aDesk();
    const name = `orders\n\u202E{"level":"error"}${"x".repeat(100_000)}`;
    const outcome = await desk.submit({ runbook: name });
    const shown = `orders????level???error??${"x".repeat(55)}`;
    expect(outcome).toMatchObject({ why: { kind: "unknown-runbook", name: shown } });
    expect(desk.facts).toMatchObject([{ act: `request ${shown}`, why: "unknown-runbook" }]);
    expect(desk.logged.join("")).toContain(shown);
    expect(desk.logged.join("")).not.toContain("x".repeat(56));
  });
});
