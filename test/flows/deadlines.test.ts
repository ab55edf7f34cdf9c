import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../fixtures/eventually.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  ask,
  cardSays,
  readCalls,
  INCIDENTS,
  inThread,
  PATIENCE,
  sessionsOf,
  stored,
  toldPrivately,
} from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const MINUTE = 60_000;

/** The sweeper sleeps here, so that what is late still has its buttons. */
describe("deadlines that nobody has swept yet", () => {
  const clock = movableClock();
  let world: World;
  /** Time passes for everybody. */
  const pass = (ms: number) => clock.advance(ms);

  beforeAll(async () => {
    world = await aWorld({ overrides: { clock, sweepEveryMs: 3_600_000 } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("a late approval within the time to live still gives the full window: two clocks (field failure 14)", async () => {
    const asked = await ask(world, { window: true });
    pass(59 * MINUTE);
    await approve(world, asked);
    await inThread(world, asked, "✔");
    const { grant } = (await stored(world, asked.requestId)).request;
    expect(Date.parse(grant?.endsAt ?? "") - Date.parse(grant?.startsAt ?? "")).toBe(15 * MINUTE);
    expect(Date.parse(grant?.endsAt ?? "")).toBeGreaterThan(clock.now().getTime() + 14 * MINUTE);
  });

  test("an approval after the time to live is refused although the buttons are still there (field failure 13)", async () => {
    const asked = await ask(world, { as: "engineer" });
    const { lapsesAt } = (await stored(world, asked.requestId)).request;
    pass(Date.parse(lapsesAt) - clock.now().getTime() + 1);
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, asked));
    expect(told).toContain("lapsed");
    expect(told).toContain("can ask again");
    expect((await stored(world, asked.requestId)).request.votes).toEqual([]);
    expect(sessionsOf(world, asked.requestId)).toEqual([]);
  });

  test("a run at the window's last second gets no session, and says so (field failure 15)", async () => {
    const asked = await ask(world, { as: "engineer", window: true });
    await approve(world, asked);
    await inThread(world, asked, "✔");
    const { grant } = (await stored(world, asked.requestId)).request;
    pass(Date.parse(grant?.endsAt ?? "") - clock.now().getTime() - 2_900);
    await runAgain(world, "engineer", asked.requestId);
    await inThread(world, asked, "The window was over before a session could be made");
    const sessions = sessionsOf(world, asked.requestId);
    expect(sessions.every(({ issued }) => issued?.arn.endsWith(`/jit-${asked.requestId}-1`))).toBe(true);
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("a run shortly before the window's end gets a session that ends with the window (field failure 15)", async () => {
    const asked = await ask(world, { as: "engineer", window: true });
    await approve(world, asked);
    await inThread(world, asked, "✔");
    const { grant } = (await stored(world, asked.requestId)).request;
    pass(Date.parse(grant?.endsAt ?? "") - clock.now().getTime() - 15_000);
    await runAgain(world, "engineer", asked.requestId);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[1]?.state === "succeeded",
    );
    // The clocks of AWS and of this host agree here.
    const endsAt = Date.parse(request.runs[1]?.lease?.expiresAt ?? "");
    expect(endsAt).toBeLessThanOrEqual(Date.parse(grant?.endsAt ?? ""));
  });
});

describe("deadlines, swept", () => {
  const clock = movableClock();
  let world: World;

  beforeAll(async () => {
    world = await aWorld({ overrides: { clock, sweepEveryMs: 200 } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("what waits for approval does not wait for ever: it lapses and every copy says so (field failure 16)", async () => {
    const asked = await ask(world);
    clock.advance(60 * MINUTE);
    const card = await cardSays(world, asked, "Lapsed");
    expect(card.rendered).not.toContain("[Approve]");
    for (const role of ["lead", "approver2", "oncall"]) {
      const copy = await world.slack.as(role).waitForMessage("dm", /Lapsed/, PATIENCE);
      expect(copy.rendered).toContain(asked.requestId);
    }
    const { request } = await stored(world, asked.requestId);
    expect(request.events.map(({ fact }) => fact.type)).toEqual(["request.submitted", "request.lapsed"]);
  });

  test("a window that nobody uses any more ends by itself, and its end is proven (field failure 16)", async () => {
    const asked = await ask(world, { window: true });
    await approve(world, asked);
    await inThread(world, asked, "✔");
    expect((await stored(world, asked.requestId)).request.state).toBe("active");
    clock.advance(16 * MINUTE);
    const { request } = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(request.revocation?.cause).toBe("expired");
    expect(request.runs[0]?.lease?.end).toMatchObject({ proof: "expired" });
    await cardSays(world, asked, "Access ended");
  });
});

describe.each([
  ["ahead of", 10 * MINUTE],
  ["behind", -10 * MINUTE],
])("a host whose clock is ten minutes %s that of AWS", (_, skewMs) => {
  const clock = movableClock(skewMs);
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

  test("gives no session a longer life than a host with the right time would (field failure 17)", async () => {
    const asked = await ask(world);
    await approve(world, asked);
    await inThread(world, asked, "✔");
    const { request } = await stored(world, asked.requestId);
    const longestMs = request.plan.limits.timeoutSeconds * 1000 + 10_000;
    const sessions = sessionsOf(world, asked.requestId);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions) {
      const { Policy } = session.request as { Policy: string };
      const [, until] = /"aws:CurrentTime":"([^"]+)"/.exec(Policy) ?? [];
      expect(Date.parse(until ?? "")).toBeLessThanOrEqual(session.at.getTime() + longestMs + 3_000);
    }
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("proves the end of a session by AWS's clock, not by its own (field failure 17)", async () => {
    const pair = { runbook: "orders-pair", fields: { "First order": "O-00000001" } };
    const asked = await ask(world, { ...pair, window: true });
    await approve(world, asked);
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    await world.slack.as("oncall").command(`/jit end ${asked.requestId}`, { channel: INCIDENTS });
    // The sweeper comes for the rows while the session still lives: by a clock that is ahead it would look dead.
    await inThread(world, asked, "taken out of Slack");
    clock.advance(MINUTE);
    const { request } = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    const { lease } = request.runs[0] ?? {};
    const endedByAws = Date.parse(lease?.end?.at ?? "") - skewMs;
    expect(endedByAws).toBeGreaterThanOrEqual(Date.parse(lease?.expiresAt ?? ""));
  });
});

describe("a host whose clock leaps ahead, alone", () => {
  let aheadMs = 0;
  const clock = { now: () => new Date(Date.now() + aheadMs) };
  let world: World;

  beforeAll(async () => {
    world = await aWorld({ overrides: { clock, sweepEveryMs: 200 } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("takes no session for over that AWS still allows; AWS is asked what time it is (field failure 17)", async () => {
    const asked = await ask(world, { window: true });
    await approve(world, asked);
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    const timesAsked = () => world.aws.calls.query({ operation: "GetCallerIdentity" }).length;
    const before = timesAsked();
    aheadMs = 60 * MINUTE;
    await eventually(() => timesAsked() >= before + 2, PATIENCE.timeoutMs);
    const { request } = await stored(world, asked.requestId);
    expect(request.revocation?.cause).toBe("expired");
    // Its own worker may have seen AWS refuse it; nobody may have concluded it from the time.
    expect(request.runs[0]?.lease?.end?.proof).not.toBe("expired");

    world.aws.clock.advance(MINUTE);
    const ended = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(ended.request.runs[0]?.lease?.end).toBeDefined();
  });
});

/** Presses Run again on the requester's own card. */
async function runAgain({ slack }: World, role: string, requestId: string): Promise<void> {
  const person = slack.as(role);
  const card = await person.waitForMessage(
    "dm",
    (text) => text.includes(requestId) && text.includes("[Run again]"),
    PATIENCE,
  );
  await person.click(card, "Run again");
}
