import { describe, expect, test } from "vitest";
import { known, unavailable, type Asked } from "../../src/people/asked.ts";
import type { OnCallPerson, ScheduleRef, Schedules } from "../../src/people/ports.ts";
import {
  rememberManagers,
  rememberSchedules,
  rememberUserGroups,
} from "../../src/people/remember-briefly.ts";

const ref: ScheduleRef = { provider: "pagerduty", schedule: "PORDERS" };
const start = Date.parse("2026-11-21T10:00:00Z");

function aMemory() {
  let time = start;
  let asks = 0;
  const answers: Asked<readonly OnCallPerson[]>[] = [];
  const inner: Schedules = {
    onCall: async () => answers.shift() ?? known([{ providerId: `answer ${(asks += 1)}` }]),
  };
  const schedules = rememberSchedules(inner, { now: () => new Date(time) });
  const ask = async (how: { fresh?: boolean } = {}, which: ScheduleRef = ref, at = time) => {
    const asked = await schedules.onCall(which, new Date(at), how);
    return asked.status === "known" ? asked.value[0]?.providerId : asked.why;
  };
  return {
    ask,
    answers,
    pass: (ms: number) => {
      time += ms;
    },
    onCall: schedules.onCall,
  };
}

describe("what is remembered", () => {
  test("is shown again for a minute and no longer", async () => {
    const { ask, pass } = aMemory();
    expect(await ask()).toBe("answer 1");
    pass(59_999);
    expect(await ask()).toBe("answer 1");
    pass(1);
    expect(await ask()).toBe("answer 2");
  });

  test("is never what a fresh question gets", async () => {
    const { ask } = aMemory();
    expect(await ask()).toBe("answer 1");
    expect(await ask({ fresh: true })).toBe("answer 2");
    expect(await ask({ fresh: true })).toBe("answer 3");
    expect(await ask()).toBe("answer 3");
  });

  test("is never a failure, and a fresh failure ends what was known", async () => {
    const { ask, answers } = aMemory();
    answers.push(unavailable("down"));
    expect(await ask()).toBe("down");
    expect(await ask()).toBe("answer 1");
    answers.push(unavailable("down again"));
    expect(await ask({ fresh: true })).toBe("down again");
    expect(await ask()).toBe("answer 2");
  });

  test("answers neither another schedule, nor another policy, nor another time", async () => {
    const { ask } = aMemory();
    const asked = [
      await ask(),
      await ask({}, { ...ref, escalationPolicy: "P1" }),
      await ask({}, { provider: "opsgenie", schedule: "PORDERS" }),
      await ask({}, { provider: "file", schedule: "PORDERS" }),
      await ask({}, ref, start + 86_400_000),
    ];
    expect(new Set(asked).size).toBe(5);
  });

  test("does not outlive a clock that was set back", async () => {
    const { ask, pass } = aMemory();
    expect(await ask({}, ref, start)).toBe("answer 1");
    pass(-3_600_000);
    expect(await ask({}, ref, start)).toBe("answer 2");
  });

  test("is asked once by questions that come together", async () => {
    const { onCall } = aMemory();
    const both = await Promise.all([onCall(ref, new Date(start)), onCall(ref, new Date(start))]);
    expect(both[0]).toBe(both[1]);
  });
});

test("user groups and managers are remembered alike, each by who was asked about", async () => {
  let asks = 0;
  const now = () => new Date(start);
  const groups = rememberUserGroups({ members: async () => known([`U${(asks += 1)}`]) }, { now });
  expect(await groups.members("S1")).toEqual(await groups.members("S1"));
  expect(await groups.members("S1")).not.toEqual(await groups.members("S2"));
  expect(await groups.members("S1", { fresh: true })).toEqual(known(["U3"]));

  const managers = rememberManagers({ managerOf: async () => known(`U${(asks += 1)}`) }, { now });
  expect(await managers.managerOf("U1")).toEqual(await managers.managerOf("U1"));
  expect(await managers.managerOf("U1")).not.toEqual(await managers.managerOf("U2"));
});
