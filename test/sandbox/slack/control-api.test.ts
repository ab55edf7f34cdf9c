import { readFile } from "node:fs/promises";
import { request } from "node:http";
import type { App } from "@slack/bolt";
import { expect, test } from "vitest";
import { controlRouteList } from "../../../src/sandbox/slack/control/control-api.ts";
import { startSlack, type SlackPeer } from "../../../src/sandbox/slack/start-slack.ts";
import { boltOverSockets, webClient } from "./bolt-app.ts";

const plain = (text: string) => ({ type: "plain_text" as const, text });

/** What a person with curl does. */
function control(slack: SlackPeer) {
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${slack.url}/control/${path}`, {
      method,
      headers: { authorization: `Bearer ${slack.controlToken}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { status: response.status, text, json: safeJson(text) };
  };
  return {
    get: (path: string) => call("GET", path),
    post: (path: string, body: object = {}) => call("POST", path, body),
  };
}

function safeJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function register(app: App): void {
  app.command("/jit", async ({ ack, body, client }) => {
    await ack();
    await client.views.open({
      trigger_id: body.trigger_id,
      view: {
        type: "modal",
        callback_id: "ask",
        title: plain("Ask"),
        submit: plain("Send"),
        blocks: [
          {
            type: "input",
            block_id: "reason",
            label: plain("Reason"),
            element: { type: "plain_text_input", action_id: "v" },
          },
        ],
      },
    });
  });
  app.view("ask", async ({ ack, view, client }) => {
    await ack();
    const text = view.state.values["reason"]?.["v"]?.value ?? "";
    const approve = { type: "button" as const, action_id: "approve", text: plain("Approve") };
    await client.chat.postMessage({
      channel: "C0APPROVALS",
      text,
      blocks: [
        { type: "section", text: plain(text) },
        { type: "actions", elements: [approve] },
      ],
    });
  });
  app.action("approve", async ({ ack, body, respond, client }) => {
    await ack();
    await respond("Thank you");
    if (body.type !== "block_actions") return;
    const { ts = "" } = body.message ?? {};
    await client.chat.update({ channel: "C0APPROVALS", ts, text: "Approved" });
    await client.filesUploadV2({
      channel_id: "C0APPROVALS",
      filename: "rows.csv",
      content: "id\n1\n",
      thread_ts: ts,
    });
  });
  app.shortcut(/.*/, ({ ack }) => ack());
  app.event("app_home_opened", async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: "home", blocks: [{ type: "header", text: plain("Home") }] },
    });
  });
}

test("a person with curl goes the whole way from the command to the file", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, register);
  const { get, post } = control(slack);

  expect((await post("as/oncall/command", { text: "/jit", channel: "#incidents" })).json).toMatchObject({
    status: "ok",
  });
  expect((await post("as/oncall/wait", { for: "view", contains: "Ask" })).status).toBe(200);
  expect((await get("as/oncall/view?format=text")).text).toBe("=== Ask ===\nReason: (  )\n[Cancel] [Send]\n");
  const missing = await post("as/oncall/submit");
  expect(missing.json).toMatchObject({
    status: "invalid",
    fieldErrors: { reason: expect.stringContaining("required") },
  });
  expect((await post("as/oncall/submit", { fields: { Reason: "INC-1" } })).json).toMatchObject({
    status: "ok",
  });

  const card = (await post("as/lead/wait", { for: "message", channel: "C0APPROVALS", matches: "INC-\\d" }))
    .json;
  expect(card["rendered"]).toBe("INC-1\n[Approve]");
  const clicked = await post("as/lead/click", {
    channel: "#jit-approvals",
    ts: card["ts"],
    button: "Approve",
  });
  expect(clicked.json).toMatchObject({ status: "ok" });
  expect((await post("as/lead/wait", { for: "ephemeral", contains: "Thank you" })).status).toBe(200);
  const shared = await post("as/lead/wait", {
    for: "thread",
    channel: "C0APPROVALS",
    thread: card["ts"],
    contains: "rows.csv",
  });
  const [file] = shared.json["files"] as { id: string }[];
  expect((await get(`as/lead/files/${file?.id}`)).text).toBe("id\n1\n");
  expect(
    (await get(`as/lead/messages?channel=C0APPROVALS&thread=${String(card["ts"])}&format=text`)).text,
  ).toContain("Approved");
  expect((await get("as/oncall/ephemerals")).text).toBe("[]");
});

