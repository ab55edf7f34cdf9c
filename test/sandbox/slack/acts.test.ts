import type { App } from "@slack/bolt";
import { expect, test } from "vitest";
import { startSlack, type SlackPeer } from "../../../src/sandbox/slack/start-slack.ts";
import { boltOverSockets, webClient } from "./bolt-app.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });
const button = (id: string, label: string) => ({
  type: "button" as const,
  action_id: id,
  text: plain(label),
  value: id,
});

function card(slack: SlackPeer, channel = "C0APPROVALS") {
  return webClient(slack).chat.postMessage({
    channel,
    text: "card",
    blocks: [
      { type: "section", text: plain("A request") },
      { type: "actions", elements: [button("approve", "Approve"), button("deny", "Deny")] },
    ],
  });
}

const acks = (app: App) => {
  app.command("/jit", ({ ack }) => ack());
  app.action(/.*/, ({ ack }) => ack());
  app.shortcut(/.*/, ({ ack }) => ack());
};

test("a slash command in a thread never reaches the app", async () => {
  await using slack = await startSlack();
  const oncall = slack.as("oncall");
  const root = oncall.say("C0INC4211", "checkout is down");
  const typed = await oncall.command("/jit request", { channel: "C0INC4211", thread: root.ts });
  expect(typed).toMatchObject({ status: "refused", shown: "/jit is not supported in threads. Sorry!" });
  expect(slack.record.deliveries()).toEqual([]);
});

test("a command that no app owns is refused", async () => {
  await using slack = await startSlack();
  const typed = await slack.as("oncall").command("/deploy now", { channel: "C0INCIDENTS" });
  expect(typed).toMatchObject({ status: "refused", shown: "/deploy is not a valid command." });
});

test("a command works where the bot is no member, and in its direct messages", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, acks);
  const oncall = slack.as("oncall");
  expect((await oncall.command("/jit", { channel: "#no-bot" })).status).toBe("ok");
  expect((await oncall.command("/jit", { channel: "dm" })).status).toBe("ok");
  expect(slack.record.deliveries("slash_commands").map((d) => d.payload["channel_name"])).toEqual([
    "no-bot",
    "directmessage",
  ]);
});

test("people and channels in a command are escaped to their ids", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, acks);
  await slack.as("oncall").command("/jit request for @lead in #incidents a@b", { channel: "C0INCIDENTS" });
  expect(slack.record.deliveries("slash_commands")[0]?.payload["text"]).toBe(
    "request for <@U0LEAD|lead> in <#C0INCIDENTS|incidents> a@b",
  );
});

test("an acknowledgement with text is an ephemeral answer, or one for all", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, (app) => {
    app.command("/jit", ({ ack, body }) =>
      body.text === "all" ? ack({ text: "for all", response_type: "in_channel" }) : ack("just for you"),
    );
  });
  const oncall = slack.as("oncall");
  const alone = await oncall.command("/jit me", { channel: "C0INCIDENTS" });
  expect(alone.message).toMatchObject({ ephemeral: true, rendered: "just for you" });
  const loud = await oncall.command("/jit all", { channel: "C0INCIDENTS" });
  expect(loud.message).toMatchObject({ ephemeral: false });
  expect(
    slack
      .as("lead")
      .messages("C0INCIDENTS")
      .map((m) => m.rendered),
  ).toEqual(["for all"]);
});

test("nobody uses what they don't see", async () => {
  await using slack = await startSlack();
  const posted = await card(slack, "C0AUDIT");
  const ref = { channel: "C0AUDIT", ts: posted.ts ?? "" };
  await expect(slack.as("oncall").click(ref, "approve")).rejects.toThrow("oncall is not in #jit-audit");
  await expect(slack.as("lead").click(ref, "explode")).rejects.toThrow("there is: Approve, Deny");
  expect(() => slack.as("outsider").messages("C0APPROVALS")).toThrow("outsider is not in");
  expect(() => slack.as("nobody")).toThrow("nobody here is called nobody");
});

test("a click carries who, where, which message and which button", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, acks);
  const posted = await card(slack);
  const lead = slack.as("lead");
  await lead.click({ channel: "C0APPROVALS", ts: posted.ts ?? "" }, "Approve");
  expect(slack.record.deliveries("block_actions")[0]?.payload).toMatchObject({
    user: { id: "U0LEAD", team_id: "T0SANDBOX" },
    team: { id: "T0SANDBOX", domain: "sandbox" },
    api_app_id: "A0JIT",
    container: { type: "message", message_ts: posted.ts, channel_id: "C0APPROVALS", is_ephemeral: false },
    channel: { id: "C0APPROVALS", name: "jit-approvals" },
    message: { ts: posted.ts, bot_id: "B0JIT", user: "U0JITBOT" },
    actions: [{ type: "button", action_id: "approve", value: "approve", text: plain("Approve") }],
  });
});

