import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jit } from "../../src/cli/jit.ts";
import { findBreak } from "../../src/request/audit-event.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, cardSays, inThread, stored } from "../flows/acting.ts";

const pair = {
  runbook: "orders-pair",
  fields: { "First order": "O-00000001", "Second order": "O-00000002" },
};

describe("jit revoke", () => {
  let world: World;

  beforeAll(async () => {
    const { runbookCopies } = await import("../flows/runbook-copies.ts");
    const copies = await runbookCopies();
    world = await aWorld({ runbooksDir: copies.dir, overrides: { sweepEveryMs: 200 } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** Without anything of Slack and Redis in its environment. */
  async function run(...args: string[]) {
    const out: string[] = [];
    const err: string[] = [];
    const env = { JIT_TABLE: "jit-requests", AWS_REGION: world.aws.region, AWS_ENDPOINT_URL: world.aws.url };
    const code = await jit(["revoke", ...args], { out: (l) => out.push(l), err: (l) => err.push(l), env });
    return { code, out: out.join("\n"), err: err.join("\n") };
  }

  test("needs to know who does it and why", async () => {
    for (const args of [
      ["--all", "--reason", "x"],
      ["--all", "--by", "x"],
      ["--by", "x", "--reason", "y"],
      ["R1", "--all", "--by", "x", "--reason", "y"],
      ["--all", "--by", "a\u0007b", "--reason", "y"],
    ])
      expect(await run(...args)).toMatchObject({
        code: 2,
        err: expect.stringContaining("Usage"),
      });
    expect(await run("R0000000000000009", "--by", "night shift", "--reason", "x")).toMatchObject({ code: 1 });
  });

  test("ends every open grant, also with a run under way, and cancels what waits, on the worst day", async () => {
    const pending = await ask(world, { as: "oncall" });
    const open = await ask(world, { as: "engineer", window: true, ...pair });
    await approve(world, open);
    await stored(world, open.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    world.aws.faults.add({
      service: "dynamodb",
      operation: "BatchGetItem",
      times: 1,
      effect: { kind: "hang", when: "after" },
    });
    const running = await ask(world, { as: "oncall", window: true, ...pair });
    await approve(world, running);
    await world.aws.calls.waitForCall((call) => call.sessionName === `jit-${running.requestId}-1`);

    const { code, out } = await run("--all", "--by", "night shift", "--reason", "Token leaked, stop all");
    expect(out).toContain("2 grant(s) ended, 1 pending request(s) cancelled, 0 ending already, 0 failed.");
    expect(code).toBe(0);
    for (const { requestId } of [pending, open, running])
      expect(out).toMatch(new RegExp(`^${requestId} `, "m"));

    const stopped = await stored(
      world,
      running.requestId,
      ({ request }) => request.runs[0]?.state === "stopped",
    );
    expect(stopped.request.revocation).toMatchObject({ cause: "revoked", operator: "night shift" });
    const { request } = await stored(world, pending.requestId);
    expect(request).toMatchObject({ state: "cancelled", closed: { operator: "night shift" } });
    expect(request.events.at(-1)).toMatchObject({
      actor: { kind: "operator", name: "night shift" },
      fact: { type: "request.cancelled", reason: "Token leaked, stop all" },
    });
    expect(findBreak(request.id, request.events)).toBeUndefined();
    // Slack is told by the sweeper, in the operator's words.
    await cardSays(world, pending, "operator (“night shift”)");
    await inThread(world, open, "operator (“night shift”) revoked it");
    await inThread(world, open, "Token leaked, stop all");

    expect(await run(open.requestId, "--by", "night shift", "--reason", "again")).toMatchObject({
      code: 0,
      out: expect.stringContaining("Nothing was changed"),
    });
  });
});
