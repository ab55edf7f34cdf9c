import { WebAPIHTTPError, WebAPIRateLimitedError, WebAPIRequestError } from "@slack/web-api";
import { expect, test } from "vitest";
import { startSlack } from "../../../src/sandbox/slack/start-slack.ts";
import { boltOverSockets, webClient } from "./bolt-app.ts";

const message = { channel: "C0APPROVALS", text: "hello" };

test("a method is rate limited as often as asked, the others are not", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  slack.faults.rateLimit("chat.postMessage", { retryAfterS: 7, times: 2 });
  for (let i = 0; i < 2; i += 1) {
    const error = await client.chat.postMessage(message).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(WebAPIRateLimitedError);
    expect((error as WebAPIRateLimitedError).retryAfter).toBe(7);
  }
  await client.auth.test();
  await client.chat.postMessage(message);
  expect(slack.as("lead").messages("C0APPROVALS")).toHaveLength(1);
});

test("a connection reset after acceptance leaves the message posted", async () => {
  await using slack = await startSlack();
  slack.faults.resetAfterAccept("chat.postMessage");
  await expect(webClient(slack).chat.postMessage(message)).rejects.toBeInstanceOf(WebAPIRequestError);
  expect(slack.as("lead").messages("C0APPROVALS")).toHaveLength(1);
});

test("an HTTP 500 and an error of Slack's leave nothing behind", async () => {
  await using slack = await startSlack();
  slack.faults.httpError("chat.postMessage");
  await expect(webClient(slack).chat.postMessage(message)).rejects.toBeInstanceOf(WebAPIHTTPError);
  slack.faults.failCall("chat.postMessage", "fatal_error");
  await expect(webClient(slack).chat.postMessage(message)).rejects.toMatchObject({
    data: { error: "fatal_error" },
  });
  expect(slack.as("lead").messages("C0APPROVALS")).toEqual([]);
});

test("a slow method answers late, and correctly", async () => {
  await using slack = await startSlack();
  slack.faults.latency("*", 60);
  const started = performance.now();
  await webClient(slack).auth.test();
  expect(performance.now() - started).toBeGreaterThanOrEqual(55);
});

test("Slack goes down, nothing gets through, and comes back at the same address", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, (app) => {
    app.command("/jit", ({ ack }) => ack());
  });
  slack.faults.down();
  await expect(webClient(slack).auth.test()).rejects.toBeInstanceOf(WebAPIRequestError);
  const oncall = slack.as("oncall");
  expect(await oncall.command("/jit", { channel: "C0INCIDENTS" })).toMatchObject({
    status: "refused",
    shown: "Slack can't be reached.",
  });
  slack.faults.up();
  await webClient(slack).auth.test();
});

test("clearing ends what was planned", async () => {
  await using slack = await startSlack();
  slack.faults.rateLimit("*", { times: Infinity });
  slack.faults.clear();
  await expect(webClient(slack).auth.test()).resolves.toMatchObject({ ok: true });
});

test("what was switched is in the record", async () => {
  await using slack = await startSlack();
  slack.faults.deactivate("lead");
  expect(slack.record.entries).toMatchObject([
    { kind: "fault", fault: "deactivate", detail: { args: ["lead"] } },
  ]);
  const { user } = await webClient(slack).users.info({ user: "U0LEAD" });
  expect(user?.deleted).toBe(true);
});

test("a response_url takes five answers, for thirty minutes, without the bot being a member", async () => {
  await using slack = await startSlack();
  const urls: string[] = [];
  await using _ = await boltOverSockets(slack, (app) => {
    app.command("/jit", async ({ ack, body }) => {
      urls.push(body.response_url);
      await ack();
    });
  });
  const oncall = slack.as("oncall");
  await oncall.command("/jit", { channel: "C0NOBOT" });
  await oncall.command("/jit", { channel: "C0NOBOT" });
  const answer = async (url: string | undefined, body: object) => {
    const response = await fetch(url ?? "", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return [response.status, await response.text()];
  };
  expect(await answer(urls[0], { text: "one" })).toEqual([200, "ok"]);
  expect(await answer(urls[0], { text: "for all", response_type: "in_channel" })).toEqual([200, "ok"]);
  expect(await answer(urls[0], { text: "two", replace_original: true })).toEqual([200, "ok"]);
  expect((await answer(urls[0], {}))[0]).toBe(400);
  expect((await answer(urls[0], { blocks: [{ type: "alert" }] }))[1]).toContain("invalid_blocks");
  expect(await answer(urls[0], { text: "four" })).toEqual([200, "ok"]);
  expect(await answer(urls[0], { text: "five" })).toEqual([200, "ok"]);
  const sixth = await answer(urls[0], { text: "six" });
  expect(sixth[0]).toBe(404);
  expect(sixth[1]).toContain("used_url");
  expect(oncall.ephemerals("C0NOBOT").map((m) => m.text)).toEqual(["two", "four", "five"]);
  expect(
    slack
      .as("lead")
      .messages("C0NOBOT")
      .map((m) => m.text),
  ).toEqual(["for all"]);

  slack.faults.advanceClock(30 * 60_000 + 1);
  expect((await answer(urls[1], { text: "late" }))[1]).toContain("expired_url");
});

test("an app is told that a channel was archived, of a private one only when it is in it", async () => {
  await using slack = await startSlack();
  const told: string[] = [];
  await using _app = await boltOverSockets(slack, (app) => {
    for (const type of ["channel_archive", "group_archive"] as const)
      app.event(type, async ({ event }) => void told.push(`${event.type} ${event.channel}`));
  });
  slack.faults.removeBot("#jit-audit");
  slack.faults.archive("#jit-audit");
  slack.faults.inviteBot("#jit-audit");
  slack.faults.archive("#jit-audit");
  await slack.until(() => told.length > 0 || undefined);
  slack.faults.archive("#no-bot");
  await slack.until(() => told.length > 1 || undefined);
  expect(told).toEqual(["group_archive C0AUDIT", "channel_archive C0NOBOT"]);
});
