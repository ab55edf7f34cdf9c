import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SeenMessage } from "../../src/sandbox/slack/acts/seen.ts";
import { findBreak } from "../../src/request/audit-event.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  APPROVALS,
  cardSays,
  readCalls,
  INCIDENTS,
  inThread,
  nextReason,
  PATIENCE,
  refusalFacts,
  requestIdIn,
  stored,
  toldPrivately,
} from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { runbookCopies } from "./runbook-copies.ts";
import { HOLDER, lockedOrder, lockOf } from "./writing.ts";

const SECURITY = "#jit-audit";
const REVIEW_MS = 24 * 3_600_000;

type Broken = { requestId: string; reason: string; told: SeenMessage };

describe("break-glass", () => {
  const clock = movableClock();
  let world: World;
  let first: Broken;

  beforeAll(async () => {
    world = await aWorld({ overrides: { clock, sweepEveryMs: 200 } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  async function open(as: string, shows: string, runbook = "orders-by-id") {
    const person = world.slack.as(as);
    await person.command(`/jit break-glass ${runbook}`, { channel: INCIDENTS });
    return { person, view: await person.waitForView(shows, PATIENCE) };
  }

  async function breakTheGlass(as = "oncall"): Promise<Broken> {
    const { person, view } = await open(as, "Start now");
    const reason = `${nextReason()}: orders are stuck`;
    const sent = await person
      .fill(view, { "Order number": "O-00000001", Reason: reason, "Incident or ticket": "INC-4211" })
      .submit();
    expect(sent.status).toBe("ok");
    const told = await world.slack.as("security").waitForMessage(SECURITY, reason, PATIENCE);
    return { requestId: requestIdIn(JSON.stringify(told)), reason, told };
  }

  test("starts at once without any approval, once, on the tightest terms, and tells security", async () => {
    first = await breakTheGlass();
    const [own] = await world.store.ofPerson({ teamId: "T0SANDBOX", userId: "U0ONCALL" }, 1);
    first.requestId = own?.id ?? "";
    expect(first.told.rendered).toContain("Break-glass");
    expect(first.told.rendered).toContain("INC-4211");
    expect(first.told.rendered).toContain("Review owed");
    expect(JSON.stringify(first.told)).toContain("U0SECURITY");

    const card = await world.slack.as("lead").waitForMessage(APPROVALS, first.reason, PATIENCE);
    const asked = { card, ...first };
    await inThread(world, asked, "✔");
    const thread = world.slack
      .as("lead")
      .thread(APPROVALS, card.ts)
      .filter(({ ts }) => ts !== card.ts);
    expect(thread[0]?.rendered).toContain("Break-glass");
    expect(thread.map(({ rendered }) => rendered).join()).not.toContain("Approved by");
    await cardSays(world, asked, "nobody approved it");
    expect(readCalls(world, first.requestId)).toHaveLength(1);

    const { request } = await stored(world, first.requestId, (now) => now.request.state === "revoking");
    expect(request.plan.grant).toMatchObject({ kind: "single-run", durationMinutes: 15 });
    expect(request.events.slice(0, 3).map(({ fact, actor }) => `${fact.type} ${actor.kind}`)).toEqual([
      "request.submitted person",
      "request.break-glass person",
      "request.approved system",
    ]);
    expect(findBreak(request.id, request.events)).toBeUndefined();
  });

  test("wants a reason of 20 characters and an incident", async () => {
    const { person, view } = await open("oncall", "Start now");
    const fields = { "Order number": "O-00000001", "Incident or ticket": "INC-4211" };
    const short = await person.fill(view, { ...fields, Reason: "too short" }).submit();
    expect(JSON.stringify(short.fieldErrors)).toContain("at least 20");
    const blank = await person
      .fill(view, { ...fields, Reason: `short${" ".repeat(20)}`, "Incident or ticket": "  -" })
      .submit();
    expect(JSON.stringify(blank.fieldErrors)).toContain("at least 20 characters");
    expect(JSON.stringify(blank.fieldErrors)).toContain("names its incident");
  });

  test("is refused to everybody else and recorded, and for runbooks that it is not for", async () => {
    const { view } = await open("engineer", "Only members of incident-response");
    expect(view.rendered).not.toContain("Start now");
    await open("oncall", "There is no break-glass for", "orders-recent-of-customer");
    await open("security", "could review it afterwards");
    const facts = await refusalFacts(world);
    expect(facts.map(({ act, why }) => `${act} ${why}`)).toEqual(
      expect.arrayContaining([
        "break-glass orders-by-id not-for-break-glass",
        "break-glass orders-recent-of-customer no-break-glass",
      ]),
    );
  });

  test("is reviewed by its reviewers alone", async () => {
    const refused = await world.slack.as("lead").click(first.told, "jit_review");
    expect(refused.status).toBe("ok");
    await world.slack.as("lead").waitForView("You are not in security", PATIENCE);
    const { request } = await stored(world, first.requestId);
    expect(request.breakGlass?.owner).toBeUndefined();
  });

  test("whose review is overdue reminds security and suspends the next one", async () => {
    expect(await status()).toContain("review owed until");
    clock.advance(REVIEW_MS + 60_000);
    await world.slack.as("security").waitForMessage(SECURITY, "Review overdue", PATIENCE);
    await open("oncall", "Your break-glass is suspended");
    const said = await status();
    expect(said).toContain("your break-glass is suspended until it is given");
  });

  test("is free again once a reviewer said what they found", async () => {
    const security = world.slack.as("security");
    const [card] = security.messages(SECURITY).filter(({ ts }) => ts === first.told.ts);
    await security.click(card ?? first.told, "jit_review");
    const form = await security.waitForView("Give the review", PATIENCE);
    const words = "Orders were stuck, and the lock had to go";
    const given = await security.fill(form, { Verdict: "Justified", "In words": words }).submit();
    expect(given.status).toBe("ok");
    const { request } = await stored(
      world,
      first.requestId,
      (now) => now.request.breakGlass?.review !== undefined,
    );
    expect(request.breakGlass).toMatchObject({
      owner: { by: { userId: "U0SECURITY" } },
      review: { verdict: "justified", words },
    });
    const reviewing = request.events
      .map(({ fact }) => fact.type)
      .filter((type) => type.startsWith("review."));
    expect(reviewing).toEqual(["review.overdue", "review.taken", "review.given"]);
    await security.waitForMessage(
      SECURITY,
      (text, message) => message.ts === first.told.ts && text.includes("Reviewed by"),
      PATIENCE,
    );
    expect(await status()).not.toContain("Break-glass waiting for review");
    await breakTheGlass();
  });

  async function status(): Promise<string> {
    const person = world.slack.as("oncall");
    return toldPrivately(person, () => person.command("/jit status", { channel: INCIDENTS }));
  }
});

test("a security channel that can't be posted to has each reviewer told directly", async () => {
  await using copies = await runbookCopies({
    "access.yml": (text) => text.replace("channel: C0AUDIT", "channel: C0NOBOT"),
  });
  await using world = await aWorld({ runbooksDir: copies.dir });
  const oncall = world.slack.as("oncall");
  await oncall.command("/jit break-glass orders-by-id", { channel: INCIDENTS });
  const form = await oncall.waitForView("Start now", PATIENCE);
  const reason = `${nextReason()}: orders are stuck`;
  const fields = { "Order number": "O-00000001", "Incident or ticket": "INC-4211" };
  await oncall.fill(form, { ...fields, Reason: reason }).submit();
  const direct = await world.slack.as("security").waitForMessage("dm", reason, PATIENCE);
  expect(direct.rendered).toContain("[Review…]");
});

test("a write that can't wait is written at once, without anybody looking at its item first", async () => {
  await using world = await aWorld();
  const order = lockedOrder(world);
  const oncall = world.slack.as("oncall");
  await oncall.command("/jit break-glass orders-release-lock", { channel: INCIDENTS });
  const form = await oncall.waitForView("Start now", PATIENCE);
  const reason = `${nextReason()}: the lock holds everything up`;
  const fields = { "Order number": order, "Held by": HOLDER, "Incident or ticket": "INC-4211" };
  await oncall.fill(form, { ...fields, Reason: reason }).submit();
  const card = await world.slack.as("lead").waitForMessage(APPROVALS, reason, PATIENCE);
  await inThread(world, { card, reason, requestId: requestIdIn(card.rendered) }, "✔");
  expect(await lockOf(world, order)).toEqual({});
});
