import { describe, expect, test } from "vitest";
import { RetryableError } from "../../src/errors.ts";
import { type SlackPeer, startSlack } from "../../src/sandbox/slack/start-slack.ts";
import { later } from "../fixtures/a-request.ts";
import { deskFor } from "./desk.ts";
import { aPending, lives } from "./lives.ts";

const botMessages = (slack: SlackPeer, channel: string) =>
  slack.workspace.messages.filter((message) => message.channel === channel && message.botId);

const cardIn = (slack: SlackPeer, channel = "C0APPROVALS") =>
  slack
    .as("lead")
    .messages(channel)
    .findLast((message) => message.rendered.includes("Orders stuck"));

const threadOf = (slack: SlackPeer) => {
  const card = cardIn(slack)!;
  return slack.as("lead").thread(card.channel, card.ts).slice(1);
};

describe("a request that waits", () => {
  test("stands in the channel, with its approvers and with its requester, once each", async () => {
    await using slack = await startSlack();
    const { project } = deskFor(slack, aPending());
    await project();
    await project();
    expect(botMessages(slack, "C0APPROVALS")).toHaveLength(1);
    expect(cardIn(slack)?.rendered).toContain("Waiting for approval");
    for (const persona of ["lead", "approver2"]) {
      const [copy, ...more] = slack.as(persona).directMessages();
      expect(copy?.rendered).toContain("You are asked because you are in orders-platform");
      expect(more).toEqual([]);
    }
    expect(slack.as("oncall").directMessages()[0]?.rendered).toContain("[Cancel]");
    expect(slack.record.api("chat.update")).toEqual([]);
  });

  test("never unfurls what somebody typed", async () => {
    await using slack = await startSlack();
    await deskFor(slack, aPending({ reason: "see https://example.com/a" })).project();
    for (const { args } of slack.record.api("chat.postMessage")) {
      expect(args).toMatchObject({
        unfurl_links: expect.toSatisfy(isFalse),
        unfurl_media: expect.toSatisfy(isFalse),
      });
    }
  });

  test("asks at most twenty approvers directly", async () => {
    await using slack = await startSlack();
    const approvers = Array.from({ length: 30 }, (_, i) => ({ teamId: "T0SANDBOX", userId: `U0A${i}` }));
    await deskFor(slack, aPending({ approvers })).project();
    const asked = slack.record
      .api("chat.postMessage")
      .filter(({ args }) => String(args["channel"]).startsWith("U0A"));
    expect(asked).toHaveLength(20);
  });
});

