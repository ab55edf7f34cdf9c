import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  APPROVALS,
  approve,
  ask,
  cardSays,
  everythingStored,
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

/** The lead alone decides reads of orders; after ten minutes security can too. */
const access = (text: string) =>
  text
    .replace(
      "orders-platform: { members: [U0LEAD, U0APPROVER2] }",
      "orders-platform: { members: [U0LEAD] }\n  others: { members: [U0APPROVER2, U0LEAD] }",
    )
    .replace(
      "    approval: { approvers: [orders-platform], count: 1 }\n    pendingMinutes: 60",
      `    approval:
      steps:
        - { name: owner, anyOf: [orders-platform], count: 1, escalate: { afterMinutes: 10, to: [security] } }
    reminders: { afterMinutes: [5, 15] }
    pendingMinutes: 60`,
    )
    .concat("\ndelegation: { to: [others] }\ntimezone: Europe/Berlin\n");

describe("a request that waits", () => {
  const clock = movableClock();
  let copies: RunbookCopies;
  let world: World;
  const pass = (ms: number) => clock.advance(ms);
  const day = (days: number) =>
    new Date(clock.now().getTime() + days * 86_400_000).toISOString().slice(0, 10);
  const command = (role: string, text: string) => {
    const person = world.slack.as(role);
    return toldPrivately(person, () => person.command(text, { channel: INCIDENTS }));
  };

  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": access,
      "orders-by-id.yml": (text) =>
        text.replace("approvers: [orders-platform]", "approvers: [orders-platform, security]"),
    });
    world = await aWorld({ runbooksDir: copies.dir, overrides: { clock } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("is told again, goes on to the next groups, and they decide it", async () => {
    const asked = await ask(world);
    await cardSays(world, asked, "If nobody decides owner by");
    const early = await toldPrivately(world.slack.as("security"), () => approve(world, asked, "security"));
    expect(early).toContain("not an approver");

    pass(5 * MINUTE);
    const reminder = await inThread(world, asked, "Still waiting for approval");
    expect(reminder.rendered).toContain("reminder 1 of 2");
    pass(5 * MINUTE);
    const escalation = await inThread(world, asked, "Nobody decided owner within");
    expect(escalation.rendered).toContain("security");
    await world.slack.as("security").waitForMessage("dm", asked.requestId, PATIENCE);

    await approve(world, asked, "security");
    await inThread(world, asked, "✔");
    const { request } = await stored(world, asked.requestId);
    expect(request.events.map(({ fact }) => fact.type).slice(0, 5)).toEqual([
      "request.submitted",
      "approvers.reminded",
      "step.escalated",
      "vote.approved",
      "request.approved",
    ]);
    const thread = world.slack.as("lead").thread(APPROVALS, asked.card.ts);
    expect(thread.filter(({ rendered }) => rendered.includes("Still waiting"))).toHaveLength(1);
    expect(thread.filter(({ rendered }) => rendered.includes("Nobody decided owner"))).toHaveLength(1);
  });

  test("a late vote of those whom it escalated to is refused in the write", async () => {
    const asked = await ask(world, { as: "engineer" });
    pass(10 * MINUTE);
    await inThread(world, asked, "Nobody decided owner within");
    const { lapsesAt } = (await stored(world, asked.requestId)).request;
    pass(Date.parse(lapsesAt) - clock.now().getTime() + 1);
    const told = await toldPrivately(world.slack.as("security"), () => approve(world, asked, "security"));
    expect(told).toContain("lapsed");
    expect(sessionsOf(world, asked.requestId)).toEqual([]);
  });

  test("an approver who is away has somebody approve for them, until they are back", async () => {
    expect(await command("lead", `/jit away @security until ${day(3)}`)).toContain("Only members of others");
    expect(await command("lead", `/jit away @approver2 until ${day(60)}`)).toContain("At most 30 days");
    expect(await command("lead", "/jit away @approver2 until then")).toContain("until when");
    expect(await command("lead", `/jit away @approver2 until ${day(3)}`)).toContain("can approve for you");
    expect(await command("oncall", "/jit away")).toMatch(/approver2.* for .*lead/i);

    const asked = await ask(world);
    await cardSays(world, asked, "away until");
    await world.slack.as("approver2").waitForMessage("dm", asked.requestId, PATIENCE);
    await approve(world, asked, "approver2");
    const card = await cardSays(world, asked, "Approved by");
    expect(card.rendered).toMatch(/approver2.* for .*lead.* \(away until/i);
    const { request } = await stored(world, asked.requestId);
    expect(request.votes).toMatchObject([
      { by: { userId: "U0APPROVER2" }, delegatedBy: { person: { userId: "U0LEAD" } } },
    ]);
    await inThread(world, asked, "✔");

    expect(await command("lead", "/jit back")).toContain("Welcome back");
    expect(await command("lead", "/jit back")).toContain("nothing to end");
    const again = await ask(world, { as: "engineer" });
    const told = await toldPrivately(world.slack.as("approver2"), () => approve(world, again, "approver2"));
    expect(told).toContain("not an approver");
    const facts = (await everythingStored(world)).join("\n");
    expect(facts).toContain("delegation.started");
    expect(facts).toContain("delegation.ended");
  });

  test("a delegate does not decide their own request, and nothing once the time is over", async () => {
    await command("lead", `/jit away @approver2 until ${day(1)}`);
    const own = await ask(world, { as: "approver2" });
    const told = await toldPrivately(world.slack.as("approver2"), () => approve(world, own, "approver2"));
    expect(told).toContain("yourself");
    pass(3 * 86_400_000);
    const later = await ask(world, { as: "engineer" });
    const late = await toldPrivately(world.slack.as("approver2"), () => approve(world, later, "approver2"));
    expect(late).toContain("not an approver");
  });

  test("loses nothing with Redis: what is due is found in the table", async () => {
    const asked = await ask(world, { as: "engineer" });
    await world.app[Symbol.asyncDispose]();
    pass(10 * MINUTE);
    // Another prefix is a Redis that knows nothing.
    await world.startReplica({ queuePrefix: `${world.config.queuePrefix}-anew` });
    await inThread(world, asked, "Nobody decided owner within");
    const { request } = await stored(world, asked.requestId);
    expect(request.escalated).toHaveLength(1);
  });
});
