import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { App } from "../../src/app.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { eventually } from "../fixtures/eventually.ts";
import {
  APPROVALS,
  approve,
  ask,
  readCalls,
  INCIDENTS,
  inThread,
  PATIENCE,
  queueAgain,
  refusalFacts,
  sessionsOf,
  stored,
  toldPrivately,
} from "./acting.ts";
import { deliverAgain, lastClickOf, lastSubmissionOf, submitAgain } from "./forged.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

describe("who decides, on three replicas", () => {
  let copies: RunbookCopies;
  let world: World;
  let replicas: App[];
  const reload = async () => {
    for (const app of replicas) expect(await app.reload()).toBe("changed");
  };

  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) =>
        text.replace(
          "orders-platform: { members: [U0LEAD, U0APPROVER2] }",
          "orders-platform: { members: [U0LEAD, U0APPROVER2, U0SECURITY, U0GUEST, U0ULTRAGUEST, U0OTHERBOT, U0DEACTIVATED, T0OTHER:U0OUTSIDER] }\n  nobody: { members: [] }\n  only-lead: { members: [U0LEAD] }",
        ),
    });
    world = await aWorld({ runbooksDir: copies.dir });
    replicas = [world.app, await world.startReplica(), await world.startReplica()];
    await world.slack.waitForConnections(3);
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("two approvers who click at once make one decision, and the later one is told who was first (field failure 1)", async () => {
    const asked = await ask(world);
    const people = ["lead", "approver2"].map((role) => world.slack.as(role));
    const before = people.map((person) => person.ephemerals().length);
    await Promise.all(people.map((person) => person.click(asked.card, "jit_approve")));
    await inThread(world, asked, "How to read this");
    const { request } = await stored(world, asked.requestId);
    expect(request.votes).toHaveLength(1);
    expect(request.events.filter(({ fact }) => fact.type === "request.approved")).toHaveLength(1);
    const winner = request.votes[0]?.by.userId;
    const loser = people.findIndex((person) => person.id !== winner);
    const told = await people[loser]?.waitForEphemeral("Too late", PATIENCE);
    expect(told?.rendered).toMatch(/by @(lead|approver2)/);
    expect(people[1 - loser]?.ephemerals()).toHaveLength(before[1 - loser] ?? -1);
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("a storm of clicks, doubled deliveries and doubled jobs starts a run once (field failures 1, 2)", async () => {
    const requests = await Promise.all([ask(world, { as: "oncall" }), ask(world, { as: "engineer" })]);
    const told = () =>
      ["lead", "approver2", "security"].reduce(
        (sum, role) => sum + world.slack.as(role).ephemerals().length,
        0,
      );
    const toldBefore = told();
    for (const asked of requests) {
      world.slack.faults.duplicateNext({ extra: 4, type: "block_actions" });
      world.slack.faults.duplicateNext({ extra: 4, type: "block_actions" });
      await Promise.all(
        ["lead", "lead", "approver2", "approver2", "security"].map((role) => approve(world, asked, role)),
      );
    }
    for (const asked of requests) {
      await queueAgain(world, asked.requestId, 1, 3);
      await inThread(world, asked, "How to read this");
      await queueAgain(world, asked.requestId, 1, 3);
      const { request } = await stored(world, asked.requestId, (now) => now.request.state !== "active");
      const types = request.events.map(({ fact }) => fact.type);
      for (const once of ["request.approved", "run.queued", "run.started", "lease.issued", "run.succeeded"])
        expect(types.filter((type) => type === once)).toHaveLength(1);
      expect(sessionsOf(world, asked.requestId)).toHaveLength(1);
      expect(readCalls(world, asked.requestId)).toHaveLength(1);
      const notices = world.slack
        .as("lead")
        .thread(APPROVALS, asked.card.ts)
        .filter(({ rendered }) => rendered.includes("✅ Approved by"));
      expect(notices.filter(({ ts }) => ts !== asked.card.ts)).toHaveLength(1);
    }
    // Of five clicks on each card one decides and four are told that it was too late; what came again says nothing.
    const lost = requests.length * 4;
    await eventually(() => told() - toldBefore >= lost);
    const after = await ask(world); // a later request is served, so the deliveries and jobs before it are done
    await approve(world, after);
    await inThread(world, after, "How to read this");
    expect(told() - toldBefore).toBe(lost);
    for (const asked of requests) expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });

  test("being in the channel is no authority: a stranger to the request can't approve, deny or cancel it (field failure 18)", async () => {
    const asked = await ask(world);
    const stranger = world.slack.as("engineer");
    const why = "You are not an approver of this request";
    expect(await toldPrivately(stranger, () => approve(world, asked, "engineer"))).toContain(why);
    const click = lastClickOf(world.slack, stranger.id);
    const cancelled = await toldPrivately(stranger, () =>
      deliverAgain(world.slack, click, { actionId: "jit_cancel" }),
    );
    expect(cancelled).toMatch(/only they can do that/);
    await stranger.click(asked.card, "jit_deny");
    const denied = await stranger.waitForView("so nothing was changed", PATIENCE);
    expect(denied.rendered).toMatch(/approvers of this request and admins can do this/);
    await stranger.close(denied, { all: true });
    const { request } = await stored(world, asked.requestId);
    expect(request).toMatchObject({ state: "pending", votes: [] });
    const facts = (await refusalFacts(world)).filter((fact) => fact.requestId === asked.requestId);
    expect(facts.map(({ act, why: reason }) => `${act}: ${reason}`).toSorted()).toEqual([
      "approve request: not-an-approver",
      "cancel request: not-yours",
      "view request: not-yours",
    ]);
    expect(facts.every(({ actor }) => actor !== "system" && actor.userId === stranger.id)).toBe(true);
  });

  test("a button under another text decides nothing, whoever put it there: only a message posted for the request does", async () => {
    const asked = await ask(world);
    const { request } = await stored(world, asked.requestId);
    const value = `${asked.requestId}:${request.planDigest.slice(0, 12)}`;
    const button = (actionId: string, text: string) => ({
      type: "button" as const,
      action_id: actionId,
      value,
      text: { type: "plain_text" as const, text },
    });
    // Somebody else who holds the bot's token: the button carries all that a real one does.
    const thief = new WebClient(world.slack.botToken, { slackApiUrl: world.slack.apiUrl });
    await thief.chat.postMessage({
      channel: request.approval.channel,
      text: "Pizza today?",
      blocks: [{ type: "actions", elements: [button("jit_approve", "Yes"), button("jit_deny", "No")] }],
    });
    const lead = world.slack.as("lead");
    const lure = await lead.waitForMessage(APPROVALS, "Yes", PATIENCE);
    const why = "not one that I know to have posted for this request";
    expect(await toldPrivately(lead, () => lead.click(lure, "jit_approve"))).toContain(why);
    await lead.click(lure, "jit_deny");
    const form = await lead.waitForView("Denying ends this request", PATIENCE);
    const denied = await lead.fill(form, { Reason: "No pizza" }).submit();
    expect(denied.view?.rendered ?? (await lead.waitForView(why, PATIENCE)).rendered).toMatch(
      /not one that I know|One moment/,
    );
    await lead.close(await lead.waitForView(why, PATIENCE), { all: true });
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [] });
    const facts = (await refusalFacts(world)).filter((fact) => fact.requestId === asked.requestId);
    expect(facts.map((fact) => `${fact.act}: ${fact.why}`).toSorted()).toEqual([
      "approve request: not-our-card",
      "deny request: not-our-card",
    ]);
    // The card of the request, and the copy that they were asked by, still do.
    await approve(world, asked);
    await inThread(world, asked, "How to read this");
  });

  test("nobody approves their own request, also after being made an approver while it waits (field failure 19)", async () => {
    const own = await ask(world, { as: "lead" });
    const lead = world.slack.as("lead");
    expect(await toldPrivately(lead, () => approve(world, own, "lead"))).toMatch(
      /nobody decides their own request/,
    );

    const other = await ask(world, { as: "oncall" });
    await copies.edit("access.yml", (text) =>
      text.replace("[U0LEAD, U0APPROVER2, U0SECURITY,", "[U0LEAD, U0APPROVER2, U0SECURITY, U0ONCALL,"),
    );
    await reload();
    const oncall = world.slack.as("oncall");
    expect(await toldPrivately(oncall, () => approve(world, other, "oncall"))).toMatch(
      /nobody decides their own request/,
    );
    await copies.edit("access.yml", (text) => text.replace(", U0ONCALL,", ","));
    await reload();
    for (const { requestId } of [own, other])
      expect((await stored(world, requestId)).request).toMatchObject({ state: "pending", votes: [] });
  });

  test.each([
    ["a guest", "guest", "guest", "Guest accounts can’t"],
    ["a single-channel guest", "ultra-guest", "guest", "Guest accounts can’t"],
    ["a bot", "bot", "bot", "Bots and workflows can’t"],
    ["somebody deactivated", "deactivated", "deactivated", "Your Slack account is deactivated"],
  ])(
    "%s can't approve, even when access.yml names them, and is told why and who can; the record says which (field failure 20)",
    async (_, role, problem, sentence) => {
      const asked = await ask(world, { as: "engineer" });
      const told = await toldPrivately(world.slack.as(role), () => approve(world, asked, role));
      expect(told).toContain(sentence);
      expect(told).toMatch(/@lead.* can decide/);
      expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [] });
      const facts = (await refusalFacts(world)).filter(({ requestId }) => requestId === asked.requestId);
      const actor = { teamId: "T0SANDBOX", userId: world.slack.as(role).id };
      expect(facts).toMatchObject([{ actor, act: "approve request", why: `person: ${problem}` }]);
    },
  );

  test("a person of another workspace is not heard at all, even when access.yml names them (field failure 20)", async () => {
    const asked = await ask(world, { as: "engineer" });
    world.slack.faults.join(APPROVALS, "outsider");
    const clicked = await approve(world, asked, "outsider");
    expect(clicked.status).toBe("ok");
    await eventually(async () =>
      (await refusalFacts(world)).some(
        ({ actor, act, why }) =>
          actor !== "system" &&
          actor.userId === world.slack.as("outsider").id &&
          act === "deliver block_actions" &&
          why === "other-team",
      ),
    );
    expect(world.slack.as("outsider").ephemerals()).toEqual([]);
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [] });
  });

  test("an approver who was deactivated since then can't approve any more (field failure 20)", async () => {
    const asked = await ask(world, { as: "engineer" });
    world.slack.faults.deactivate("approver2");
    const told = await toldPrivately(world.slack.as("approver2"), () => approve(world, asked, "approver2"));
    world.slack.faults.reactivate("approver2");
    expect(told).toContain("Your Slack account is deactivated");
    expect((await stored(world, asked.requestId)).request.votes).toEqual([]);
  });

  test("a directory that can't answer opens nothing", async () => {
    const asked = await ask(world, { as: "engineer" });
    world.slack.faults.failCall("users.info", "internal_error", { times: 20 });
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, asked));
    world.slack.faults.clear();
    expect(told).toContain("unavailable means no");
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [] });
  });

  test.each([
    ["nobody", "0 can"],
    ["only-lead", "0 can"],
  ])(
    "a request that %s could approve is refused when it is sent, and says so (field failure 20)",
    async (group, sentence) => {
      const person = world.slack.as("lead");
      await person.command("/jit request orders-by-id", { channel: INCIDENTS });
      const form = await person.waitForView("Send request", PATIENCE);
      const narrow = (text: string) =>
        text.replace("approvers: [orders-platform], min", `approvers: [${group}], min`);
      const policy = (text: string) =>
        text.replace("approvers: [orders-platform], count", `approvers: [orders-platform, ${group}], count`);
      await copies.edit("orders-by-id.yml", narrow);
      await copies.edit("access.yml", policy);
      await reload();
      const sent = await person
        .fill(form, { "Order number": "O-00000001", Reason: "Nobody is there to say yes" })
        .submit();
      await copies.edit("orders-by-id.yml", (text) => text.replace(`[${group}]`, "[orders-platform]"));
      await copies.edit("access.yml", (text) =>
        text.replace(`[orders-platform, ${group}]`, "[orders-platform]"),
      );
      await reload();
      expect(sent.view?.rendered).toContain("Nobody could approve this");
      expect(sent.view?.rendered).toContain(sentence);
      if (sent.view) await person.close(sent.view, { all: true });
      expect((await refusalFacts(world)).some(({ why }) => why === "nobody-can-approve")).toBe(true);
    },
  );

  test("a form that nobody could approve says so before it is sent (field failure 20)", async () => {
    await copies.edit("access.yml", (text) =>
      text.replace(
        "orders-platform: { members: [U0LEAD, U0APPROVER2, U0SECURITY,",
        "orders-platform: { members: [U0LEAD] }\n  others: { members: [U0APPROVER2, U0SECURITY,",
      ),
    );
    await reload();
    const person = world.slack.as("lead");
    await person.command("/jit request orders-by-id", { channel: INCIDENTS });
    const form = await person.waitForView("orders-platform", PATIENCE);
    await copies.edit("access.yml", (text) =>
      text.replace("] }\n  others: { members: [U0APPROVER2", ", U0APPROVER2"),
    );
    await reload();
    expect(form.rendered).toContain("nobody other than you could give it");
    await person.close(form, { all: true });
  });

  test("somebody with an approver's name and face is still somebody else (field failure 23)", async () => {
    const asked = await ask(world, { as: "oncall" });
    const impostor = world.slack.workspace.person("engineer");
    const { realName } = impostor;
    impostor.realName = world.slack.workspace.person("lead").realName;
    const told = await toldPrivately(world.slack.as("engineer"), () => approve(world, asked, "engineer"));
    impostor.realName = realName;
    expect(told).toContain("You are not an approver of this request");
    expect((await stored(world, asked.requestId)).request.votes).toEqual([]);
  });

  test("somebody who may not ask gets no form, and who sends one all the same is refused; both are recorded", async () => {
    const person = world.slack.as("security");
    const told = await toldPrivately(person, () =>
      person.command("/jit request orders-by-id", { channel: INCIDENTS }),
    );
    expect(told).toContain("Only members of engineering can ask");
    const recorded = async () =>
      (await refusalFacts(world)).filter(
        ({ actor, act }) => actor !== "system" && actor.userId === person.id && act.endsWith("orders-by-id"),
      );
    await eventually(async () => (await recorded()).length > 0);
    await ask(world, { as: "oncall" });
    const form = structuredClone(lastSubmissionOf(world.slack, "U0ONCALL"));
    form["user"] = { ...(form["user"] as object), id: person.id };
    const answer = await submitAgain(world.slack, form, {});
    expect(JSON.stringify(answer)).toContain("Only members of engineering can ask");
    expect(await recorded()).toMatchObject([{ act: "request orders-by-id", why: "not-a-requester" }]);
  });
});
