import { WebAPIPlatformError } from "@slack/web-api";
import { expect, test } from "vitest";
import { startSlack } from "../../../src/sandbox/slack/start-slack.ts";
import { webClient } from "./bolt-app.ts";

/** The error code that a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof WebAPIPlatformError) return error.data.error;
    throw error;
  }
  return "accepted";
}

test("auth.test tells who the bot is", async () => {
  await using slack = await startSlack();
  await expect(webClient(slack).auth.test()).resolves.toMatchObject({
    ok: true,
    team_id: "T0SANDBOX",
    user_id: "U0JITBOT",
    bot_id: "B0JIT",
  });
});

test("a wrong token, no token and the other kind of token are told apart", async () => {
  await using slack = await startSlack();
  expect(await refusal(webClient(slack, "xoxb-wrong").auth.test())).toBe("invalid_auth");
  expect(await refusal(webClient(slack, slack.appToken).auth.test())).toBe("not_allowed_token_type");
  expect(await refusal(webClient(slack).apps.connections.open({}))).toBe("not_allowed_token_type");
  const bare = await fetch(`${slack.apiUrl}auth.test`, { method: "POST" });
  expect(await bare.json()).toMatchObject({ ok: false, error: "not_authed" });
});

test("a scope that was not granted is named", async () => {
  await using slack = await startSlack({ scopes: ["chat:write"] });
  const call = webClient(slack).users.info({ user: "U0LEAD" });
  await expect(call).rejects.toMatchObject({
    data: { error: "missing_scope", needed: "users:read", provided: "chat:write" },
  });
});

test("private channels need groups:read to be looked at", async () => {
  await using slack = await startSlack({ scopes: ["channels:read"] });
  const client = webClient(slack);
  expect(await refusal(client.conversations.info({ channel: "C0APPROVALS" }))).toBe("accepted");
  expect(await refusal(client.conversations.info({ channel: "C0AUDIT" }))).toBe("missing_scope");
});

test.each([
  ["C0NOBOT", "not_in_channel"],
  ["C0ARCHIVED", "is_archived"],
  ["C0NOSUCH", "channel_not_found"],
  ["#jit-approvals", "channel_not_found"],
  ["U0DEACTIVATED", "channel_not_found"],
  ["U0OUTSIDER", "channel_not_found"],
  ["U0OTHERBOT", "cannot_dm_bot"],
  ["C0APPROVALS", "accepted"],
])("posting to %s is answered with %s", async (channel, expected) => {
  await using slack = await startSlack();
  expect(await refusal(webClient(slack).chat.postMessage({ channel, text: "hello" }))).toBe(expected);
});

test("a private channel without the bot does not exist for it", async () => {
  await using slack = await startSlack();
  slack.faults.removeBot("C0AUDIT");
  const client = webClient(slack);
  expect(await refusal(client.chat.postMessage({ channel: "C0AUDIT", text: "hello" }))).toBe(
    "channel_not_found",
  );
  expect(await refusal(client.conversations.info({ channel: "C0AUDIT" }))).toBe("channel_not_found");
});

test("a message to a person's id lands in their direct messages, whose own id comes back", async () => {
  await using slack = await startSlack();
  const sent = await webClient(slack).chat.postMessage({ channel: "U0LEAD", text: "for you" });
  expect(sent.channel).toMatch(/^D/);
  expect(
    slack
      .as("lead")
      .directMessages()
      .map((m) => m.text),
  ).toEqual(["for you"]);
  expect(slack.as("oncall").directMessages()).toEqual([]);
  const { channel = "", ts = "" } = sent;
  expect(await refusal(webClient(slack).chat.update({ channel: "U0LEAD", ts, text: "new" }))).toBe(
    "channel_not_found",
  );
  expect(await refusal(webClient(slack).chat.update({ channel, ts, text: "new" }))).toBe("accepted");
});

test("an empty message is refused, a text beyond 40,000 characters is cut without a word", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  expect(await refusal(client.chat.postMessage({ channel: "C0APPROVALS", text: "" }))).toBe("no_text");
  await client.chat.postMessage({ channel: "C0APPROVALS", text: "x".repeat(40_001) });
  expect(slack.as("lead").messages("C0APPROVALS").at(-1)?.text).toHaveLength(40_000);
});

test("an update takes 4,000 characters of text, not one more", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const { ts = "" } = await client.chat.postMessage({ channel: "C0APPROVALS", text: "old" });
  const update = (length: number) =>
    client.chat.update({ channel: "C0APPROVALS", ts, text: "x".repeat(length) });
  expect(await refusal(update(4_001))).toBe("msg_too_long");
  expect(await refusal(update(4_000))).toBe("accepted");
});

test("an update with text alone takes the old blocks away", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const blocks = [{ type: "divider" as const }];
  const { ts = "" } = await client.chat.postMessage({ channel: "C0APPROVALS", text: "old", blocks });
  await client.chat.update({ channel: "C0APPROVALS", ts, text: "new" });
  expect(slack.as("lead").messages("C0APPROVALS").at(-1)).toMatchObject({
    blocks: [],
    rendered: "new",
    edited: true,
  });
});

test("only the bot's own messages can be changed or deleted", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const { channel, ts } = slack.as("oncall").say("C0APPROVALS", "mine");
  expect(await refusal(client.chat.update({ channel, ts, text: "yours" }))).toBe("cant_update_message");
  expect(await refusal(client.chat.delete({ channel, ts }))).toBe("cant_delete_message");
  expect(await refusal(client.chat.delete({ channel, ts: "1.000001" }))).toBe("message_not_found");
});

test("a card in a channel that was archived since can't be updated", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const { ts = "" } = await client.chat.postMessage({ channel: "C0APPROVALS", text: "card" });
  slack.faults.archive("C0APPROVALS");
  expect(await refusal(client.chat.update({ channel: "C0APPROVALS", ts, text: "x" }))).toBe("is_inactive");
});

test("a reply needs the ts of the thread's first message", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const post = (thread_ts: string) =>
    client.chat.postMessage({ channel: "C0APPROVALS", text: "reply", thread_ts });
  const root = slack.as("oncall").say("C0APPROVALS", "root");
  const reply = await post(root.ts);
  expect(await refusal(post("1.000001"))).toBe("thread_not_found");
  expect(await refusal(post(reply.ts ?? ""))).toBe("cannot_reply_to_message");
  expect(
    slack
      .as("lead")
      .messages("C0APPROVALS")
      .map((m) => m.text),
  ).toEqual(["root"]);
  expect(
    slack
      .as("lead")
      .thread("C0APPROVALS", root.ts)
      .map((m) => m.text),
  ).toEqual(["root", "reply"]);
});

test("an ephemeral is seen by one person, is no part of history and can't be updated", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const sent = await client.chat.postEphemeral({ channel: "C0APPROVALS", user: "U0LEAD", text: "psst" });
  expect(
    slack
      .as("lead")
      .ephemerals()
      .map((m) => m.text),
  ).toEqual(["psst"]);
  expect(slack.as("oncall").ephemerals()).toEqual([]);
  expect(slack.as("lead").messages("C0APPROVALS")).toEqual([]);
  const ts = sent.message_ts ?? "";
  expect(await refusal(client.chat.update({ channel: "C0APPROVALS", ts, text: "x" }))).toBe(
    "message_not_found",
  );
  const toOutsider = client.chat.postEphemeral({ channel: "C0APPROVALS", user: "U0OUTSIDER", text: "psst" });
  expect(await refusal(toOutsider)).toBe("user_not_in_channel");
});

test("users.info tells guests, bots, strangers and the deactivated apart", async () => {
  await using slack = await startSlack();
  const info = async (user: string) => (await webClient(slack).users.info({ user })).user;
  expect(await info("U0ONCALL")).toMatchObject({
    deleted: false,
    is_bot: false,
    is_restricted: false,
    team_id: "T0SANDBOX",
  });
  expect(await info("U0GUEST")).toMatchObject({ is_restricted: true, is_ultra_restricted: false });
  expect(await info("U0ULTRAGUEST")).toMatchObject({ is_restricted: true, is_ultra_restricted: true });
  expect(await info("U0OUTSIDER")).toMatchObject({ is_stranger: true, team_id: "T0OTHER" });
  expect(await info("U0DEACTIVATED")).toMatchObject({ deleted: true });
  expect(await info("U0OTHERBOT")).toMatchObject({ is_bot: true });
  expect(await refusal(info("U0NOBODY"))).toBe("user_not_found");
});

test("user groups list their members", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const { usergroups = [] } = await client.usergroups.list({ include_users: true });
  expect(usergroups.map((g) => [g.id, g.users])).toEqual([
    ["S0ORDERS", ["U0LEAD", "U0APPROVER2"]],
    ["S0SECURITY", ["U0SECURITY"]],
  ]);
  expect((await client.usergroups.users.list({ usergroup: "S0ORDERS" })).users).toEqual([
    "U0LEAD",
    "U0APPROVER2",
  ]);
  expect(await refusal(client.usergroups.users.list({ usergroup: "S0NONE" }))).toBe("no_such_subteam");
});

test("conversations.info tells a channel shared with another organisation, also once it becomes one", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const info = async (channel: string) => (await client.conversations.info({ channel })).channel;
  expect(await info("C0SHARED")).toMatchObject({ is_ext_shared: true });
  expect(await info("C0APPROVALS")).toMatchObject({ is_ext_shared: false, is_member: true });
  slack.faults.shareChannel("C0APPROVALS");
  expect(await info("C0APPROVALS")).toMatchObject({ is_ext_shared: true });
  expect((await client.conversations.members({ channel: "C0APPROVALS" })).members).toContain("U0OUTSIDER");
});

test("members come in pages", async () => {
  await using slack = await startSlack();
  const pages = [];
  for await (const page of webClient(slack).paginate("conversations.members", {
    channel: "C0APPROVALS",
    limit: 4,
  })) {
    pages.push((page as { members?: string[] }).members?.length);
  }
  expect(pages).toEqual([4, 4, 2]);
});

test("a permalink names channel, message and thread", async () => {
  await using slack = await startSlack();
  const root = slack.as("oncall").say("C0APPROVALS", "root");
  const reply = slack.as("lead").say("C0APPROVALS", "reply", { thread: root.ts });
  const link = await webClient(slack).chat.getPermalink({ channel: "C0APPROVALS", message_ts: reply.ts });
  expect(link.permalink).toBe(
    `https://sandbox.slack.com/archives/C0APPROVALS/p${reply.ts.replace(".", "")}?thread_ts=${root.ts}&cid=C0APPROVALS`,
  );
});

test("filesUploadV2 puts a file where its channel can download it, until it is deleted", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  const { channel = "" } = await client.chat.postMessage({ channel: "U0ONCALL", text: "rows follow" });
  await client.filesUploadV2({
    channel_id: channel,
    filename: "rows.csv",
    file: Buffer.from("id,status\n1,PAID\n"),
    initial_comment: "3 rows",
  });
  const message = await slack.as("oncall").waitForMessage("dm", "rows.csv");
  expect(message.rendered).toBe("3 rows\n[file: rows.csv, 17 bytes]");
  const file = message.files[0]?.id ?? "";
  expect(slack.as("oncall").download(file).content.toString()).toBe("id,status\n1,PAID\n");
  expect(() => slack.as("lead").download(file)).toThrow("there is no file");

  await client.files.delete({ file });
  expect(slack.as("oncall").message(message)?.rendered).toBe("3 rows\n[file deleted]");
  expect(() => slack.as("oncall").download(file)).toThrow("there is no file");
  expect(await refusal(client.files.delete({ file }))).toBe("file_deleted");
});

test("a text snippet can be uploaded too, and a file can't be shared to a person's id", async () => {
  await using slack = await startSlack();
  const client = webClient(slack);
  await client.filesUploadV2({ channel_id: "C0APPROVALS", filename: "a.json", content: "[]" });
  await slack.as("lead").waitForMessage("C0APPROVALS", "[file: a.json, 2 bytes]");
  const toPerson = client.filesUploadV2({ channel_id: "U0LEAD", filename: "a.json", content: "[]" });
  expect(await refusal(toPerson)).toBe("channel_not_found");
});

test("an empty file is refused", async () => {
  await using slack = await startSlack();
  const call = webClient(slack).files.getUploadURLExternal({ filename: "a", length: 0 });
  expect(await refusal(call)).toBe("invalid_arguments");
});

test("JSON bodies are taken like forms", async () => {
  await using slack = await startSlack();
  const answer = await fetch(`${slack.apiUrl}chat.postMessage`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${slack.botToken}` },
    body: JSON.stringify({ channel: "C0APPROVALS", text: "hi", blocks: [{ type: "divider" }] }),
  });
  expect(await answer.json()).toMatchObject({ ok: true, channel: "C0APPROVALS" });
});

test("an unknown method is named", async () => {
  await using slack = await startSlack();
  await expect(webClient(slack).apiCall("chat.shout")).rejects.toMatchObject({
    data: { error: "unknown_method", req_method: "chat.shout" },
  });
});

test("the record holds every call with its arguments and no token", async () => {
  await using slack = await startSlack();
  await webClient(slack).chat.postMessage({ channel: "C0APPROVALS", text: "hi", token: slack.botToken });
  const [entry] = slack.record.api("chat.postMessage");
  expect(entry).toMatchObject({ args: { channel: "C0APPROVALS", text: "hi" }, token: "bot", status: 200 });
  expect(JSON.stringify(slack.record.entries)).not.toContain(slack.botToken);
});
