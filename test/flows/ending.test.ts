import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  approveInStoreOnly,
  ask,
  type Asked,
  cardSays,
  dataCalls,
  readCalls,
  INCIDENTS,
  inThread,
  PATIENCE,
  queueAgain,
  sessionsOf,
  stored,
  toldPrivately,
} from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const pair = {
  runbook: "orders-pair",
  fields: { "First order": "O-00000001", "Second order": "O-00000002" },
};

describe("access that is cut short, or used again", () => {
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

  /** Approved, and AWS never answers: the run is under way. */
  async function underWay(asking: Parameters<typeof ask>[1]): Promise<Asked> {
    world.aws.faults.add({
      service: "dynamodb",
      operation: "BatchGetItem",
      times: 1,
      effect: { kind: "hang", when: "after" },
    });
    const asked = await ask(world, { ...pair, ...asking });
    await approve(world, asked);
    await world.aws.calls.waitForCall(
      (call) => call.operation === "BatchGetItem" && call.sessionName === `jit-${asked.requestId}-1`,
    );
    return asked;
  }

  async function revoke(asked: Asked, role: string, reason: string): Promise<void> {
    const person = world.slack.as(role);
    await person.click(await cardSays(world, asked, "[Revoke"), "Revoke…");
    const form = await person.waitForView("Reason", PATIENCE);
    await person.fill(form, { Reason: reason }).submit();
  }

  test("an approver revokes a run under way: it stops, its rows reach nobody, and the thread says why (field failure 8)", async () => {
    const asked = await underWay({});
    const reason = "Wrong incident, stop this";
    await revoke(asked, "lead", reason);
    await inThread(world, asked, "Access is ending");
    await inThread(world, asked, reason);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.state === "stopped",
    );
    expect(request.state).toBe("revoking");
    expect(request.revocation).toMatchObject({ cause: "revoked", by: { userId: "U0LEAD" }, reason });
    await cardSays(world, asked, "Access is ending");

    clock.advance(60_000);
    const ended = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(ended.request.runs[0]?.lease?.end).toBeDefined();
    expect(ended.request.runs[0]?.delivery).toBeUndefined();
    await inThread(world, asked, "Access ended");
    const direct = world.slack
      .as("oncall")
      .directMessages()
      .filter(({ rendered }) => rendered.includes("Only you see these rows"));
    expect(direct).toEqual([]);
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("files of earlier runs are gone with the access that is revoked, and every copy and thread says so (field failure 8)", async () => {
    const asked = await ask(world, {
      runbook: "orders-stuck-by-status",
      fields: { Status: "SHIPPED", "In this status since before (UTC)": Math.floor(Date.now() / 1000) },
      window: true,
    });
    await approve(world, asked);
    const { request: first } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    expect(first.runs[0]?.delivery).toMatchObject({ status: "delivered", as: "file" });
    const oncall = world.slack.as("oncall");
    const files = oncall
      .directMessages()
      .flatMap((message) => message.files)
      .filter(({ id }) => oncall.download(id).name === `jit_${asked.requestId}_1.csv`);
    expect(files).toHaveLength(1);
    world.aws.faults.add({
      service: "dynamodb",
      operation: "Query",
      table: "orders",
      times: 1,
      effect: { kind: "hang", when: "after" },
    });
    const own = (words: string, role = "oncall") =>
      world.slack
        .as(role)
        .waitForMessage("dm", (text) => text.includes(asked.requestId) && text.includes(words), PATIENCE);
    await oncall.click(await own("[Run again]"), "Run again");
    await world.aws.calls.waitForCall((call) => call.sessionName === `jit-${asked.requestId}-2`);

    await revoke(asked, "lead", "The wrong list");
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined && "removedAt" in now.request.runs[0].delivery,
    );
    expect(request.runs[1]?.state).toBe("stopped");
    for (const { id } of files) expect(() => oncall.download(id)).toThrow("there is no file");
    clock.advance(60_000);
    await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    for (const words of ["The wrong list", "taken out of Slack", "Access ended"])
      await inThread(world, asked, words);
    await cardSays(world, asked, "Access ended");
    for (const role of ["oncall", "lead", "approver2"]) await own("Access ended", role);
  });

  test("a session that STS gives after its access was ended is recorded, never used, and its end is proven", async () => {
    world.aws.faults.add({
      service: "sts",
      operation: "AssumeRole",
      times: 1,
      effect: { kind: "latency", latencyMs: 4_000 },
    });
    const asked = await ask(world, { ...pair, as: "engineer", window: true });
    await approve(world, asked);
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.state === "running");
    const person = world.slack.as("engineer");
    await person.command(`/jit end ${asked.requestId}`, { channel: INCIDENTS });
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.state === "stopped",
    );
    const [session, ...more] = sessionsOf(world, asked.requestId);
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      state: "revoking",
      runs: [{ lease: { accessKeyId: session?.issued?.accessKeyId } }],
    });
    clock.advance(60_000);
    const ended = await inThread(world, asked, "Access ended");
    expect(ended.rendered).toContain("expired");
    expect(dataCalls(world, asked.requestId)).toEqual([]);
  });

  test("its owner ends it with /jit end while it runs", async () => {
    const asked = await underWay({ as: "engineer", window: true });
    const person = world.slack.as("engineer");
    await toldPrivately(person, () => person.command("/jit end", { channel: INCIDENTS }));
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.state === "stopped",
    );
    expect(request.revocation?.cause).toBe("ended");
    await inThread(world, asked, "ended it");
    const after = await toldPrivately(person, () => person.command("/jit end", { channel: INCIDENTS }));
    expect(after).toContain("no active access to end");
  });

  test("a run that still waits for a worker is stopped, and its job, come late, asks AWS for nothing", async () => {
    const asked = await ask(world, { ...pair, as: "engineer", window: true });
    // Stored, and not handed over yet.
    await approveInStoreOnly(world, asked, clock.now());
    const person = world.slack.as("engineer");
    await person.command(`/jit end ${asked.requestId}`, { channel: INCIDENTS });
    const { request } = await stored(world, asked.requestId, (now) => now.request.state !== "active");
    expect(request.runs).toMatchObject([{ state: "stopped", failure: { code: "grant-ended" } }]);
    await queueAgain(world, asked.requestId, 1);
    await inThread(world, asked, "before this run started, so nothing was read");
    await inThread(world, asked, "Access ended");
    expect(sessionsOf(world, asked.requestId)).toEqual([]);
  });

  test("two who revoke at once revoke it once; the other one, and whoever comes later, is told that it is over", async () => {
    const asked = await underWay({ window: true });
    const card = await cardSays(world, asked, "[Revoke");
    const forms = await Promise.all(
      ["lead", "security"].map(async (role) => {
        const person = world.slack.as(role);
        await person.click(card, "Revoke…");
        return person.fill(await person.waitForView("Reason", PATIENCE), { Reason: `As ${role} says` });
      }),
    );
    const outcomes = await Promise.all(forms.map((form) => form.submit()));
    const told = outcomes.flatMap(({ view }) => (view ? [view.rendered] : []));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("no running access to act on");
    const { request } = await stored(world, asked.requestId, (now) => now.request.state !== "active");
    expect(request.events.filter(({ fact }) => fact.type === "revocation.started")).toHaveLength(1);

    clock.advance(60_000);
    await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    const late = world.slack.as("approver2");
    await late.click(card, "Revoke…");
    await late.waitForView("no running access to act on", PATIENCE);
    const after = (await stored(world, asked.requestId)).request;
    expect(after.revocation).toEqual({ ...request.revocation, provenAt: expect.any(String) });
  });

  test("only its owner, its approvers and admins can end it", async () => {
    const asked = await underWay({ window: true });
    const stranger = world.slack.as("engineer");
    const told = await toldPrivately(stranger, () =>
      stranger.command(`/jit end ${asked.requestId}`, { channel: INCIDENTS }),
    );
    expect(told).toMatch(/only they can do that/);
    expect((await stored(world, asked.requestId)).request.state).toBe("active");
    await revoke(asked, "security", "An admin ends it");
    const { request } = await stored(world, asked.requestId, (now) => now.request.state !== "active");
    expect(request.revocation).toMatchObject({ cause: "revoked", by: { userId: "U0SECURITY" } });
  });

  test("a window runs again when asked, one run at a time, as often as was approved", async () => {
    const asked = await ask(world, { ...pair, window: true });
    await approve(world, asked);
    const person = world.slack.as("oncall");
    const ownCard = () =>
      person.waitForMessage(
        "dm",
        (text) => text.includes(asked.requestId) && text.includes("[Run again]"),
        PATIENCE,
      );
    const card = await ownCard();
    world.aws.faults.add({
      service: "dynamodb",
      operation: "BatchGetItem",
      times: 1,
      effect: { kind: "latency", latencyMs: 400 },
    });
    await person.click(card, "Run again");
    const busy = await toldPrivately(person, () => person.click(card, "Run again"));
    expect(busy).toContain("one run at a time");
    await stored(world, asked.requestId, (now) => now.request.runs[1]?.state === "succeeded");
    const used = await toldPrivately(person, () => person.click(card, "Run again"));
    expect(used).toContain("All 2 runs of this access are used");

    const { request } = await stored(world, asked.requestId);
    expect(request.runs).toHaveLength(2);
    expect(request.votes).toHaveLength(1);
    const keys = sessionsOf(world, asked.requestId).map(({ issued }) => issued?.accessKeyId);
    expect(new Set(keys).size).toBe(2);
    expect(readCalls(world, asked.requestId).map(({ sessionName }) => sessionName)).toEqual([
      `jit-${asked.requestId}-1`,
      `jit-${asked.requestId}-2`,
    ]);
    const lead = world.slack.as("lead");
    const other = await toldPrivately(lead, () =>
      lead.command(`/jit end ${asked.requestId}`, { channel: INCIDENTS }),
    );
    expect(other).toContain("The access is ending");
    const late = await toldPrivately(person, () => person.click(card, "Run again"));
    expect(late).toMatch(/so there is no running access to act on/);
  });

  test("two requests of one person for the same runbook end apart (field failure 10)", async () => {
    const first = await ask(world, { ...pair, window: true });
    const second = await ask(world, { ...pair, window: true });
    for (const asked of [first, second]) {
      await approve(world, asked);
      await inThread(world, asked, "✔");
    }
    const before = (await stored(world, second.requestId)).request;
    const person = world.slack.as("oncall");
    const choice = await toldPrivately(person, () => person.command("/jit end", { channel: INCIDENTS }));
    expect(choice).toContain("Which access should end?");
    await person.command(`/jit end ${first.requestId.toLowerCase()}`, { channel: INCIDENTS });
    await stored(world, first.requestId, (now) => now.request.state !== "active");
    const after = (await stored(world, second.requestId)).request;
    expect(after.state).toBe("active");
    expect(after.grant).toEqual(before.grant);
    await revoke(second, "lead", "Both are over now");
    await stored(world, second.requestId, (now) => now.request.state !== "active");
  });
});

describe("an end that can't be proven", () => {
  const clock = movableClock();
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies({
      "orders-pair.yml": (text) => text.replace("timeoutSeconds: 8", "timeoutSeconds: 1"),
    });
    world = await aWorld({ runbooksDir: copies.dir, overrides: { clock, sweepEveryMs: 200 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("stays “ending” and is tried again; it is never called ended before the proof (field failure 9)", async () => {
    const asked = await ask(world, pair);
    await approve(world, asked);
    await inThread(world, asked, "✔");
    world.aws.faults.add({ service: "dynamodb", operation: "BatchGetItem", effect: { kind: "internal" } });
    await world.aws.calls.waitForCall(
      (call) => call.operation === "BatchGetItem" && call.fault === "internal",
      20_000,
    );
    expect((await stored(world, asked.requestId)).request.state).toBe("revoking");
    await cardSays(world, asked, "Access is ending");
    const thread = world.slack.as("lead").thread("#jit-approvals", asked.card.ts);
    expect(thread.some(({ rendered }) => rendered.includes("Access ended"))).toBe(false);
    clock.advance(30_000);
    const { request } = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(request.runs[0]?.lease?.end?.proof).toBe("expired");
  });
});
