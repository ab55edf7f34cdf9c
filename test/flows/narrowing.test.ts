import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findContradiction } from "../../src/request/find-contradiction.ts";
import type { Fields } from "../../src/sandbox/slack/form.ts";
import { digest } from "../../src/runbook/digest.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  ask,
  type Asked,
  cardSays,
  dataCalls,
  INCIDENTS,
  inThread,
  PATIENCE,
  stored,
  toldPrivately,
} from "./acting.ts";
import { deliverAgain, lastClickOf, lastSubmissionOf, submitAgain } from "./forged.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

describe("an approver approves less than was asked for", () => {
  let copies: RunbookCopies;
  let world: World;
  let cutOff: Date;

  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) =>
        text.replace("approvers: [orders-platform], count: 1", "approvers: [orders-platform], count: 2"),
    });
    world = await aWorld({ runbooksDir: copies.dir });
    cutOff = new Date(world.orders.stuck.since.getTime() + 15 * 60_000);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  const askForOrders = () =>
    ask(world, {
      runbook: "orders-stuck-by-status",
      fields: { Status: "PAID", "In this status since before (UTC)": Math.floor(cutOff.getTime() / 1000) },
    });

  async function approveLess(asked: Asked, role: string, fields: Fields) {
    const person = world.slack.as(role);
    await person.click(asked.card, "jit_approve_less");
    const view = await person.waitForView("Approve this", PATIENCE);
    const outcome = await person.fill(view, fields).submit();
    if (outcome.view) await person.close(outcome.view, { all: true });
    return outcome;
  }

  test("the vote stands for the narrower plan, an earlier one too, and the run does no more than is left", async () => {
    const asked = await askForOrders();
    await approve(world, asked, "approver2");
    await inThread(world, asked, "1 of 2");
    const before = (await stored(world, asked.requestId)).request;
    const sent = await approveLess(asked, "lead", {
      "How many minutes": "5",
      "Rows of one run, at most": "3",
      "Columns to mask": ["Country", "Order"],
      "In this status since before (UTC)": Math.floor(cutOff.getTime() / 1000) - 60,
    });
    expect(sent).toMatchObject({ status: "ok" });

    const told = await inThread(world, asked, "approves less");
    expect(told.rendered).toContain("@oncall");
    expect(told.rendered).toContain("rows: 3 instead of 100");
    await inThread(world, asked, "went to");
    const { request } = await stored(world, asked.requestId);
    expect(request.votes.map(({ by }) => by.userId)).toEqual(["U0APPROVER2", "U0LEAD"]);
    expect(request.planDigest).not.toBe(before.planDigest);
    expect(digest(request.plan)).toBe(request.planDigest);
    expect(request.wider?.map(({ planDigest }) => planDigest)).toEqual([before.planDigest]);
    expect(request.plan).toMatchObject({ grant: { durationMinutes: 5 }, limits: { maxRows: 3 } });
    const started = request.events.find(({ fact }) => fact.type === "run.started");
    expect(started?.fact).toMatchObject({ planDigest: request.planDigest });

    const [call] = dataCalls(world, asked.requestId);
    const earlier = new Date(Math.floor(cutOff.getTime() / 1000) * 1000 - 60_000);
    expect(call?.request).toMatchObject({
      ExpressionAttributeValues: { ":older_than": { S: earlier.toISOString().replace(".000", "") } },
    });
    expect(request.runs[0]?.result?.rows).toBeLessThanOrEqual(3);
    const rows = await world.slack.as("oncall").waitForMessage("dm", "Only you see these rows", PATIENCE);
    for (const id of world.orders.stuck.orderIds) expect(rows.rendered).not.toContain(id);
    const card = await cardSays(world, asked, "Narrowed:");
    expect(card.rendered).toContain("masked for everybody: Order, Country");
  });

  test("whoever decides after that sees what is left, and a click on the wider plan is refused", async () => {
    const asked = await askForOrders();
    await world.slack.as("approver2").click(asked.card, "jit_show");
    const stale = lastClickOf(world.slack, "U0APPROVER2");
    await approveLess(asked, "lead", { "How many minutes": "5" });
    const narrowed = await cardSays(world, asked, "window: 5 instead of 15 minutes");
    const { request } = await stored(world, asked.requestId);
    expect(request).toMatchObject({ state: "pending", votes: [{ by: { userId: "U0LEAD" } }] });

    const told = await toldPrivately(world.slack.as("approver2"), () =>
      deliverAgain(world.slack, stale, { actionId: "jit_approve" }),
    );
    expect(told).toContain("What you saw is not what is stored now");
    await approve(world, { ...asked, card: narrowed }, "approver2");
    const done = await stored(world, asked.requestId, ({ request: now }) => now.state !== "pending");
    expect(
      Date.parse(done.request.grant?.endsAt ?? "") - Date.parse(done.request.grant?.startsAt ?? ""),
    ).toBe(5 * 60_000);
    await inThread(world, asked, "✔");
  });

  test("who decides for an approver who is away approves less for them", async () => {
    await copies.edit("access.yml", (text) => `${text}\ndelegation: { to: [engineering] }\n`);
    expect(await world.app.reload()).toBe("changed");
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const lead = world.slack.as("lead");
    const told = await toldPrivately(lead, () =>
      lead.command(`/jit away @engineer until ${day}`, { channel: INCIDENTS }),
    );
    expect(told).toContain("can approve for you");
    const asked = await askForOrders();
    expect(await approveLess(asked, "engineer", { "How many minutes": "5" })).toMatchObject({ status: "ok" });
    await cardSays(world, asked, "window: 5 instead of 15 minutes");
    const { request } = await stored(world, asked.requestId);
    expect(request.votes).toMatchObject([
      { by: { userId: "U0ENGINEER" }, delegatedBy: { person: { userId: "U0LEAD" } } },
    ]);
    await toldPrivately(lead, () => lead.command("/jit back", { channel: INCIDENTS }));
    await copies.edit("access.yml", (text) => text.replace("\ndelegation: { to: [engineering] }\n", ""));
    expect(await world.app.reload()).toBe("changed");
  });

  test("nothing wider gets through, and nobody narrows who may not approve", async () => {
    const asked = await askForOrders();
    const later = Math.floor(cutOff.getTime() / 1000) + 60;
    const wider = await approveLess(asked, "lead", { "In this status since before (UTC)": later });
    expect(JSON.stringify(wider)).toContain("which was asked for");
    const forged = lastSubmissionOf(world.slack, "U0LEAD");
    const more = await submitAgain(world.slack, forged, { duration: "60", rows: "5000" });
    expect(JSON.stringify(more)).toContain("from 1 to 15");
    expect(JSON.stringify(more)).toContain("from 1 to 100");
    const nothing = await approveLess(asked, "lead", {});
    expect(JSON.stringify(nothing)).toContain("Nothing is less");

    const person = world.slack.as("oncall");
    await person.click(asked.card, "jit_approve_less");
    await person.waitForView("You asked for this yourself", PATIENCE);
    for (const [id, words] of [
      ["U0ONCALL", "You asked for this yourself"],
      ["U0ENGINEER", "not an approver"],
    ] as const) {
      const user = { ...(forged["user"] as object), id };
      const refused = await submitAgain(world.slack, { ...forged, user }, { duration: "5" });
      expect(JSON.stringify(refused)).toContain(words);
    }
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [] });
    expect((await stored(world, asked.requestId)).request.wider).toBeUndefined();
  });

  test("a narrowed request is replayed before it runs: a stored plan that reaches further is found", async () => {
    const asked = await askForOrders();
    await approveLess(asked, "lead", { "Rows of one run, at most": "3" });
    const card = await cardSays(world, asked, "rows: 3 instead of 100");
    await approve(world, { ...asked, card }, "approver2");
    const { request } = await stored(world, asked.requestId, ({ request: now }) => now.state === "active");
    expect(findContradiction(request)).toBeUndefined();
    const [wide] = request.wider ?? [];
    if (!wide) throw new Error("it was narrowed");
    expect(findContradiction({ ...request, plan: wide.plan, planDigest: wide.planDigest })).toBeDefined();
    const { wider: _, ...without } = request;
    expect(findContradiction(without)).toBeDefined();
  });
});
