import { expect, test } from "vitest";
import { createSchedules } from "../../src/people/create-schedules.ts";
import { opsgenieSchedules } from "../../src/people/opsgenie.ts";
import type { OpsgenieParticipant, OpsgenieSchedule } from "../../src/sandbox/people/start-opsgenie.ts";
import { startOpsgenie } from "../../src/sandbox/people/start-opsgenie.ts";
import { at, people } from "./a-schedule.ts";

const schedule: OpsgenieSchedule = {
  id: "d875e9d4-9b4e-4219-a1b3-0c26936d18de",
  name: "orders",
  shifts: [],
};

function user(id: string, more: Partial<OpsgenieParticipant> = {}): OpsgenieParticipant {
  return { id, name: `${id}@example.com`, type: "user", ...more };
}

async function anOpsgenie(one: Partial<OpsgenieSchedule>) {
  const peer = await startOpsgenie({ schedules: [{ ...schedule, ...one }] });
  const schedules = createSchedules({
    opsgenie: opsgenieSchedules({ token: peer.apiKey, endpoint: peer.url }),
    people: () => people,
  });
  return {
    peer,
    ids: async (more: { schedule?: string; escalationPolicy?: string } = {}, when = at) => {
      const asked = await schedules.onCall({ provider: "opsgenie", schedule: "orders", ...more }, when);
      return asked.status === "known" ? asked.value.map(({ providerId }) => providerId) : asked.why;
    },
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

test("a schedule is found by its name and by its id", async () => {
  await using opsgenie = await anOpsgenie({ shifts: [{ participants: [user("a")] }] });
  expect(await opsgenie.ids()).toEqual(["a"]);
  expect(await opsgenie.ids({ schedule: schedule.id })).toEqual(["a"]);
});

test("the moment asked about decides, not the moment of asking", async () => {
  await using opsgenie = await anOpsgenie({
    shifts: [
      { end: "2026-11-21T10:00:00Z", participants: [user("before")] },
      { start: "2026-11-21T10:00:00Z", participants: [user("after")] },
    ],
  });
  expect(await opsgenie.ids({}, new Date("2026-11-21T09:59:59Z"))).toEqual(["before"]);
  expect(await opsgenie.ids({}, new Date("2026-11-21T10:00:00Z"))).toEqual(["after"]);
});

test("users inside teams, schedules and escalations count, the team itself never", async () => {
  const nested: OpsgenieParticipant = {
    id: "t",
    name: "orders team",
    type: "team",
    onCallParticipants: [
      { id: "s", name: "inner", type: "schedule", onCallParticipants: [user("a"), user("a")] },
    ],
  };
  await using opsgenie = await anOpsgenie({
    shifts: [{ participants: [nested, { id: "empty", name: "empty", type: "team" }] }],
  });
  expect(await opsgenie.ids()).toEqual(["a"]);
});

test("who would be reached later, as the next one, or as one of all does not count", async () => {
  const escalation: OpsgenieParticipant = {
    id: "e",
    name: "orders escalation",
    type: "escalation",
    onCallParticipants: [
      user("now", { escalationTime: 0, notifyType: "default" }),
      user("later", { escalationTime: 5, notifyType: "default" }),
      user("next", { escalationTime: 0, notifyType: "next" }),
      {
        id: "t",
        name: "everybody",
        type: "team",
        escalationTime: 0,
        notifyType: "all",
        onCallParticipants: [user("anybody")],
      },
    ],
  };
  await using opsgenie = await anOpsgenie({ shifts: [{ participants: [escalation] }] });
  expect(await opsgenie.ids()).toEqual(["now"]);
});

test("a schedule that nobody is on call by has nobody", async () => {
  await using opsgenie = await anOpsgenie({});
  expect(await opsgenie.ids()).toEqual([]);
});

test.each([
  ["that is switched off", { enabled: false }, {}, 'Opsgenie has schedule "orders" switched off'],
  ["of another team", { forbidden: true }, {}, "Opsgenie does not let this bot's token read that"],
  [
    "asked for with an escalation policy",
    {},
    { escalationPolicy: "x" },
    "Opsgenie schedules are asked for without an escalation policy",
  ],
])("a schedule %s is unavailable", async (_, changed, ref, why) => {
  await using opsgenie = await anOpsgenie({ shifts: [{ participants: [user("a")] }], ...changed });
  expect(await opsgenie.ids(ref)).toBe(why);
});

test("an answer about another schedule is unavailable", async () => {
  await using opsgenie = await anOpsgenie({});
  const data = {
    _parent: { id: "x", name: "other", enabled: true },
    onCallParticipants: [user("a")],
  };
  opsgenie.peer.trouble({ kind: "text", text: JSON.stringify({ data }) });
  expect(await opsgenie.ids()).toBe('Opsgenie answered about another schedule than "orders"');
  expect(await opsgenie.ids({ schedule: schedule.id })).toMatch(/^Opsgenie answered about another schedule/);
});
