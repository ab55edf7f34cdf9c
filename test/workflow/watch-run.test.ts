import { describe, expect, test } from "vitest";
import { beginRevocation } from "../../src/request/revoke.ts";
import { finishRun, startRun } from "../../src/request/run.ts";
import type { Request } from "../../src/request/request.ts";
import { castVote } from "../../src/request/vote.ts";
import { GrantEnded } from "../../src/workflow/grant-ended.ts";
import type { AbandonedQuery } from "../../src/workflow/ports.ts";
import { watchRun } from "../../src/workflow/watch-run.ts";
import { aRequest, later, lead, T0 } from "../fixtures/a-request.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { MemoryStore } from "../slack/memory-store.ts";

const query = { queryExecutionId: "q-1", workgroup: "jit-cloudtrail" };

describe("a query that AWS has just accepted", () => {
  test("is stored before anybody goes on", async () => {
    const bench = aBench();
    await bench.watch.queryStarted(query);
    expect(bench.store.request.runs[0]?.query).toMatchObject(query);
    expect(bench.stopped).toEqual([]);
  });

  test("of a grant that has just ended is stored for the janitor, and its worker is sent away", async () => {
    const bench = aBench();
    bench.become((request) => beginRevocation(request, { cause: "revoked", by: lead }, later(11)));
    await expect(bench.watch.queryStarted(query)).rejects.toThrow(GrantEnded);
    expect(bench.store.request.runs[0]?.query).toMatchObject(query);
    expect(bench.woken).toEqual([bench.store.request.id]);
  });

  test("of a run that was given up meanwhile is stopped by the only one who knows it", async () => {
    const bench = aBench();
    const failure = { code: "worker-lost", sentence: "Gone." };
    bench.become((request) => finishRun(request, 1, { event: "fail", failure }, undefined, later(60)));
    await expect(bench.watch.queryStarted(query)).rejects.toThrow(GrantEnded);
    expect(bench.stopped).toEqual(["q-1"]);
  });

  test("that a store takes only when it is asked again is stored, and goes on", async () => {
    const bench = aBench();
    bench.failing.with = new Error("the table is away");
    bench.failing.times = 1;
    await bench.watch.queryStarted(query);
    expect(bench.store.request.runs[0]?.query).toMatchObject(query);
    expect(bench.stopped).toEqual([]);
  });

  test("whose record's answer was lost is known to be stored, and goes on", async () => {
    const bench = aBench();
    bench.failing.with = new Error("socket hang up");
    bench.failing.times = 1;
    bench.failing.when = "after";
    await bench.watch.queryStarted(query);
    expect(bench.store.request.runs[0]?.query).toMatchObject(query);
    expect(bench.stopped).toEqual([]);
  });

  test("that can't be stored is stopped, and its run ends with what to do about it", async () => {
    const bench = aBench();
    bench.failing.with = new Error("the table is away");
    await expect(bench.watch.queryStarted(query)).rejects.toMatchObject({
      name: "SessionRefused",
      code: "not-recorded",
      cause: bench.failing.with,
    });
    expect(bench.stopped).toEqual(["q-1"]);
  });
});

function aBench() {
  const asked = aRequest();
  const approved = must(castVote(asked, { by: lead, decision: "approve" }, { rule: "r" }, T0));
  const memory = new MemoryStore(must(startRun(approved, 1, "w1", later(10))));
  const failing: { with?: Error; times?: number; when?: "after" } = {};
  const stopped: string[] = [];
  const woken: string[] = [];
  const nothing = async () => {};
  const deps = {
    store: {
      create: async () => "created" as const,
      get: (id: string) => memory.get(id),
      change: async (...order: Parameters<MemoryStore["change"]>) => {
        if (failing.with && failing.when !== "after") throw take(failing);
        const outcome = await memory.change(...order);
        if (failing.with) throw take(failing);
        return outcome;
      },
      heartbeat: async () => memory.request.state,
      ofPerson: async () => [],
      due: async () => [],
      lookAgain: async () => true,
      recordFact: nothing,
      saveProjection: async () => "saved" as const,
    },
    queue: { run: nothing, project: nothing, stop: nothing, wake: async (id: string) => void woken.push(id) },
    clock: { now: () => later(12) },
    log: silentLog,
    worker: "w1",
    sessions: { issue: () => Promise.reject(new Error("no session was expected")) },
    keeper: { keep: () => {}, [Symbol.asyncDispose]: nothing },
    janitor: {
      attend: async ({ query: { queryExecutionId } }: AbandonedQuery) => ({
        state: async () => "RUNNING" as const,
        stop: async () => void stopped.push(queryExecutionId),
        [Symbol.dispose]: () => {},
      }),
    },
  };
  const heart = {
    signal: new AbortController().signal,
    progress: () => {},
    elapsedMs: () => 0,
    [Symbol.asyncDispose]: nothing,
  };
  return {
    store: memory,
    stopped,
    woken,
    failing,
    watch: watchRun(deps, memory.request, 1, heart, []),
    become: (decide: (request: Request) => ReturnType<typeof startRun>) =>
      memory.become(must(decide(memory.request))),
  };
}

function must(outcome: ReturnType<typeof startRun>): Request {
  if (outcome.status !== "changed") throw new Error(`refused: ${JSON.stringify(outcome.why)}`);
  return outcome.request;
}

/** Once more, or for good when nobody said how often. */
function take(failing: { with?: Error; times?: number }): Error {
  const { with: error } = failing;
  if (failing.times !== undefined) failing.times -= 1;
  if (failing.times === 0) delete failing.with;
  return error ?? new Error("nothing was to fail");
}
