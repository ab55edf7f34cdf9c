import { describe, expect, test } from "vitest";
import type { Copy } from "../../src/workflow/ports.ts";
import { onOurCard } from "../../src/workflow/on-our-card.ts";
import { lead } from "../fixtures/a-request.ts";
import { aBench } from "./a-run.ts";

const card: Copy = { role: "card", key: "card", channel: "C0APPROVALS", ts: "1795266449.193000", shown: "x" };
const shownIn = { channel: card.channel, ts: card.ts };

describe("a decision", () => {
  test("in a message that is recorded as posted for the request is carried out", async () => {
    const { decide, put } = await bench();
    put([card]);
    expect(await decide(shownIn)).toBe("carried out");
  });

  test("that is faster than the record of its message waits for it", async () => {
    const { decide, put } = await bench();
    const decided = decide(shownIn);
    setTimeout(() => put([card]), 150);
    expect(await decided).toBe("carried out");
  });

  test.each([
    ["another message of that channel", { channel: card.channel, ts: "1795266449.193001" }],
    ["a message of that time in another channel", { channel: "C0GENERAL", ts: card.ts }],
    ["no message at all", undefined],
  ])("in %s is refused, and the refusal is recorded", async (_, shown) => {
    const { decide, put, refusals } = await bench();
    put([card]);
    expect(await decide(shown)).toMatchObject({ status: "refused", why: { kind: "not-our-card" } });
    expect(refusals).toMatchObject([{ act: "approve request", why: "not-our-card" }]);
  });

  test("on a request that does not exist finds none", async () => {
    const { decide } = await bench();
    expect(await decide(shownIn, "R0000000000000009")).toEqual({ status: "not-found" });
  });
});

async function bench() {
  const { deps, store, requestId } = await aBench();
  const refusals: unknown[] = [];
  const recording = {
    ...deps,
    store: {
      ...deps.store,
      get: (id: string) => store.get(id),
      recordFact: async (fact: unknown) => void refusals.push(fact),
    },
  };
  return {
    refusals,
    put: (copies: Copy[]) => store.put({ ...store.projection, copies }),
    decide: (shown: typeof shownIn | undefined, id = requestId) =>
      onOurCard(
        recording,
        { requestId: id, by: lead, shownIn: shown },
        "approve request",
        async () => "carried out",
      ),
  };
}