describe("a request that changes", () => {
  test("changes every copy in place and tells its thread what happened, in order", async () => {
    await using slack = await startSlack();
    const { project, store } = deskFor(slack, aPending());
    await project();
    const before = cardIn(slack)!.ts;
    store.become(lives["revoked"]!());
    await project();
    expect(cardIn(slack)).toMatchObject({ ts: before, edited: true });
    expect(cardIn(slack)?.rendered).toContain("Access ended");
    for (const persona of ["lead", "approver2", "oncall"]) {
      const copies = slack.as(persona).directMessages();
      expect(copies).toHaveLength(1);
      expect(copies[0]?.rendered).toContain("Access ended");
      expect(copies[0]?.rendered).not.toContain("[Approve]");
    }
    const told = threadOf(slack).map((message) => message.rendered.split("\n")[0]);
    expect(told).toEqual([
      expect.stringContaining("Approved by"),
      expect.stringContaining("Run 1 started · `R0000000000000001/1`"),
      expect.stringContaining("12 orders · 2 pages · 0.5 RCU · 1.2 s"),
      expect.stringContaining("went to @oncall by direct message"),
      expect.stringContaining("Access ended: its run is done. It lived 26 s, and its end is proven:"),
    ]);
    expect(threadOf(slack).at(-1)?.rendered).toContain("was denied by AWS");
    expect(threadOf(slack)[2]?.rendered).toContain("Probably a poison order.");
    expect(store.projection).toMatchObject({
      shownVersion: store.version,
      toldSeq: store.request.events.length - 1,
    });
  });

  test("is told once, however often it is drawn", async () => {
    await using slack = await startSlack();
    const { project } = deskFor(slack, lives["revoked"]!());
    await project();
    const count = slack.workspace.messages.length;
    await project();
    await project();
    expect(slack.workspace.messages).toHaveLength(count);
  });

  test("asks nobody who was not asked while it waited", async () => {
    await using slack = await startSlack();
    await deskFor(slack, lives["denied"]!()).project();
    expect(slack.as("lead").directMessages()).toEqual([]);
  });

  test("while it is drawn is drawn again", async () => {
    await using slack = await startSlack();
    const { project, store } = deskFor(slack, aPending());
    store.beforeSave = () => store.become(lives["denied"]!());
    await project();
    expect(cardIn(slack)?.rendered).toContain("Denied");
    expect(store.projection.shownVersion).toBe(2);
  });

  test("shows what it is also when a slower pass paints over a faster one", async () => {
    await using slack = await startSlack();
    const { project, store, poster } = deskFor(slack, aPending());
    await project();
    store.become(lives["running"]!());
    const update = poster.update.bind(poster);
    let isFirst = true;
    poster.update = async (...edit) => {
      if (isFirst) {
        // Redis lost the lock: another worker draws all of a newer version before this edit leaves.
        isFirst = false;
        store.become(lives["revoked"]!());
        await project();
      }
      return update(...edit);
    };
    await project();
    expect(cardIn(slack)?.rendered).toContain("Access ended");
    for (const persona of ["lead", "oncall"])
      expect(slack.as(persona).directMessages()[0]?.rendered).toContain("Access ended");
    expect(store.projection.shownVersion).toBe(store.version);
  });

  test("shows the progress of a long run in one message, and that it is over", async () => {
    await using slack = await startSlack();
    const { project, store } = deskFor(slack, lives["running"]!());
    const beat = (pages: number) =>
      store.beat({
        worker: "worker-1",
        run: 1,
        at: later(49 + pages * 2).toISOString(),
        progress: { pages, rows: pages * 10, itemsScanned: pages * 100 },
      });
    await project();
    beat(1);
    await project();
    beat(2);
    await project();
    const progress = () =>
      threadOf(slack).filter((message) => /Run 1 (is running|of)/.test(message.rendered));
    expect(progress()).toMatchObject([{ edited: true }]);
    expect(progress()[0]?.rendered).toContain("2 pages · 20 rows · 200 items read · 4 s");
    store.become(lives["succeeded"]!());
    await project();
    expect(progress()).toHaveLength(1);
    expect(progress()[0]?.rendered).toContain("is over");
  });
});

test("a request that somebody else draws just now is asked for again", async () => {
  await using slack = await startSlack();
  const { project } = deskFor(slack, aPending(), { held: true });
  await expect(project()).rejects.toThrow(RetryableError);
  expect(slack.workspace.messages).toEqual([]);
});

describe("a process that dies between a post and its record", () => {
  test("leaves at most one message twice, and the right end", async () => {
    const total = (slack: SlackPeer) => slack.workspace.messages.length;
    await using calm = await startSlack();
    await deskFor(calm, lives["revoked"]!()).project();
    for (let dieAt = 0; dieAt < 6; dieAt++) {
      await using slack = await startSlack();
      const { project, store } = deskFor(slack, lives["revoked"]!());
      let saves = 0;
      const count = () => {
        if (saves === dieAt) store.failSaves = 1;
        saves += 1;
        store.beforeSave = count;
      };
      store.beforeSave = count;
      await expect(project()).rejects.toThrow("died");
      store.beforeSave = undefined;
      await project();
      expect(total(slack) - total(calm)).toBeLessThanOrEqual(1);
      expect(store.projection).toMatchObject({ shownVersion: 1, toldSeq: store.request.events.length - 1 });
      expect(store.projection.copies.filter((copy) => copy.role === "card")).toHaveLength(1);
    }
  });

  test("and another that drew meanwhile: one card remains", async () => {
    await using slack = await startSlack();
    const { project, store, poster } = deskFor(slack, aPending());
    const other = await poster.post({ channel: "C0APPROVALS" }, { text: "x" as never, blocks: [] });
    if (other.status !== "posted") throw new Error(other.status);
    store.beforeSave = () =>
      store.put({
        ...store.projection,
        copies: [{ role: "card", key: "card", channel: other.channel, ts: other.ts, shown: "" }],
      });
    await project();
    await project();
    expect(botMessages(slack, "C0APPROVALS")).toMatchObject([{ ts: other.ts }]);
    expect(cardIn(slack)?.rendered).toContain("Waiting for approval");
  });
});

