import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/sandbox/slack/json.ts";
import { eventually } from "../fixtures/eventually.ts";
import { type Harness, openSurface } from "./surface-harness.ts";

const home = "T0SANDBOX";

describe("what comes from Slack", () => {
  let harness: Harness | undefined;
  afterEach(async () => {
    await harness?.[Symbol.asyncDispose]();
    harness = undefined;
  });

  function command(changes: JsonObject = {}) {
    return {
      kind: "slash_commands",
      acceptsResponse: true,
      payload: {
        command: "/jit",
        text: "status",
        team_id: home,
        user_id: "U0ONCALL",
        channel_id: "C0INCIDENTS",
        api_app_id: "A0JIT",
        trigger_id: String(Math.random()),
        response_url: "https://hooks.slack.com/commands/x",
        ...changes,
      },
    } as const;
  }

  function click(changes: JsonObject = {}) {
    return {
      kind: "interactive",
      acceptsResponse: false,
      payload: {
        type: "block_actions",
        user: { id: "U0LEAD", team_id: home },
        team: { id: home, domain: "sandbox" },
        api_app_id: "A0JIT",
        trigger_id: String(Math.random()),
        container: { type: "message", message_ts: "1.1", channel_id: "C0APPROVALS" },
        channel: { id: "C0APPROVALS", name: "jit-approvals" },
        actions: [
          {
            type: "button",
            action_id: "jit_approve",
            block_id: "b",
            value: "R1:aaaaaaaaaaaa",
            action_ts: "1",
          },
        ],
        ...changes,
      },
    } as const;
  }

  const view = { id: "V1", hash: "1.a", blocks: [], private_metadata: "", state: { values: {} } };
  const submission = {
    type: "view_submission",
    actions: undefined,
    container: undefined,
    channel: undefined,
  };
  const foreign: [what: string, delivery: ReturnType<typeof click> | ReturnType<typeof command>][] = [
    ["a click from another team", click({ team: { id: "T0OTHER", domain: "other" } })],
    [
      "a click by somebody of another team in a shared channel",
      click({ user: { id: "U0OUT", team_id: "T0OTHER" } }),
    ],
    ["a click without any team", click({ team: null, user: { id: "U0OUT" } })],
    ["a command from another team", command({ team_id: "T0OTHER" })],
    [
      "a form sent where the app of another team is installed",
      click({ ...submission, view: { ...view, app_installed_team_id: "T0OTHER" } }),
    ],
  ];
  test.each(foreign)("%s is dropped before any handler and reported", async (_, delivery) => {
    harness = await openSurface();
    expect(await harness.slack.deliver(delivery)).toMatchObject({ status: "acked" });
    expect(harness.useCases.calls).toEqual([]);
    expect(harness.foreign).toHaveLength(1);
  });

  test("a delivery for another app is dropped when our app's id is known", async () => {
    harness = await openSurface({ appId: "A0JIT" });
    await harness.slack.deliver(command({ api_app_id: "A0OTHER" }));
    expect(harness.useCases.calls).toEqual([]);
    await harness.slack.deliver(command());
    expect(harness.useCases.of("requestsOf")).toHaveLength(1);
  });

  test("the allow-list may name further teams", async () => {
    harness = await openSurface({ allowedTeams: [home, "T0SISTER"] });
    await harness.slack.deliver(click({ team: { id: "T0SISTER", domain: "s" }, user: { id: "U0LEAD" } }));
    const { useCases } = harness;
    await eventually(() => useCases.of("castVote").length === 1);
    expect(useCases.of("castVote")).toMatchObject([{ by: { teamId: "T0SISTER", userId: "U0LEAD" } }]);
  });

  test("one delivery that comes three times is handled once, whatever its kind", async () => {
    harness = await openSurface();
    for (const delivery of [command(), click()]) {
      const { slack } = harness;
      await Promise.all([1, 2, 3].map(() => slack.deliver(delivery)));
    }
    const { useCases } = harness;
    await eventually(() => useCases.of("castVote").length > 0);
    expect(useCases.of("requestsOf")).toHaveLength(1);
    expect(useCases.of("castVote")).toHaveLength(1);
  });

  test.each([
    ["fails", () => Promise.reject(new Error("Redis is away"))],
    ["never answers", () => new Promise<boolean>(() => {})],
  ])("when the memory of deliveries %s, acts still pass: the store decides", async (_, seen) => {
    harness = await openSurface({ deps: { seen } });
    expect(await harness.slack.deliver(click())).toMatchObject({ status: "acked" });
    const { useCases } = harness;
    await eventually(() => useCases.of("castVote").length === 1);
  });

  test("what Slack would never send is acknowledged and changes nothing", async () => {
    harness = await openSurface();
    const odd: JsonObject[] = [
      {},
      { type: "nonsense", team_id: home },
      { type: "block_actions", team: { id: home }, user: { id: "U0LEAD" }, actions: [] },
      {
        type: "block_actions",
        team: { id: home },
        user: { id: "<!channel>" },
        actions: [{ action_id: "jit_approve" }],
      },
      {
        ...submission,
        team: { id: home },
        user: { id: "U0LEAD" },
        view: { callback_id: "jit_request_form" },
      },
    ];
    for (const payload of odd) {
      const ack = await harness.slack.deliver({ kind: "interactive", acceptsResponse: true, payload });
      expect(ack).toMatchObject({ status: "acked" });
      expect(ack.latencyMs).toBeLessThan(3_000);
    }
    expect(harness.useCases.calls).toEqual([]);
  });

  test("a card unfurled from a link decides nothing", async () => {
    harness = await openSurface();
    await harness.slack.deliver(click({ container: { type: "message", is_app_unfurl: true } }));
    expect(harness.useCases.of("castVote")).toEqual([]);
  });

  test("no token, response URL, trigger, input or reason reaches the log", async () => {
    harness = await openSurface();
    harness.useCases.answers.act = async () => {
      throw new Error("inside");
    };
    const trigger = "13345224609.738474920.8088930838d88f008e0";
    await harness.slack.deliver(
      click({ trigger_id: trigger, response_url: `${harness.slack.url}/response/secret` }),
    );
    await harness.slack.deliver(command({ text: "request <@U0LEAD> hunter2" }));
    const { log } = harness;
    await eventually(() => log.some(({ level }) => level === "error"));
    const text = JSON.stringify(log);
    for (const secret of [
      harness.slack.botToken,
      harness.slack.appToken,
      "response/secret",
      trigger,
      "hunter2",
    ]) {
      expect(text).not.toContain(secret);
    }
  });
});