test("Home, shortcuts, own posts and direct messages are reached too", async () => {
  await using slack = await startSlack();
  await using _ = await boltOverSockets(slack, register);
  const { get, post } = control(slack);
  expect((await get("as/lead/home")).text).toBe("null");
  await post("as/lead/open-home");
  expect((await post("as/lead/wait", { for: "home" })).json).toMatchObject({ rendered: "# Home" });
  const said = (await post("as/oncall/say", { channel: "C0INC4211", text: "down" })).json;
  await post("as/oncall/shortcut", { callback_id: "jit_request" });
  await post("as/oncall/shortcut", { callback_id: "from_message", channel: "C0INC4211", ts: said["ts"] });
  expect(slack.record.deliveries().map((d) => d.type)).toEqual([
    "app_home_opened",
    "shortcut",
    "message_action",
  ]);
  await webClient(slack).chat.postMessage({ channel: "U0LEAD", text: "for you" });
  expect((await get("as/lead/direct-messages?format=text")).text).toContain("for you");
  expect((await get("as/oncall/channels")).text).toContain("C0INC4211");
});

test("faults are switched and everything is in the record", async () => {
  await using slack = await startSlack();
  const { get, post } = control(slack);
  const switched = await post("faults", { fault: "rateLimit", args: ["auth.test", { times: 1 }] });
  expect(switched.json).toMatchObject({ planned: [{ method: "auth.test", left: 1 }] });
  await expect(webClient(slack).auth.test()).rejects.toThrow("rate-limit");
  await post("faults", { fault: "down" });
  expect((await get("workspace")).json).toMatchObject({ faults: { down: true }, connections: 0 });
  await post("faults", { fault: "up" });
  expect((await get("record?kind=api")).text).toContain("ratelimited");
  expect((await post("faults", { fault: "explode" })).json["error"]).toContain("there is: rateLimit");
});

test("what can't be done is said: 400, 404, 408, 409", async () => {
  await using slack = await startSlack();
  const { get, post } = control(slack);
  expect(await post("as/oncall/command", { text: "/jit" })).toMatchObject({
    status: 400,
    json: { error: '"channel" is missing' },
  });
  expect((await get("as/oncall/dance")).status).toBe(404);
  expect((await post("as/oncall/wait", { for: "view", timeout_ms: 5 })).status).toBe(408);
  expect(await post("as/oncall/submit")).toMatchObject({ status: 409, json: { error: "no modal is open" } });
  expect((await get("as/nobody/view")).status).toBe(409);
  expect((await post("request-url", { url: "http://127.0.0.1:1" })).status).toBe(409);
});

test("without its token, or by another host name, nothing is told", async () => {
  await using slack = await startSlack();
  const url = `${slack.url}/control/workspace`;
  expect((await fetch(url)).status).toBe(401);
  const guess = "0".repeat(slack.controlToken.length);
  for (const token of [slack.botToken, guess]) {
    expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  }
  const rebound = await new Promise((resolve) => {
    const headers = { host: "evil.example.com", authorization: `Bearer ${slack.controlToken}` };
    request(url, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(rebound).toBe(403);
});

test("the documentation names every route", async () => {
  const docs = await readFile(new URL("../../../docs/sandbox-slack.md", import.meta.url), "utf8");
  for (const route of controlRouteList) expect(docs).toContain(`${route.method} ${route.path}`);
});
