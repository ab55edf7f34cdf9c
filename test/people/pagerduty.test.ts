import { expect, test } from "vitest";
import { createSchedules } from "../../src/people/create-schedules.ts";
import { pagerDutySchedules } from "../../src/people/pagerduty.ts";
import { startProviderPeer } from "../../src/sandbox/people/provider-peer.ts";
import type { PagerDutyOnCall } from "../../src/sandbox/people/start-pagerduty.ts";
import { startPagerDuty } from "../../src/sandbox/people/start-pagerduty.ts";
import { at, people, primary, slackUsers } from "./a-schedule.ts";

const secondary = { id: "PSECOND", name: "Secondary On-Call", email: "secondary@example.com" };
const entry: PagerDutyOnCall = { user: primary, schedule: "PORDERS", escalationPolicy: "PPOLICY" };

async function aPagerDuty(
  onCalls: readonly PagerDutyOnCall[],
  kinds: { schedules?: readonly string[]; shiftBased?: readonly string[] } = {},
) {
  const peer = await startPagerDuty({ onCalls, ...kinds });
  const created = createSchedules({
    pagerDuty: pagerDutySchedules({ token: peer.token, endpoint: peer.url }),
    people: () => people,
  });
  return {
    peer,
    onCall: async (more: { escalationPolicy?: string } = {}, when = at) =>
      created.onCall({ provider: "pagerduty", schedule: "PORDERS", ...more }, when),
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

test("somebody is on call from their shift's first moment and no longer at its end", async () => {
  await using pagerDuty = await aPagerDuty([
    { ...entry, start: "2026-11-14T10:00:00Z", end: "2026-11-21T10:00:00Z" },
    { ...entry, user: secondary, start: "2026-11-21T10:00:00Z", end: "2026-11-28T11:00:00+01:00" },
  ]);
  const idsAt = async (when: string) => {
    const asked = await pagerDuty.onCall({}, new Date(when));
    return asked.status === "known" ? asked.value.map(({ providerId }) => providerId) : asked.why;
  };
  expect(await idsAt("2026-11-21T09:59:59.999Z")).toEqual(["PONCALL"]);
  expect(await idsAt("2026-11-21T10:00:00.000Z")).toEqual(["PSECOND"]);
  expect(await idsAt("2026-11-28T10:00:00.000Z")).toEqual([]);
});

test("somebody who is on call by two policies is one person", async () => {
  await using pagerDuty = await aPagerDuty([entry, { ...entry, escalationPolicy: "POTHER" }]);
  expect(slackUsers(await pagerDuty.onCall())).toEqual(["U0PRIMARY"]);
});

test("an escalation policy narrows who counts", async () => {
  await using pagerDuty = await aPagerDuty([
    entry,
    { ...entry, user: secondary, escalationPolicy: "POTHER" },
  ]);
  expect(slackUsers(await pagerDuty.onCall({ escalationPolicy: "PPOLICY" }))).toEqual(["U0PRIMARY"]);
});

test("nobody is on call who is named directly, or by another schedule, even if the filter were overlooked", async () => {
  await using pagerDuty = await aPagerDuty([]);
  const stray = (schedule: unknown) => ({
    user: { id: "PONCALL" },
    schedule,
    escalation_policy: { id: "PPOLICY" },
    start: null,
    end: null,
  });
  const oncalls = [stray(null), stray({ id: "POTHER" })];
  pagerDuty.peer.trouble({ kind: "text", text: JSON.stringify({ oncalls, more: false }) }, 1);
  expect(slackUsers(await pagerDuty.onCall())).toBe('PagerDuty has no schedule "PORDERS"');
});

test("every page is read", async () => {
  const many = Array.from({ length: 230 }, (_, n) => ({
    ...entry,
    user: { id: `P${n}`, name: `Person ${n}`, email: `p${n}@example.com` },
  }));
  await using pagerDuty = await aPagerDuty([...many, entry]);
  const asked = await pagerDuty.onCall();
  expect(asked.status === "known" && asked.value).toHaveLength(231);
  expect(slackUsers(asked).at(-1)).toBe("U0PRIMARY");
  expect(pagerDuty.peer.questions.map(({ query }) => query.get("offset"))).toEqual(["0", "100", "200"]);
});

test("more people than anybody has on call are not read, and then nobody is", async () => {
  const many = Array.from({ length: 600 }, () => entry);
  await using pagerDuty = await aPagerDuty(many);
  expect(slackUsers(await pagerDuty.onCall())).toBe("PagerDuty names more people than are read");
});

test("a failing second page makes the whole answer unavailable", async () => {
  const always = { user: { id: "PONCALL" }, schedule: { id: "PORDERS" }, start: null, end: null };
  const first = { oncalls: [always], more: true };
  await using peer = await startProviderPeer({
    authorization: "Token token=t",
    refuse: () => ({ status: 401, body: {} }),
    answer: ({ query }) =>
      query.get("offset") === "0" ? { status: 200, body: first } : { status: 500, body: {} },
  });
  const schedules = createSchedules({
    pagerDuty: pagerDutySchedules({ token: "t", endpoint: peer.url }),
    people: () => people,
  });
  const asked = await schedules.onCall({ provider: "pagerduty", schedule: "PORDERS" }, at);
  expect(slackUsers(asked)).toBe("PagerDuty has a fault (HTTP 500)");
});

test.each([
  ["layer-based", []],
  ["shift-based", ["PORDERS"]],
])("a %s schedule that has nobody differs from one that no escalation policy uses", async (_, shiftBased) => {
  await using over = await aPagerDuty([{ ...entry, end: "2020-01-01T00:00:00Z" }], { shiftBased });
  expect(slackUsers(await over.onCall())).toEqual([]);

  await using unused = await aPagerDuty([], { schedules: ["PORDERS"], shiftBased });
  expect(slackUsers(await unused.onCall())).toBe(
    'PagerDuty schedule "PORDERS" is in no escalation policy, so it puts nobody on call',
  );
});

test("who is on call by a shift-based schedule is on call", async () => {
  await using pagerDuty = await aPagerDuty([entry], { shiftBased: ["PORDERS"] });
  expect(slackUsers(await pagerDuty.onCall())).toEqual(["U0PRIMARY"]);
});

test("e-mail addresses are not asked for", async () => {
  await using pagerDuty = await aPagerDuty([entry]);
  await pagerDuty.onCall();
  expect(pagerDuty.peer.questions[0]?.query.has("include[]")).toBe(false);
});

test("an on-call entry that does not say when it ends is not one for ever", async () => {
  await using pagerDuty = await aPagerDuty([]);
  const endless = { user: { id: "PONCALL" }, schedule: { id: "PORDERS" }, start: null };
  pagerDuty.peer.trouble({ kind: "text", text: JSON.stringify({ oncalls: [endless], more: false }) });
  expect(slackUsers(await pagerDuty.onCall())).toBe("PagerDuty gave an answer of an unknown form");
});
