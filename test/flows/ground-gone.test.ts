import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, type Asked, inThread, stored } from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const pair = {
  runbook: "orders-pair",
  fields: { "First order": "O-00000001", "Second order": "O-00000002" },
};

describe("an open grant whose ground is gone", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies({
      // A run that hangs stays under way for as long as a busy machine needs.
      "orders-pair.yml": (text) => text.replace("timeoutSeconds: 8", "timeoutSeconds: 60"),
    });
    world = await aWorld({ runbooksDir: copies.dir, overrides: { sweepEveryMs: 200 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });
  afterEach(() => {
    world.aws.faults.clear();
    world.slack.faults.clear();
  });

  /** A window whose first run is over, and nobody presses anything. */
  async function openWindow(as: string): Promise<Asked> {
    const asked = await ask(world, { ...pair, as, window: true });
    await approve(world, asked);
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    return asked;
  }

  const ending = (asked: Asked) =>
    stored(world, asked.requestId, ({ request }) => request.revocation !== undefined);

  test("ends within a sweep when its requester is deactivated, and the thread says so", async () => {
    const asked = await openWindow("engineer");
    world.slack.faults.deactivate("engineer");
    const { request } = await ending(asked);
    expect(request.revocation?.cause).toBe("requester-gone");
    await inThread(world, asked, "its requester’s account may not act any more");
    world.slack.faults.reactivate("engineer");
  });

  test("stays open while the directory can't say who its requester is", async () => {
    const asked = await openWindow("oncall");
    const asking = () => world.slack.record.api("users.info").length;
    const before = asking();
    world.slack.faults.failCall("users.info", "internal_error", { times: 3 });
    await stored(world, asked.requestId, () => asking() >= before + 3);
    expect((await stored(world, asked.requestId)).request.state).toBe("active");
  });

  test("ends within a sweep when its runbook is withdrawn, also while a run is under way", async () => {
    world.aws.faults.add({
      service: "dynamodb",
      operation: "BatchGetItem",
      times: 1,
      effect: { kind: "hang", when: "after" },
    });
    const asked = await ask(world, { ...pair, as: "engineer", window: true });
    await approve(world, asked);
    await world.aws.calls.waitForCall((call) => call.sessionName === `jit-${asked.requestId}-1`);
    await copies.edit("orders-pair.yml", (text) => text.replace("maxRows: 10", "maxRows: 9"));
    expect(await world.app.reload()).toBe("changed");
    const { request } = await ending(asked);
    expect(request.revocation?.cause).toBe("runbook-withdrawn");
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.state === "stopped");
    await inThread(world, asked, "the approved version of its runbook is not published any more");
  });
});
