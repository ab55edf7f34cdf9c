import { describe, expect, test } from "vitest";
import { RetryableError } from "../../src/errors.ts";
import { endGrant } from "../../src/workflow/end-grant.ts";
import { performRun } from "../../src/workflow/perform-run.ts";
import type { ResultDelivery } from "../../src/workflow/ports.ts";
import type { ActOutcome } from "../../src/workflow/use-cases.ts";
import { lead, requester } from "../fixtures/a-request.ts";
import { aBench, succeeded } from "./a-run.ts";

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

  /** A Slack that is away for good, and tells when it was tried. */
  function awaySlack(onTry: (tries: number) => void) {
    let tries = 0;
    const delivery: ResultDelivery = {
      deliver: async () => {
        tries += 1;
        onTry(tries);
        throw new RetryableError("Slack is away");
      },
    };
    return { delivery, tried: () => tries };
  }

  test.each([
    ["an approver", lead, undefined],
    ["the requester", requester, undefined],
    ["an admin", { teamId: "T0SANDBOX", userId: "U0SECURITY" }, "wrong customer"],
  ])(
    "that wait for Slack are withheld by %s, although the run has ended its grant",
    async (_, by, reason) => {
      const bench = await aBench();
      let outcome: ActOutcome | undefined;
      let ending: Promise<unknown> = Promise.resolve();
      const slack = awaySlack((tries) => {
        const act = { requestId: bench.requestId, by, ...(reason === undefined ? {} : { reason }) };
        if (tries === 1) ending = endGrant(bench.deps, act).then((done) => (outcome = done));
      });
      await performRun({ ...bench.deps, delivery: slack.delivery }, bench.requestId, 1);
      await ending;
      expect(outcome?.status).toBe("done");
      expect(slack.tried()).toBe(1);
      expect(bench.store.request).toMatchObject({
        state: "revoking",
        revocation: { cause: "completed" },
        runs: [{ state: "succeeded", delivery: { status: "withheld", by } }],
      });
      const { fact } = bench.store.request.events.at(-1) ?? {};
      expect(fact).toMatchObject({ type: "result.settled" });
      if (reason !== undefined) expect(fact).toMatchObject({ delivery: { reason } });
    },
  );

  test("are withheld by nobody else", async () => {
    const bench = await aBench();
    let outcome: ActOutcome | undefined;
    const delivery: ResultDelivery = {
      deliver: async () => {
        const by = { teamId: "T0SANDBOX", userId: "U0ENGINEER" };
        outcome = await endGrant(bench.deps, { requestId: bench.requestId, by });
        return { status: "delivered", as: "table" };
      },
    };
    await performRun({ ...bench.deps, delivery }, bench.requestId, 1);
    expect(outcome).toMatchObject({ status: "refused", why: { kind: "not-yours" } });
    expect(bench.store.request.runs[0]?.delivery?.status).toBe("delivered");
  });

  test("that Slack takes while somebody withholds them are recorded as delivered, and recalled", async () => {
    const bench = await aBench();
    const delivery: ResultDelivery = {
      deliver: async () => {
        await endGrant(bench.deps, { requestId: bench.requestId, by: lead });
        return { status: "delivered", as: "table" };
      },
    };
    await performRun({ ...bench.deps, delivery }, bench.requestId, 1);
    expect(bench.store.request.runs[0]?.delivery).toMatchObject({ status: "delivered", recalled: true });
  });

  test("are not brought after the granted time", async () => {
    const bench = await aBench();
    // The run itself took all of it but a moment.
    bench.session.execute = async () => {
      bench.clock.advance(15 * 60_000 - 5_000);
      return succeeded;
    };
    const slack = awaySlack(() => bench.clock.advance(10_000));
    await performRun({ ...bench.deps, delivery: slack.delivery }, bench.requestId, 1);
    expect(slack.tried()).toBe(1);
    expect(bench.store.request.runs[0]?.delivery).toMatchObject({
      status: "withheld",
      why: expect.stringContaining("granted time was over"),
    });
  });

  test("wait no longer once the process is told to stop: one more try, then they are said to be lost", async () => {
    const bench = await aBench();
    const slack = awaySlack((tries) => {
      if (tries === 1) bench.stopping.abort();
    });
    await performRun({ ...bench.deps, delivery: slack.delivery }, bench.requestId, 1);
    expect(slack.tried()).toBe(2);
    const [run] = bench.store.request.runs;
    expect(run?.delivery).toMatchObject({ status: "lost", why: expect.stringContaining("was stopped") });
  });

  test("wait while the store can't say whether they may be brought", async () => {
    const bench = await aBench();
    let isAway = false;
    const { store } = bench.deps;
    const get: typeof store.get = async (id) => {
      if (isAway && bench.store.request.runs[0]?.state === "succeeded") {
        isAway = false;
        throw new Error("the table is away");
      }
      return store.get(id);
    };
    bench.session.onIssue = () => {
      isAway = true;
    };
    await performRun({ ...bench.deps, store: { ...store, get } }, bench.requestId, 1);
    expect(isAway).toBe(false);
    expect(bench.store.request.runs[0]?.delivery).toMatchObject({ status: "delivered" });
  });
});
