import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startSlack as startPeer, type SlackPeer } from "../../src/sandbox/slack/start-slack.ts";
import { createChannelFacts } from "../../src/slack/channel-facts.ts";
import { createSlackClients, type SlackClients } from "../../src/slack/slack-clients.ts";
import { createDirectory } from "../../src/slack/slack-directory.ts";
import { silentLog } from "../fixtures/silent-log.ts";

let slack: SlackPeer;
let clients: SlackClients;
beforeAll(async () => {
  slack = await startPeer();
  clients = createSlackClients({ botToken: slack.botToken, slackApiUrl: slack.apiUrl });
});
afterAll(() => slack[Symbol.asyncDispose]());
beforeEach(() => slack.faults.clear());

describe("who somebody is", () => {
  const check = (userId: string, changes: object = {}) =>
    createDirectory({
      client: clients.interactive,
      allowedTeams: ["T0SANDBOX"],
      timeoutMs: 500,
      log: silentLog,
      ...changes,
    }).check({ teamId: "T0SANDBOX", userId });

  test("a full member of our team is fine", async () => {
    expect(await check("U0ONCALL")).toEqual({ status: "ok" });
  });

  test.each([
    ["U0DEACTIVATED", "deactivated"],
    ["U0OTHERBOT", "bot"],
    ["U0GUEST", "guest"],
    ["U0ULTRAGUEST", "guest"],
    ["U0OUTSIDER", "stranger"],
    ["U0NOBODY", "unknown"],
  ])("%s is refused as %s", async (userId, problem) => {
    expect(await check(userId)).toEqual({ status: "refused", problem });
  });

  test("somebody of another team is refused, also when Slack calls them no stranger", async () => {
    const outsider = slack.workspace.person("outsider");
    outsider.isStranger = false;
    expect(await check("U0OUTSIDER")).toEqual({ status: "refused", problem: "other-team" });
    expect(await check("U0OUTSIDER", { allowedTeams: () => ["T0SANDBOX", "T0OTHER"] })).toEqual({
      status: "ok",
    });
    outsider.isStranger = true;
  });

  test("nobody may act while no team is known", async () => {
    expect(await check("U0ONCALL", { allowedTeams: () => [] })).toEqual({
      status: "refused",
      problem: "other-team",
    });
  });

  test("a change is seen at the next question: nothing is remembered", async () => {
    expect(await check("U0ENGINEER")).toEqual({ status: "ok" });
    slack.faults.deactivate("engineer");
    expect(await check("U0ENGINEER")).toEqual({ status: "refused", problem: "deactivated" });
    slack.faults.reactivate("engineer");
  });

  test.each([
    ["slow", () => slack.faults.latency("users.info", 1_000)],
    ["rate limited", () => slack.faults.rateLimit("users.info")],
    ["failing", () => slack.faults.httpError("users.info")],
    ["cut off", () => slack.faults.resetAfterAccept("users.info")],
    ["refusing", () => slack.faults.failCall("users.info", "user_not_visible")],
  ])("when Slack is %s the answer is no", async (_, fault) => {
    fault();
    expect(await check("U0ONCALL")).toEqual({ status: "refused", problem: "unknown" });
  });
});

describe("what a channel is", () => {
  test("tells shared, archived and membership", async () => {
    const factsOf = createChannelFacts(clients.background);
    const plain = { status: "known", shared: false, archived: false, member: true };
    expect(await factsOf("C0APPROVALS")).toEqual(plain);
    expect(await factsOf("C0SHARED")).toEqual({ ...plain, shared: true });
    expect(await factsOf("C0ARCHIVED")).toMatchObject({ archived: true });
    expect(await factsOf("C0NOBOT")).toMatchObject({ member: false });
    expect(await factsOf("C0NOWHERE")).toEqual({ status: "unseen" });
    slack.faults.httpError("conversations.info", { times: 5 });
    expect(await factsOf("C0APPROVALS")).toMatchObject({ status: "unknown" });
  });
});

describe("a channel that another organisation may read", () => {
  const ours = { is_channel: true, is_member: true };

  test.each<[string, object, boolean]>([
    ["is not ours alone once it is shared outside", { is_shared: true, is_ext_shared: true }, true],
    ["is not ours alone from the invitation on", { is_pending_ext_shared: true }, true],
    ["is not ours alone when Slack says only that it is shared", { is_shared: true }, true],
    ["is ours when it is shared inside the organisation", { is_shared: true, is_org_shared: true }, false],
    ["is ours when nothing says otherwise", {}, false],
  ])("%s", async (_, said, shared) => {
    await using peer = await aSlackThatAnswers({ ok: true, channel: { id: "C1", ...ours, ...said } });
    const { background } = createSlackClients({ botToken: "xoxb-local", slackApiUrl: peer.apiUrl });
    expect(await createChannelFacts(background)("C1")).toEqual({
      status: "known",
      shared,
      archived: false,
      member: true,
    });
  });
});

describe("the clients", () => {
  test("a rate limit on the background client does not delay what a person waits for", async () => {
    slack.faults.rateLimit("chat.update", { retryAfterS: 30 });
    await expect(
      clients.background.chat.update({ channel: "C0APPROVALS", ts: "1.1", text: "x" }),
    ).rejects.toThrow(/rate/i);
    const started = performance.now();
    await clients.interactive.users.info({ user: "U0ONCALL" });
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test("a post whose answer was lost is not repeated by the interactive client", async () => {
    const before = slack.record.api("chat.postMessage").length;
    slack.faults.resetAfterAccept("chat.postMessage");
    await expect(
      clients.interactive.chat.postMessage({ channel: "C0APPROVALS", text: "once" }),
    ).rejects.toThrow(/error occurred/);
    expect(slack.record.api("chat.postMessage")).toHaveLength(before + 1);
  });

  test("each client keeps its own token", async () => {
    const other = createSlackClients({ botToken: "xoxb-of-another", slackApiUrl: slack.apiUrl });
    await expect(other.interactive.auth.test()).rejects.toThrow(/invalid_auth/);
    await clients.interactive.auth.test();
    expect(slack.record.api("auth.test").at(-1)?.token).toBe("bot");
  });

  test("nothing but the configured Slack is reached", async () => {
    await expect(clients.fetch("http://127.0.0.1:9/api/")).rejects.toThrow(/only Slack may be reached/);
    await expect(clients.fetch("https://slack.com/api/api.test")).rejects.toThrow(
      /only Slack may be reached/,
    );
    const real = createSlackClients({ botToken: "xoxb-x" });
    for (const url of [
      "http://slack.com/api/auth.test",
      "https://slack.com.example.com/",
      "https://notslack.com/",
      "https://slack.com:8443/",
      "https://169.254.169.254/latest/meta-data",
      "https://slack.com@example.com/",
    ]) {
      await expect(real.fetch(url)).rejects.toThrow(/only Slack may be reached/);
    }
  });
});

/** Answers every call of the Web API with this. */
async function aSlackThatAnswers(body: object): Promise<AsyncDisposable & { apiUrl: string }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
