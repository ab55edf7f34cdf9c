import { describe, expect, test } from "vitest";
import { RetryableError } from "../../src/errors.ts";
import { performRun } from "../../src/workflow/perform-run.ts";
import type { ResultDelivery } from "../../src/workflow/ports.ts";
import { aBench } from "./a-run.ts";

describe("rows on their way", () => {
  test("wait for a Slack that fails, and arrive once", async () => {
    const bench = await aBench();
    let tries = 0;
    const delivery: ResultDelivery = {
      deliver: async () => {
        tries += 1;
        if (tries === 1) throw new RetryableError("Slack is away");
        return { status: "delivered", as: "table" };
      },
    };
    await performRun({ ...bench.deps, delivery }, bench.requestId, 1);
    expect(tries).toBe(2);
    expect(bench.store.request.runs[0]?.delivery).toMatchObject({ status: "delivered", as: "table" });
  });

  test("are given up after ten minutes, and that is recorded", async () => {
    const bench = await aBench();
    const delivery: ResultDelivery = {
      deliver: async () => {
        bench.clock.advance(10 * 60_000);
        throw new RetryableError("Slack is away");
      },
    };
    await performRun({ ...bench.deps, delivery }, bench.requestId, 1);
    const [run] = bench.store.request.runs;
    expect(run?.delivery).toMatchObject({ status: "lost" });
    expect(bench.store.request.events.map(({ fact }) => fact.type)).toContain("result.settled");
  });

  test("that Slack refuses for good are not tried again", async () => {
    const bench = await aBench();
    let tries = 0;
    const delivery: ResultDelivery = {
      deliver: async () => {
        tries += 1;
        throw new Error("a bug");
      },
    };
    await performRun({ ...bench.deps, delivery }, bench.requestId, 1);
    expect(tries).toBe(1);
    expect(bench.store.request.runs[0]?.delivery).toMatchObject({ status: "lost" });
  });
});
