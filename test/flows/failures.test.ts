import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  APPROVALS,
  approve,
  approveInStoreOnly,
  ask,
  type Asked,
  dataCalls,
  readCalls,
  inThread,
  queueAgain,
  sessionsOf,
  stored,
  toldPrivately,
} from "./acting.ts";
import { eventually } from "../fixtures/eventually.ts";
import { movableClock } from "./movable-clock.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const pair = { runbook: "orders-pair", fields: { "First order": "O-00000001" } };

describe("an AWS that fails", () => {
  const clock = movableClock();
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    world = await aWorld({ runbooksDir: copies.dir, overrides: { clock, sweepEveryMs: 200 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });
  afterEach(() => world.aws.faults.clear());

  async function asked(): Promise<Asked> {
    const request = await ask(world, pair);
    await approve(world, request);
    return request;
  }

  test.each([
    ["sts", "AssumeRole", "AccessDenied", "AWS refused to hand out the session"],
    ["sts", "AssumeRole", "PackedPolicyTooLarge", "The session policy is too large for STS"],
    ["sts", "AssumeRole", "RegionDisabledException", "STS is switched off in the data source's region"],
    ["sts", "AssumeRole", "ExpiredToken", "The bot's own AWS credentials are over"],
    ["dynamodb", "BatchGetItem", "AccessDeniedException", "AWS refused the call"],
    ["dynamodb", "BatchGetItem", "ResourceNotFoundException", "The table or index does not exist"],
    ["dynamodb", "BatchGetItem", "ThrottlingException", "AWS is throttling"],
  ])("%s %s %s fails the run in words and ends the access", async (service, operation, code, sentence) => {
    world.aws.faults.add({ service, operation, effect: { kind: "error", code, message: "internal detail" } });
    const request = await asked();
    const told = await inThread(world, request, "✖ Run 1 failed");
    expect(told.rendered).toContain(sentence);
    expect(told.rendered).not.toContain("internal detail");
    world.aws.faults.clear();
    clock.advance(60_000);
    const ended = await stored(world, request.requestId, (now) => now.request.state === "revoked");
    expect(ended.request.revocation?.cause).toBe("failed");
    expect(ended.request.runs[0]?.failure?.sentence).toContain(sentence);
    const end = await inThread(world, request, "Access ended");
    expect(end.rendered).toContain("its run failed");
    if (service === "sts") expect(end.rendered).toContain("no session was ever issued");
  });

  test("a table of the bot's own that fails for a moment loses nothing", async () => {
    const request = await ask(world, pair);
    world.aws.faults.add({
      service: "dynamodb",
      operation: "UpdateItem",
      times: 2,
      effect: { kind: "internal" },
    });
    await approve(world, request);
    await inThread(world, request, "✔");
    expect(readCalls(world, request.requestId)).toHaveLength(1);
  });

  test("nobody is told of an approval while it can't be stored, and nothing runs (field failure 12)", async () => {
    const request = await ask(world, pair);
    const { requestId, card } = request;
    await stored(world, requestId, (now) => now.projection.shownVersion >= now.version);
    world.aws.faults.add({
      service: "dynamodb",
      operation: "UpdateItem",
      table: "jit-requests",
      effect: { kind: "internal" },
    });
    const lead = world.slack.as("lead");
    const told = await toldPrivately(lead, () => approve(world, request));
    expect(told).toContain("Something went wrong on our side");
    const everywhere = ["lead", "approver2", "oncall"]
      .flatMap((role) => world.slack.as(role).directMessages())
      .concat(lead.thread(APPROVALS, card.ts))
      .filter(({ rendered, threadTs }) => rendered.includes(requestId) || threadTs === card.ts);
    expect(everywhere.length).toBeGreaterThanOrEqual(4);
    for (const { rendered } of everywhere) expect(rendered).not.toMatch(/Approved|✅|▶|✔/);
    expect((await stored(world, requestId)).request).toMatchObject({ state: "pending", votes: [] });
    expect(sessionsOf(world, requestId)).toEqual([]);

    world.aws.faults.clear();
    await approve(world, request);
    await inThread(world, request, "✅ Approved by");
    await inThread(world, request, "✔");
    expect(readCalls(world, requestId)).toHaveLength(1);
  });

  test("a vote whose answer was lost on the way counts once", async () => {
    const request = await ask(world, pair);
    world.aws.faults.add({
      service: "dynamodb",
      operation: "UpdateItem",
      times: 1,
      effect: { kind: "reset", when: "after" },
    });
    await approve(world, request);
    await inThread(world, request, "✔");
    const { request: now } = await stored(world, request.requestId);
    expect(now.votes).toHaveLength(1);
    expect(readCalls(world, request.requestId)).toHaveLength(1);
  });

  test("a requester who was deactivated between approval and run gets nothing (invariant 1)", async () => {
    const request = await ask(world, { ...pair, as: "engineer" });
    world.slack.faults.deactivate("engineer");
    await approve(world, request);
    await inThread(world, request, "The requester may not act any more");
    world.slack.faults.reactivate("engineer");
    expect(dataCalls(world, request.requestId)).toEqual([]);
  });

  test("a directory that can't answer when the run is due keeps it waiting, and it runs later (invariant 6)", async () => {
    const request = await ask(world, { ...pair, as: "engineer" });
    world.slack.faults.failCall("users.info", "internal_error", { times: Infinity });
    const before = world.slack.record.api("users.info").length;
    await approveInStoreOnly(world, request, clock.now());
    await queueAgain(world, request.requestId, 1);
    await eventually(() => world.slack.record.api("users.info").length > before);
    expect((await stored(world, request.requestId)).request.runs[0]?.state).toBe("queued");
    expect(sessionsOf(world, request.requestId)).toEqual([]);
    world.slack.faults.clear();
    clock.advance(20_000);
    await inThread(world, request, "✔");
    expect(readCalls(world, request.requestId)).toHaveLength(1);
  });
});