test("a client that lags still presses the button that is gone", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, acks);
  const posted = await card(slack);
  const lead = slack.as("lead");
  const old = await lead.waitForMessage("C0APPROVALS", "A request");
  await webClient(slack).chat.update({ channel: "C0APPROVALS", ts: posted.ts ?? "", text: "decided" });
  expect((await lead.click(old, "approve")).status).toBe("ok");
  await expect(lead.click({ channel: old.channel, ts: old.ts }, "approve")).rejects.toThrow("nothing to use");
});

test("a stranger's click bears their own workspace", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, acks);
  slack.faults.shareChannel("C0APPROVALS");
  const posted = await card(slack);
  await slack.as("outsider").click({ channel: "C0APPROVALS", ts: posted.ts ?? "" }, "approve");
  expect(slack.record.deliveries("block_actions")[0]?.payload).toMatchObject({
    user: { id: "U0OUTSIDER", team_id: "T0OTHER" },
    team: { id: "T0OTHER" },
  });
});

test("a button in an ephemeral message tells no message, and its response_url replaces it", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, (app) => {
    app.action("approve", async ({ ack, respond }) => {
      await ack();
      await respond({ text: "replaced", replace_original: true });
    });
  });
  await webClient(slack).chat.postEphemeral({
    channel: "C0APPROVALS",
    user: "U0LEAD",
    text: "only you",
    blocks: [{ type: "actions", elements: [button("approve", "Approve")] }],
  });
  const lead = slack.as("lead");
  const only = await lead.waitForEphemeral("[Approve]");
  await lead.click(only, "Approve");
  await lead.waitForEphemeral("replaced");
  expect(lead.ephemerals()).toHaveLength(1);
  const [delivery] = slack.record.deliveries("block_actions");
  expect(delivery?.payload).not.toHaveProperty("message");
  expect(delivery?.payload["container"]).toMatchObject({ is_ephemeral: true });
});

test("each person's choice in a message's menu is their own", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, acks);
  const options = ["15", "60"].map((value) => ({ text: plain(`${value} minutes`), value }));
  const posted = await webClient(slack).chat.postMessage({
    channel: "C0APPROVALS",
    text: "how long",
    blocks: [
      { type: "actions", block_id: "b", elements: [{ type: "static_select", action_id: "time", options }] },
    ],
  });
  const ref = { channel: "C0APPROVALS", ts: posted.ts ?? "" };
  await slack.as("lead").select(ref, "time", "60 minutes");
  expect(slack.as("lead").message(ref)?.rendered).toBe("( 60 minutes )");
  expect(slack.as("oncall").message(ref)?.rendered).toBe("(  )");
  expect(slack.record.deliveries("block_actions")[0]?.payload).toMatchObject({
    state: { values: { b: { time: { selected_option: { value: "60" } } } } },
    actions: [{ selected_option: { value: "60" } }],
  });
});

test("shortcuts: one from anywhere, one from a message in a thread", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, acks);
  const oncall = slack.as("oncall");
  const root = oncall.say("C0INC4211", "checkout is down");
  const reply = slack.as("lead").say("C0INC4211", "look at orders", { thread: root.ts });
  await oncall.globalShortcut("jit_request");
  await oncall.messageShortcut("jit_request_from_message", reply);
  const [global] = slack.record.deliveries("shortcut");
  expect(global?.payload).toMatchObject({ callback_id: "jit_request", user: { id: "U0ONCALL" } });
  expect(global?.payload).not.toHaveProperty("channel");
  expect(slack.record.deliveries("message_action")[0]?.payload).toMatchObject({
    callback_id: "jit_request_from_message",
    message_ts: reply.ts,
    message: { thread_ts: root.ts, text: "look at orders", user: "U0LEAD" },
    channel: { id: "C0INC4211" },
  });
});

test("a wait in vain says what was there instead", async () => {
  await using slack = await startSlack();
  slack.as("lead").say("C0APPROVALS", "something else");
  const wait = slack.as("lead").waitForMessage("C0APPROVALS", "a card", { timeoutMs: 20 });
  await expect(wait).rejects.toThrow(/20 ms in vain.*a card[\s\S]*something else/);
});