describe("a channel that can't be written to", () => {
  test.each([
    ["C0NOBOT", "/invite @jit"],
    ["C0ARCHIVED", "is archived"],
    ["C0NOWHERE", "have an admin correct the channel"],
  ])("%s: approvers are asked directly and the requester is told the fix", async (channel, fix) => {
    await using slack = await startSlack();
    const { project, store } = deskFor(slack, aPending({ channel }));
    await project();
    expect(slack.as("lead").directMessages()[0]?.rendered).toContain("[Approve]");
    expect(slack.as("oncall").directMessages()[0]?.rendered).toContain(fix);
    expect(store.projection.shownVersion).toBe(1);
    store.become(lives["denied"]!({ channel }));
    await project();
    const own = slack.as("oncall").directMessages();
    expect(own[0]?.rendered).toContain("Denied");
    expect(own.at(-1)?.rendered).toContain("Ask for a smaller window");
  });

  test("gets its card as soon as it can, and the fix is no longer shown", async () => {
    await using slack = await startSlack();
    const { project } = deskFor(slack, aPending({ channel: "C0NOBOT" }));
    await project();
    slack.faults.inviteBot("C0NOBOT");
    await project();
    expect(botMessages(slack, "C0NOBOT")).toHaveLength(1);
    expect(slack.as("oncall").directMessages()[0]?.rendered).not.toContain("/invite");
  });

  test("archived after the card was posted: the thread goes on in the requester's messages", async () => {
    await using slack = await startSlack();
    const { project, store } = deskFor(slack, aPending());
    await project();
    slack.faults.archive("C0APPROVALS");
    store.become(lives["denied"]!());
    await project();
    expect(slack.as("oncall").directMessages().at(-1)?.rendered).toContain("Ask for a smaller window");
    expect(slack.as("oncall").directMessages()[0]?.rendered).toContain("is archived");
  });
});

