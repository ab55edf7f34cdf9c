import { createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { startSlack as startPeer } from "../../src/sandbox/slack/start-slack.ts";
import { SLACK_PATH } from "../../src/slack/front-door.ts";
import { startSlack } from "../../src/slack/start-slack.ts";
import { eventually } from "../fixtures/eventually.ts";
import { fakeUseCases, type LogLine, openSurface, surfaceDeps, surfaceOptions } from "./surface-harness.ts";
import { filled } from "./filled-form.ts";

describe("Socket Mode", () => {
  test("connects when Slack comes up after us, and says in the log that it waits", async () => {
    await using slack = await startPeer();
    slack.faults.down();
    const log: LogLine[] = [];
    await using surface = await startSlack(
      surfaceOptions(slack),
      surfaceDeps(fakeUseCases(), new Map(), log),
    );
    expect(surface.ready()).toBe(false);
    expect(log.some(({ message }) => message.includes("Slack can't be reached"))).toBe(true);
    slack.faults.up();
    await surface.connected;
    expect(surface.ready()).toBe(true);
    await slack.as("oncall").command("/jit help", { channel: "#incidents" });
    await slack.as("oncall").waitForEphemeral(/\/jit request/);
  });

  test("survives that Slack goes away for a while, without an unhandled rejection", async () => {
    await using harness = await openSurface();
    const { slack, surface } = harness;
    slack.faults.down();
    await eventually(() => !surface.ready());
    await eventually(
      () => harness.log.filter(({ message }) => message.includes("can't be reached")).length >= 2,
    );
    slack.faults.up();
    await eventually(() => surface.ready());
    await slack.waitForConnections();
    expect(await slack.as("oncall").command("/jit help", { channel: "#incidents" })).toMatchObject({
      status: "ok",
    });
  });

  test("is back at once when Slack asks to reconnect", async () => {
    await using harness = await openSurface();
    const { slack } = harness;
    for (let round = 0; round < 2; round++) {
      slack.faults.refreshSockets();
      await slack.waitForConnections(1, 2_000);
    }
    expect(await slack.as("oncall").command("/jit help", { channel: "#incidents" })).toMatchObject({
      status: "ok",
    });
  });

  test.each([
    ["bot token", { botToken: "xoxb-wrong" }, /bot token/],
    ["app token", { appToken: "xapp-wrong" }, /Socket Mode/],
  ])("refuses to start with a wrong %s, and says which", async (_, wrong, words) => {
    await using slack = await startPeer();
    const starting = startSlack(surfaceOptions(slack, wrong), surfaceDeps(fakeUseCases(), new Map(), []));
    await expect(starting).rejects.toThrow(ConfigError);
    await expect(starting).rejects.toThrow(words);
  });

  test("refuses to start for a team that is not allowed", async () => {
    await using slack = await startPeer();
    const options = surfaceOptions(slack, { allowedTeams: ["T0ELSEWHERE"] });
    await expect(startSlack(options, surfaceDeps(fakeUseCases(), new Map(), []))).rejects.toThrow(
      /SLACK_ALLOWED_TEAMS does not name T0SANDBOX/,
    );
  });

  test("says every missing secret at once", async () => {
    const none = { transport: "socket", botToken: "", allowedTeams: [] } as const;
    await expect(startSlack(none, surfaceDeps(fakeUseCases(), new Map(), []))).rejects.toThrow(
      /SLACK_BOT_TOKEN[^]*SLACK_APP_TOKEN/,
    );
  });

  test("stops while Slack can't be reached", async () => {
    await using slack = await startPeer();
    slack.faults.down();
    const surface = await startSlack(surfaceOptions(slack), surfaceDeps(fakeUseCases(), new Map(), []));
    await surface[Symbol.asyncDispose]();
    expect(surface.ready()).toBe(false);
  });

  test("ends what is being handled before it stops, and turns away what comes then", async () => {
    const harness = await openSurface();
    const { slack, surface, useCases } = harness;
    const slow = Promise.withResolvers<void>();
    useCases.answers.act = async () => {
      await slow.promise;
      return { status: "not-found" };
    };
    const oncall = slack.as("oncall");
    await oncall.command("/jit request Every Kind of Parameter", { channel: "#incidents" });
    const form = await oncall.waitForView(/Every kind of parameter/);
    await oncall.command("/jit end R0000000000000001", { channel: "#incidents" });
    await eventually(() => useCases.of("endGrant").length > 0);
    const stopped = surface[Symbol.asyncDispose]();
    const turnedAway = await oncall.command("/jit status", { channel: "#incidents" });
    expect(turnedAway.message?.rendered).toMatch(/restarting/);
    const sent = await oncall.fill(form, filled).submit();
    expect(Object.values(sent.fieldErrors ?? {}).join()).toMatch(/restarting.*still here/);
    slow.resolve();
    await stopped;
    await oncall.waitForEphemeral(/not known here/);
    await slack[Symbol.asyncDispose]();
  });

  test("answers health beside it from the first moment", async () => {
    await using slack = await startPeer();
    slack.faults.down();
    const healthRoutes = [
      {
        path: "/healthz",
        method: "GET",
        handler: (_: unknown, response: ServerResponse) => void response.end("ok"),
      },
    ];
    await using surface = await startSlack(
      surfaceOptions(slack, { healthRoutes }),
      surfaceDeps(fakeUseCases(), new Map(), []),
    );
    const url = `http://127.0.0.1:${surface.port}`;
    expect(await (await fetch(`${url}/healthz?x=1`)).text()).toBe("ok");
    expect((await fetch(`${url}/slack/events`, { method: "POST" })).status).toBe(503);
    expect((await fetch(`${url}/else`)).status).toBe(404);
  });
});

describe("signed HTTP", () => {
  test("carries commands, clicks and forms as Socket Mode does", async () => {
    await using harness = await openSurface({ transport: "http" });
    const oncall = harness.slack.as("oncall");
    await oncall.command("/jit request", { channel: "#incidents" });
    const picker = await oncall.waitForView(/Which runbook/);
    await oncall.select(picker, "jit_pick", "all-kinds");
    await oncall.waitForView(/Every kind of parameter/);
    expect(await harness.slack.verifyRequestUrl()).toBe(true);
    expect(await harness.slack.sslCheck()).toBe(200);
  });

  test.each([-301, -86_400, 301, 86_400])("a request that is %i s off is refused", async (skew) => {
    await using harness = await openSurface({ transport: "http" });
    harness.slack.faults.skewSignatures(skew);
    const outcome = await harness.slack.as("oncall").command("/jit status", { channel: "#incidents" });
    expect(outcome.status).toBe("error");
    expect(harness.useCases.calls).toEqual([]);
  });

  test("a request a little off passes", async () => {
    await using harness = await openSurface({ transport: "http" });
    harness.slack.faults.skewSignatures(200);
    const outcome = await harness.slack.as("oncall").command("/jit status", { channel: "#incidents" });
    expect(outcome.status).toBe("ok");
  });

  test("a request without Slack's signature, or with another one, is refused", async () => {
    await using harness = await openSurface({ transport: "http" });
    const url = `http://127.0.0.1:${harness.surface.port}${SLACK_PATH}`;
    const body = "command=%2Fjit&team_id=T0SANDBOX&user_id=U0ONCALL&text=status&trigger_id=1";
    const stamp = String(Math.floor(Date.now() / 1000));
    const forged = createHmac("sha256", "another secret").update(`v0:${stamp}:${body}`).digest("hex");
    const type = { "content-type": "application/x-www-form-urlencoded" };
    for (const headers of [
      type,
      { ...type, "x-slack-request-timestamp": stamp },
      { ...type, "x-slack-request-timestamp": stamp, "x-slack-signature": `v0=${forged}` },
      { ...type, "x-slack-request-timestamp": "soon", "x-slack-signature": `v0=${forged}` },
      { ...type, "x-slack-request-timestamp": "1e9", "x-slack-signature": `v0=${forged}` },
    ]) {
      expect((await fetch(url, { method: "POST", headers, body })).status).toBe(401);
    }
    const huge = "x".repeat(1_100_000);
    expect(
      (
        await fetch(url, {
          method: "POST",
          headers: { ...type, "x-slack-request-timestamp": stamp },
          body: huge,
        })
      ).status,
    ).toBe(413);
    expect(harness.useCases.calls).toEqual([]);
  });

  test("ends what is being handled before it stops", async () => {
    const harness = await openSurface({ transport: "http" });
    const { slack, surface, useCases } = harness;
    const slow = Promise.withResolvers<void>();
    useCases.answers.act = async () => {
      await slow.promise;
      return { status: "not-found" };
    };
    await slack.as("oncall").command("/jit end R0000000000000001", { channel: "#incidents" });
    await eventually(() => useCases.of("endGrant").length > 0);
    const stopped = surface[Symbol.asyncDispose]();
    slow.resolve();
    await stopped;
    expect(await slack.as("oncall").waitForEphemeral(/not known here/)).toBeDefined();
    await slack[Symbol.asyncDispose]();
  });
});
