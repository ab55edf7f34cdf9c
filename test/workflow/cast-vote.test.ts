import { expect, test } from "vitest";
import type { Request } from "../../src/request/request.ts";
import { submit } from "../../src/request/submit.ts";
import { castVote } from "../../src/workflow/cast-vote.ts";
import { lead } from "../fixtures/a-request.ts";
import { MemoryStore } from "../slack/memory-store.ts";
import { aBench, type Bench } from "./a-run.ts";

function asked({ store, clock }: Bench, durationMinutes: number): Request {
  const { plan, reason, approval } = store.request;
  const grant = { ...plan.grant, durationMinutes };
  return submit({ plan: { ...plan, grant }, reason, approval, pendingMinutes: 60 }, clock.now());
}

test("a request that somebody narrowed while a vote was weighed is judged anew: the vote is refused", async () => {
  const bench = await aBench();
  const weighed = new MemoryStore(asked(bench, 15));
  const narrowed = new MemoryStore(asked(bench, 5));
  const { deps } = bench;
  const vote = (read: MemoryStore) =>
    castVote(
      {
        ...deps,
        store: {
          ...deps.store,
          get: (id) => read.get(id),
          change: (id, decide) => narrowed.change(id, decide),
        },
      },
      {
        requestId: bench.requestId,
        by: lead,
        decision: "approve",
        shownDigest: narrowed.request.planDigest.slice(0, 12),
      },
    );
  expect(await vote(weighed)).toMatchObject({ status: "refused", why: { kind: "changed-since-shown" } });
  expect(narrowed.request.votes).toEqual([]);
  expect(await vote(narrowed)).toMatchObject({ status: "done", request: { state: "active" } });
});
