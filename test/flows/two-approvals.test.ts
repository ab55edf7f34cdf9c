import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { App } from "../../src/app.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, dataCalls, readCalls, inThread, stored, toldPrivately } from "./acting.ts";
import { deliverAgain, lastClickOf } from "./forged.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

describe("a policy that wants two approvals, over signed HTTP", () => {
  let copies: RunbookCopies;
  let world: World;
  let replica: App;
  const url = (app: App) => `http://127.0.0.1:${app.slackPort}/slack/events`;

  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) =>
        text
          .replace("security: {", "order-keepers: { members: [U0LEAD, U0SECURITY] }\n  security: {")
          .replace(
            "approvers: [orders-platform], count: 1",
            "approvers: [orders-platform, order-keepers], count: 2",
          ),
      "orders-by-id.yml": (text) =>
        text.replace("approvers: [orders-platform]", "approvers: [orders-platform, order-keepers]"),
    });
    world = await aWorld({ transport: "http", runbooksDir: copies.dir });
    replica = await world.startReplica();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("one click that Slack delivers again and again, to any replica, is one vote (field failure 2)", async () => {
    const asked = await ask(world);
    const lead = world.slack.as("lead");
    const before = lead.ephemerals().length;
    world.slack.faults.duplicateNext({ extra: 2, type: "block_actions" });
    await approve(world, asked);
    await inThread(world, asked, "1 of 2");
    const click = lastClickOf(world.slack, "U0LEAD");
    for (const [repetition, app] of [replica, world.app, replica].entries()) {
      world.slack.setRequestUrl(url(app));
      await deliverAgain(world.slack, click, { repetition: repetition + 1 });
    }
    world.slack.setRequestUrl(url(world.app));
    // Repetitions are answered by silence; a click of its own, made after them, is told that the vote stands.
    const told = await toldPrivately(lead, () => approve(world, asked));
    expect(told).toContain("one person is one vote");
    expect(lead.ephemerals()).toHaveLength(before + 1);
    const { request } = await stored(world, asked.requestId);
    expect(request.votes).toHaveLength(1);
    expect(request.state).toBe("pending");
    expect(dataCalls(world, asked.requestId)).toEqual([]);
  });

  test("a double click never counts for the approval that is still missing (field failure 3)", async () => {
    const asked = await ask(world);
    await approve(world, asked);
    const click = lastClickOf(world.slack, "U0LEAD");
    for (const app of [world.app, replica]) {
      world.slack.setRequestUrl(url(app));
      const told = await toldPrivately(world.slack.as("lead"), () => deliverAgain(world.slack, click));
      expect(told).toContain("one person is one vote");
    }
    world.slack.setRequestUrl(url(world.app));
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [{}] });
  });

  test("somebody in two approver groups counts once, and a second person completes it (field failure 4)", async () => {
    const asked = await ask(world);
    await approve(world, asked, "lead");
    await approve(world, asked, "lead");
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
    await approve(world, asked, "security");
    await inThread(world, asked, "✔");
    const { request } = await stored(world, asked.requestId);
    expect(request.votes.map(({ by }) => by.userId)).toEqual(["U0LEAD", "U0SECURITY"]);
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("one approval more than needed still approves once (field failure 4)", async () => {
    const asked = await ask(world);
    await Promise.all(["lead", "approver2", "security"].map((role) => approve(world, asked, role)));
    await inThread(world, asked, "✔");
    const { request } = await stored(world, asked.requestId);
    expect(request.votes).toHaveLength(2);
    expect(request.events.filter(({ fact }) => fact.type === "request.approved")).toHaveLength(1);
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("a click on the replica that did not post the card does the same (field failure 7)", async () => {
    const asked = await ask(world);
    world.slack.setRequestUrl(url(replica));
    await approve(world, asked, "lead");
    await approve(world, asked, "approver2");
    world.slack.setRequestUrl(url(world.app));
    await inThread(world, asked, "✔");
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });
});
