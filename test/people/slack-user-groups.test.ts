import type { WebClient } from "@slack/web-api";
import { expect, test } from "vitest";
import { slackUserGroups } from "../../src/people/slack-user-groups.ts";
import { slackRefuses } from "./slack-refuses.ts";

function groups(list: () => Promise<unknown>) {
  return slackUserGroups({ usergroups: { users: { list } } }, { timeoutMs: 100 });
}

test("a user group's members are each named once", async () => {
  const asked = await groups(async () => ({ ok: true, users: ["U0A", "W0B", "U0A"] })).members("S0GROUP");
  expect(asked).toEqual({ status: "known", value: ["U0A", "W0B"] });
});

test("a user group may have nobody", async () => {
  expect(await groups(async () => ({ ok: true, users: [] })).members("S0GROUP")).toEqual({
    status: "known",
    value: [],
  });
});

test.each<[string, () => Promise<unknown>, string]>([
  ["is not there", slackRefuses("no_such_subteam"), 'Slack has no user group "S0GROUP"'],
  [
    "needs a scope",
    slackRefuses("missing_scope"),
    "Slack does not let this bot look there (scope usergroups:read is missing)",
  ],
  ["meets a rate limit", slackRefuses("ratelimited"), "Slack takes no more questions for now (rate limit)"],
  ["meets another refusal", slackRefuses("account_inactive"), "Slack refused the question"],
  ["meets a refusal with an odd name", slackRefuses("constructor"), "Slack refused the question"],
  [
    "meets a broken connection",
    () => Promise.reject(new Error("ECONNRESET xoxb-secret")),
    "Slack could not be reached",
  ],
  ["gets no answer", () => new Promise(() => {}), "Slack did not answer within 0.1 s"],
  ["gets nonsense", async () => "ok", "Slack gave an answer of an unknown form"],
  [
    "gets other ids",
    async () => ({ users: ["U0A", "<!channel>"] }),
    "Slack gave an answer of an unknown form",
  ],
])("a user group that %s is unavailable", async (_, list, why) => {
  expect(await groups(list).members("S0GROUP")).toEqual({ status: "unavailable", why });
});

test("a client that throws at once makes no exception", async () => {
  const broken = groups(() => {
    throw new TypeError("broken");
  });
  expect((await broken.members("S0GROUP")).status).toBe("unavailable");
});

test.each(["", "U0A", "orders-team", "S0;DROP"])(
  "nothing is asked about %j, which is no user group",
  async (id) => {
    let asked = 0;
    const counting = groups(async () => ((asked += 1), { users: ["U0A"] }));
    expect((await counting.members(id)).status).toBe("unavailable");
    expect(asked).toBe(0);
  },
);

test("Slack's own client can be asked", () => {
  const fits = (client: WebClient) => slackUserGroups(client);
  expect(fits).toBeTypeOf("function");
});
