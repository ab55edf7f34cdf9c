import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Trouble } from "../../src/sandbox/people/provider-peer.ts";
import { startProviderPeer } from "../../src/sandbox/people/provider-peer.ts";
import { aPagerDutySchedule, anOpsgenieSchedule, at, slackUsers } from "./a-schedule.ts";

const providers = [
  { name: "PagerDuty", start: aPagerDutySchedule },
  { name: "Opsgenie", start: anOpsgenieSchedule },
];

describe.each(providers)("$name", ({ name, start }) => {
  test("says who is on call, linked to a Slack user", async () => {
    await using schedule = await start();
    expect(slackUsers(await schedule.schedules().onCall(schedule.ref, at))).toEqual(["U0PRIMARY"]);
  });

  test("leaves somebody without a link unlinked, also when their e-mail address would tell", async () => {
    await using schedule = await start();
    const schedules = schedule.schedules({ people: () => ({ people: {} }) });
    expect(slackUsers(await schedules.onCall(schedule.ref, at))).toEqual([undefined]);
  });

  test("that does not answer within two seconds is unavailable", async () => {
    await using schedule = await start();
    schedule.peer.trouble({ kind: "slow", delayMs: 60_000 });
    expect(await schedule.schedules().onCall(schedule.ref, at)).toEqual({
      status: "unavailable",
      why: `${name} did not answer within 2 s`,
    });
  });

  const troubles: [title: string, trouble: Trouble, why: string][] = [
    ["begins an answer and never ends it", { kind: "endless" }, "did not answer within 0.3 s"],
    ["drops the connection", { kind: "down" }, "could not be reached"],
    ["answers with a page", { kind: "text", text: "<html>" }, "gave an answer that is not JSON"],
    ["answers with other JSON", { kind: "text", text: '{"ok":true}' }, "gave an answer of an unknown form"],
    [
      "answers with half a JSON text",
      { kind: "text", text: '{"oncalls": [' },
      "gave an answer that is not JSON",
    ],
    ["answers with nothing", { kind: "text", text: "" }, "gave an answer that is not JSON"],
    ["answers 3 MB", { kind: "huge", bytes: 3_000_000 }, "gave an answer that is too large"],
    [
      "redirects to somewhere that would agree",
      { kind: "redirect", to: "https://example.com/" },
      "answered with a redirect, which is not followed",
    ],
    ["limits the rate", { kind: "status", status: 429 }, "takes no more questions for now (rate limit)"],
    [
      "limits the rate for long",
      { kind: "status", status: 429, headers: { "retry-after": "2" } },
      "takes no more questions for now (rate limit)",
    ],
    ["has a fault", { kind: "status", status: 503 }, "has a fault (HTTP 503)"],
    ["says 403", { kind: "status", status: 403 }, "does not let this bot's token read that"],
    ["says 402", { kind: "status", status: 402 }, "gave an unexpected answer (HTTP 402)"],
    ["says 204", { kind: "status", status: 204 }, "gave an unexpected answer (HTTP 204)"],
  ];

  test.each(troubles)(
    "that %s is unavailable, with a sentence, after one question",
    async (_, trouble, why) => {
      await using schedule = await start();
      schedule.peer.trouble(trouble);
      const asked = await schedule.schedules({ timeoutMs: 300 }).onCall(schedule.ref, at);
      expect(asked).toEqual({ status: "unavailable", why: `${name} ${why}` });
      expect(schedule.peer.questions).toHaveLength(1);
    },
  );

  test.each([429, 500, 503])(
    "that says %i and to come again within a second is asked once more",
    async (status) => {
      await using schedule = await start();
      const trouble: Trouble = { kind: "status", status, headers: { "retry-after": "0" } };
      schedule.peer.trouble(trouble, 1);
      expect(slackUsers(await schedule.schedules().onCall(schedule.ref, at))).toEqual(["U0PRIMARY"]);

      schedule.peer.trouble(trouble);
      const before = schedule.peer.questions.length;
      expect(await schedule.schedules().onCall(schedule.ref, at)).toMatchObject({ status: "unavailable" });
      expect(schedule.peer.questions.length - before).toBe(2);
    },
  );

  test("that asks for a second's patience is not waited for beyond the deadline", async () => {
    await using schedule = await start();
    schedule.peer.trouble({ kind: "status", status: 429, headers: { "retry-after": "1" } });
    expect(slackUsers(await schedule.schedules({ timeoutMs: 200 }).onCall(schedule.ref, at))).toBe(
      `${name} did not answer within 0.2 s`,
    );
  });

  test("that refuses the token is unavailable, and no sentence has the token", async () => {
    await using schedule = await start();
    const why = slackUsers(await schedule.schedules({ token: "wrong-token-1" }).onCall(schedule.ref, at));
    expect(why).toBe(`${name} does not accept this bot's token`);
    expect(why).not.toContain("wrong-token-1");
  });

  test("that does not know the schedule is unavailable", async () => {
    await using schedule = await start();
    const ref = { ...schedule.ref, schedule: "PUNKNOWN" };
    expect(slackUsers(await schedule.schedules().onCall(ref, at))).toBe(`${name} has no schedule "PUNKNOWN"`);
  });

  test.each(["", ".", "..", "a\u0000", "x".repeat(300), "\ud800"])(
    "is not asked anything outside a schedule named %j",
    async (odd) => {
      await using schedule = await start();
      const asked = await schedule.schedules().onCall({ ...schedule.ref, schedule: odd }, at);
      expect(asked.status).toBe("unavailable");
      const paths = new Set(schedule.peer.questions.map(({ path }) => path));
      expect([...paths].filter((path) => !/^\/v2\/schedules\/[^/]+\/on-calls$/.test(path))).toEqual([]);
    },
  );

  test("is unavailable when nothing listens there any more", async () => {
    const schedule = await start();
    await schedule[Symbol.asyncDispose]();
    expect(slackUsers(await schedule.schedules().onCall(schedule.ref, at))).toBe(
      `${name} could not be reached`,
    );
  });

  test("is unavailable for a time that is none", async () => {
    await using schedule = await start();
    const asked = await schedule.schedules().onCall(schedule.ref, new Date(Number.NaN));
    expect(asked.status).toBe("unavailable");
  });

  test("never throws and puts nobody on call, whatever JSON comes", async () => {
    await using schedule = await start();
    const schedules = schedule.schedules();
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), async (text) => {
        schedule.peer.trouble({ kind: "text", text });
        expect((await schedules.onCall(schedule.ref, at)).status).toBe("unavailable");
      }),
      { numRuns: 60 },
    );
  });

  test("never throws for an answer nested 200,000 levels deep", async () => {
    await using schedule = await start();
    const open = '{"data":{"_parent":{"id":"x","name":"x","enabled":true},"onCallParticipants":';
    const deep = `${open}${'[{"id":"a","type":"team","onCallParticipants":'.repeat(20_000)}[]${"}]".repeat(20_000)}}}`;
    for (const text of [deep, "[".repeat(200_000) + "]".repeat(200_000)]) {
      schedule.peer.trouble({ kind: "text", text });
      expect(slackUsers(await schedule.schedules().onCall(schedule.ref, at))).toBe(
        `${name} gave an answer of an unknown form`,
      );
    }
  });

  test("that is not set up is unavailable", async () => {
    await using schedule = await start();
    const { schedules, ref } = schedule;
    const none = schedules({ pagerDuty: undefined, opsgenie: undefined } as object);
    expect(slackUsers(await none.onCall(ref, at))).toBe(`${name} is not set up for this bot`);
  });
});

test("a redirect's target never sees the token", async () => {
  await using elsewhere = await startProviderPeer({
    authorization: "",
    refuse: () => ({ status: 200, body: {} }),
    answer: () => ({ status: 200, body: {} }),
  });
  await using schedule = await aPagerDutySchedule();
  schedule.peer.trouble({ kind: "redirect", to: `${elsewhere.url}/oncalls` });
  await schedule.schedules().onCall(schedule.ref, at);
  expect(elsewhere.questions).toEqual([]);
});
