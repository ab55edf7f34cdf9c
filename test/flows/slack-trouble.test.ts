import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { eventually } from "../fixtures/eventually.ts";
import {
  APPROVALS,
  approve,
  ask,
  cardSays,
  readCalls,
  fillForm,
  INCIDENTS,
  inThread,
  nextReason,
  PATIENCE,
  requestIdIn,
  stored,
} from "./acting.ts";

describe("a Slack that fails", () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld({ overrides: { sweepEveryMs: 200 } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());
  afterEach(() => world.slack.faults.clear());

  test("edits that are throttled for an hour delay neither the run nor a form; the card is right in the end (field failure 11)", async () => {
    const asked = await ask(world);
    world.slack.faults.rateLimit("chat.update", { retryAfterS: 3_600, times: Infinity });
    await approve(world, asked);
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.state === "succeeded");
    expect(world.slack.as("lead").message(asked.card)?.rendered).toContain("Waiting for approval");
    const person = world.slack.as("engineer");
    await person.command("/jit request orders-by-id", { channel: INCIDENTS });
    const form = await person.waitForView("Send request", PATIENCE);
    expect(world.slack.as("lead").message(asked.card)?.rendered).toContain("Waiting for approval");
    await person.close(form, { all: true });
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.delivery?.status === "delivered");
    // Slack takes edits again. What waits is the job, not the client: that would sleep for the hour it was told.
    world.slack.faults.clear();
    await cardSays(world, asked, "✔ Run 1: done");
  });

  test("a Slack that takes nothing for a while neither stops nor repeats the run, and gets every notice once (field failure 11)", async () => {
    const asked = await ask(world);
    world.slack.faults.httpError("chat.postMessage", { times: 6, status: 503 });
    world.slack.faults.httpError("chat.update", { times: 6, status: 503 });
    await approve(world, asked);
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.delivery !== undefined);
    await cardSays(world, asked, "✔ Run 1: done");
    await inThread(world, asked, "went to");
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
    const notices = world.slack
      .as("lead")
      .thread(APPROVALS, asked.card.ts)
      .map(({ text }) => text);
    expect(new Set(notices).size).toBe(notices.length);
  });

  test.each([
    ["lead", "an approver"],
    ["oncall", "their requester"],
  ])("rows that wait for a Slack that takes nothing are withheld when %s asks for it (%s)", async (role) => {
    const asked = await ask(world);
    world.slack.faults.httpError("chat.postMessage", { times: Infinity, status: 503 });
    world.slack.faults.httpError("chat.update", { times: Infinity, status: 503 });
    await approve(world, asked);
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.state === "succeeded");
    await world.slack.as(role).command(`/jit end ${asked.requestId}`, { channel: INCIDENTS });
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    expect(request.runs[0]?.delivery?.status).toBe("withheld");
    world.slack.faults.clear();
    await inThread(world, asked, "The rows of run 1 were withheld by");
    const direct = world.slack
      .as("oncall")
      .directMessages()
      .filter(({ rendered }) => rendered.includes("Only you see these rows"))
      .filter(({ rendered }) => rendered.includes(asked.requestId));
    expect(direct).toEqual([]);
  });

  test("sockets that are cut come back, and a click that was lost with them counts when it is made again", async () => {
    const asked = await ask(world);
    world.slack.faults.cutSockets();
    await eventually(async () => (await approve(world, asked)).status === "ok");
    await inThread(world, asked, "✔");
  });

  test("a bot that is not in the approvals channel asks the approvers directly and tells the requester how to mend it (field failure 33)", async () => {
    world.slack.faults.removeBot(APPROVALS);
    const reason = nextReason();
    await fillForm(world, { reason });
    const own = await world.slack
      .as("oncall")
      .waitForMessage("dm", (text) => text.includes(reason) && text.includes("/invite @jit"), PATIENCE);
    const direct = await world.slack.as("lead").waitForMessage("dm", reason, PATIENCE);
    await world.slack.as("lead").click(direct, "jit_approve");
    const requestId = requestIdIn(own.rendered);
    const { request } = await stored(world, requestId, (now) => now.request.runs[0]?.delivery !== undefined);
    expect(request.runs[0]?.delivery?.status).toBe("delivered");
    await world.slack.as("oncall").waitForMessage("dm", "✅ Approved by", { ...PATIENCE, after: own.ts });
    world.slack.faults.inviteBot(APPROVALS);
  });

  test("an approvals channel that was archived is replaced by direct messages, and the requester is told (field failure 33)", async () => {
    world.slack.faults.archive(APPROVALS);
    const reason = nextReason();
    await fillForm(world, { reason });
    await world.slack
      .as("oncall")
      .waitForMessage("dm", (text) => text.includes(reason) && text.includes("is archived"), PATIENCE);
    const direct = await world.slack.as("approver2").waitForMessage("dm", reason, PATIENCE);
    await world.slack.as("approver2").click(direct, "jit_approve");
    await stored(
      world,
      requestIdIn(direct.rendered),
      (now) => now.request.runs[0]?.delivery?.status === "delivered",
    );
    world.slack.workspace.channel(APPROVALS).isArchived = false;
  });

  test("a channel that became shared with another organisation gets no preview, and the thread says so (field failure 32)", async () => {
    const asked = await ask(world);
    world.slack.faults.shareChannel(APPROVALS);
    await approve(world, asked);
    const { rendered } = await inThread(world, asked, /shared with another organisation/);
    expect(rendered).not.toContain("0001");
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.delivery?.status === "delivered");
    const seen = world.slack
      .as("outsider")
      .thread(APPROVALS, asked.card.ts)
      .map((message) => message.rendered);
    expect(seen.join("\n")).not.toContain("Masked preview");
    world.slack.workspace.channel(APPROVALS).isExtShared = false;
  });
});

describe("direct messages that are closed", () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("withhold the rows and say in the thread what to do (field failure 33)", async () => {
    const asked = await ask(world);
    await world.slack.as("oncall").waitForMessage("dm", asked.reason, PATIENCE);
    world.slack.faults.failCall("chat.postMessage", "messages_tab_disabled", { times: Infinity });
    await approve(world, asked);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    expect(request.runs[0]?.delivery?.status).toBe("withheld");
    world.slack.faults.clear();
    await using _ = await world.startReplica();
    const notice = await inThread(world, asked, "The rows of run 1 were withheld");
    expect(notice.rendered).toContain("Messages tab");
  });
});

test("an approvals channel that refuses the card for a reason that nobody knows hides the request from nobody", async () => {
  await using world = await aWorld();
  const reason = nextReason();
  world.slack.faults.failCall("chat.postMessage", "an_error_of_tomorrow");
  await fillForm(world, { reason });
  const direct = await world.slack.as("lead").waitForMessage("dm", reason, PATIENCE);
  await world.slack
    .as("oncall")
    .waitForMessage("dm", (text) => text.includes(reason) && text.includes("an_error_of_tomorrow"), PATIENCE);
  await world.slack.as("lead").click(direct, "jit_approve");
  await stored(
    world,
    requestIdIn(direct.rendered),
    (now) => now.request.runs[0]?.delivery?.status === "delivered",
  );
});