describe("a Slack that fails", () => {
  test("a rate limit on one call: the rest is done, the job is asked to come again, nothing is lost", async () => {
    await using slack = await startSlack();
    const { project, store } = deskFor(slack, aPending());
    slack.faults.rateLimit("chat.postMessage");
    await expect(project()).rejects.toThrow(RetryableError);
    expect(slack.as("lead").directMessages()).toHaveLength(1);
    expect(store.projection.shownVersion).toBe(0);
    await project();
    expect(botMessages(slack, "C0APPROVALS")).toHaveLength(1);
    expect(slack.as("lead").directMessages()).toHaveLength(1);
    expect(store.projection.shownVersion).toBe(1);
  });

  test("an outage in the middle of the thread: no notice is lost or out of order", async () => {
    await using slack = await startSlack();
    const { project, store } = deskFor(slack, aPending());
    await project();
    store.become(lives["revoked"]!());
    slack.faults.httpError("chat.postMessage");
    await expect(project()).rejects.toThrow(RetryableError);
    slack.faults.down();
    await expect(project()).rejects.toThrow(RetryableError);
    slack.faults.up();
    await project();
    const told = threadOf(slack).map((message) => message.rendered);
    expect(told).toHaveLength(5);
    expect(told[0]).toContain("Approved by");
    expect(told[4]).toContain("Access ended");
  });

  test("an answer that got lost costs at most one message twice, and the newest one is kept up to date", async () => {
    await using slack = await startSlack();
    const { project, store } = deskFor(slack, aPending());
    slack.faults.resetAfterAccept("chat.postMessage");
    await expect(project()).rejects.toThrow(RetryableError);
    await project();
    expect(botMessages(slack, "C0APPROVALS")).toHaveLength(2);
    store.become(lives["denied"]!());
    await project();
    expect(cardIn(slack)?.rendered).toContain("Denied");
  });

  test("a card that somebody deleted is posted anew", async () => {
    await using slack = await startSlack();
    const { project, store, poster } = deskFor(slack, aPending());
    await project();
    const old = cardIn(slack)!;
    await poster.remove(old);
    store.become(lives["denied"]!());
    await project();
    expect(cardIn(slack)?.ts).not.toBe(old.ts);
    expect(cardIn(slack)?.rendered).toContain("Denied");
  });

  test("an approver who can't be written to stops nobody else", async () => {
    await using slack = await startSlack();
    slack.faults.deactivate("lead");
    const { project, store } = deskFor(slack, aPending());
    await project();
    expect(slack.as("approver2").directMessages()).toHaveLength(1);
    expect(store.projection.shownVersion).toBe(1);
  });

  test("an error that nobody knows of keeps one copy away, not the others; it is logged once and the requester learns of it", async () => {
    await using slack = await startSlack();
    const { project, store, said } = deskFor(slack, aPending());
    slack.faults.failCall("chat.postMessage", "an_error_of_tomorrow");
    await project();
    expect(slack.as("lead").directMessages()[0]?.rendered).toContain("[Approve]");
    expect(slack.as("approver2").directMessages()).toHaveLength(1);
    expect(slack.as("oncall").directMessages()[0]?.rendered).toContain("an_error_of_tomorrow");
    expect(said.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { error: "an_error_of_tomorrow" } },
    ]);
    expect(store.projection.shownVersion).toBe(1);
  });

  test("a copy that can't be drawn stops no other one, is logged once, and is tried again", async () => {
    await using slack = await startSlack();
    const request = aPending();
    // A document of another version: only the channel's copy asks which inputs are sensitive.
    const { sensitive: _, ...older } = request.plan;
    const { project, said, store } = deskFor(slack, { ...request, plan: older as typeof request.plan });
    await expect(project()).rejects.toThrow(RetryableError);
    expect(slack.as("lead").directMessages()[0]?.rendered).toContain("[Approve]");
    expect(slack.as("oncall").directMessages()).toHaveLength(1);
    expect(said.filter(({ level }) => level === "error")).toHaveLength(1);
    store.become(request);
    await project();
    expect(botMessages(slack, "C0APPROVALS")).toHaveLength(1);
  });

  test("that shows nobody anything is asked again", async () => {
    await using slack = await startSlack();
    const { project } = deskFor(slack, aPending());
    slack.faults.failCall("chat.postMessage", "an_error_of_tomorrow", { times: 30 });
    await expect(project()).rejects.toThrow(RetryableError);
    slack.faults.clear();
    await project();
    expect(botMessages(slack, "C0APPROVALS")).toHaveLength(1);
  });

  test("a token that Slack refuses is no fault of a place: nothing is given up, and somebody is told", async () => {
    await using slack = await startSlack();
    const { project, said } = deskFor(slack, aPending());
    slack.faults.failCall("chat.postMessage", "token_revoked", { times: 30 });
    await expect(project()).rejects.toThrow(RetryableError);
    expect(said).toContainEqual(expect.objectContaining({ level: "error" }));
    expect(slack.record.api("chat.postMessage")).toHaveLength(2);
    slack.faults.clear();
    await project();
    expect(botMessages(slack, "C0APPROVALS")).toHaveLength(1);
  });

  test("blocks that Slack refuses: the sentence arrives without them, and somebody is told", async () => {
    await using slack = await startSlack();
    const { poster, said } = deskFor(slack, aPending());
    const sent = await poster.post(
      { channel: "C0APPROVALS" },
      { text: "It lapsed." as never, blocks: [{ type: "section" }] },
    );
    expect(sent.status).toBe("posted");
    expect(said).toMatchObject([{ level: "error" }]);
  });
});

function isFalse(value: unknown): boolean {
  return value === false || value === "false";
}
