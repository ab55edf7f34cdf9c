import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findBreak } from "../../src/request/audit-event.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  ask,
  type Asked,
  cardSays,
  dataCalls,
  INCIDENTS,
  inThread,
  refusalFacts,
  stored,
  toldPrivately,
} from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const pair = {
  runbook: "orders-pair",
  fields: { "First order": "O-00000001", "Second order": "O-00000002" },
};

describe("an incident that is over", () => {
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

  type Tied = Parameters<typeof ask>[1] & { incident: string; channel?: string };

  /** A window whose first run is over, asked for this incident. */
  async function openWindow(tied: Tied): Promise<Asked> {
    const asked = await ask(world, { ...pair, window: true, ...tied });
    await approve(world, asked);
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    return asked;
  }

  const closes = (role: string, what: string, channel = INCIDENTS) => {
    const person = world.slack.as(role);
    return toldPrivately(person, () => person.command(`/jit incident close ${what}`, { channel }));
  };
  const stateOf = async ({ requestId }: Asked) => (await stored(world, requestId)).request.state;

  test("ends every access that was asked for it, also one under way, and cancels what waits; others go on", async () => {
    const incident = "INC-7001";
    const open = await openWindow({ incident, as: "engineer" });
    const other = await openWindow({ incident: "INC-70010", as: "engineer" });
    const waiting = await ask(world, { incident: "inc-7001 ", as: "oncall" });
    world.aws.faults.add({
      service: "dynamodb",
      operation: "BatchGetItem",
      times: 1,
      effect: { kind: "hang", when: "after" },
    });
    const running = await ask(world, { ...pair, incident, as: "oncall" });
    await approve(world, running);
    await world.aws.calls.waitForCall((call) => call.sessionName === `jit-${running.requestId}-1`);

    const told = await closes("security", "Inc-7001");
    expect(told).toContain("2 accesses are ending, 1 waiting request was cancelled");
    const cut = await stored(world, running.requestId, ({ request }) => request.runs[0]?.state === "stopped");
    for (const { request } of [cut, await stored(world, open.requestId)]) {
      expect(request.revocation).toMatchObject({ cause: "incident-closed", by: { userId: "U0SECURITY" } });
      expect(findBreak(request.id, request.events)).toBeUndefined();
    }
    for (const asked of [open, running]) await inThread(world, asked, "closed its incident");
    const { request } = await stored(world, waiting.requestId);
    expect(request).toMatchObject({ state: "cancelled", closed: { cause: "incident-closed" } });
    await inThread(world, waiting, "its incident is over");
    await cardSays(world, waiting, "its incident is over");
    await approve(world, waiting);
    expect(await stateOf(waiting)).toBe("cancelled");
    expect(dataCalls(world, waiting.requestId)).toEqual([]);
    expect(await stateOf(other)).toBe("active");
  });

  test("ends nothing for whoever could not end it one by one, and says how many are left", async () => {
    const incident = "INC-7002";
    const asked = await openWindow({ incident, as: "oncall" });
    const own = await openWindow({ incident, as: "engineer" });
    const told = await closes("engineer", incident);
    expect(told).toContain("1 access is ending");
    expect(told).toContain("1 request that was asked for INC-7002 is not yours to end");
    expect(await stateOf(asked)).toBe("active");
    expect((await stored(world, own.requestId)).request.revocation?.cause).toBe("incident-closed");
    const refusals = await refusalFacts(world);
    expect(refusals).toContainEqual(
      expect.objectContaining({ act: "close incident", requestId: asked.requestId, why: "not-yours" }),
    );
    expect(await closes("lead", incident)).toContain("1 access is ending");
    await stored(world, asked.requestId, ({ request }) => request.state !== "active");
    expect(await closes("lead", incident)).toContain("so nothing was ended");
  });

  test("is closed by its channel: here, or named", async () => {
    const here = await openWindow({ incident: "INC-7003", as: "engineer", channel: "#inc-4211" });
    const there = await openWindow({ incident: "INC-7003", as: "oncall" });
    expect(await closes("security", "here", "#inc-4211")).toContain("1 access is ending");
    expect((await stored(world, here.requestId)).request.revocation?.cause).toBe("incident-closed");
    expect(await stateOf(there)).toBe("active");
    expect(await closes("security", "<#C0INCIDENTS|incidents>")).toMatch(
      /[1-9]\d* access(es are| is) ending/,
    );
    await stored(world, there.requestId, ({ request }) => request.state !== "active");
  });

  test("says how it is used when nothing is named", async () => {
    for (const typed of ["/jit incident", "/jit incident close", "/jit incident open INC-1"]) {
      const person = world.slack.as("oncall");
      const told = await toldPrivately(person, () => person.command(typed, { channel: INCIDENTS }));
      expect(told).toContain("Say which incident is over");
    }
  });
});

describe("the channel of an incident that is archived", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    // No sweep within the test unless it asks for one: what ends by the event ends by the event alone.
    world = await aWorld({ runbooksDir: copies.dir, overrides: { sweepEveryMs: 3_600_000 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("ends what was asked in it by Slack's event, where Slack says so too, and else by the next sweep", async () => {
    const channel = "#inc-4211";
    const open = await ask(world, { ...pair, window: true, as: "engineer", channel });
    await approve(world, open);
    await stored(world, open.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    const waiting = await ask(world, { as: "oncall", channel });
    const elsewhere = await ask(world, { as: "oncall" });

    // An event that is not true: somebody unarchived it at once.
    const event = { type: "channel_archive", channel: "C0INC4211", user: "U0LEAD" };
    const looks = () => world.slack.record.api("conversations.info").length;
    const before = looks();
    await world.slack.deliver(anEvent(world, event));
    await world.slack.until(() => looks() > before || undefined);

    const archivedAt = new Date().toISOString();
    world.slack.faults.archive(channel);
    const { request } = await stored(world, open.requestId, (now) => now.request.revocation !== undefined);
    expect(request.revocation).toEqual({ cause: "incident-closed", startedAt: expect.any(String) });
    // So the event that was not true ended nothing.
    expect(request.revocation?.startedAt.localeCompare(archivedAt)).toBeGreaterThanOrEqual(0);
    await stored(world, waiting.requestId, (now) => now.request.state === "cancelled");
    await inThread(world, open, "the channel of its incident was archived");
    await inThread(world, waiting, "the channel of its incident was archived");
    expect((await stored(world, elsewhere.requestId)).request.state).toBe("pending");

    // Slack's event is lost.
    world.slack.workspace.channel(INCIDENTS).isArchived = true;
    await world.startReplica({ queuePrefix: `${world.config.queuePrefix}-swept` }, { sweepEveryMs: 200 });
    await stored(world, elsewhere.requestId, (now) => now.request.state === "cancelled");
  });
});

function anEvent({ slack }: World, event: Record<string, unknown>): Parameters<World["slack"]["deliver"]>[0] {
  return {
    kind: "events_api",
    acceptsResponse: false,
    payload: {
      type: "event_callback",
      team_id: slack.teamId,
      api_app_id: slack.appId,
      event_id: "Ev0UNTRUE",
      event,
    },
  };
}
