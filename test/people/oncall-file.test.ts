import { describe, expect, test } from "vitest";
import { describeProblem } from "../../src/errors.ts";
import { createSchedules } from "../../src/people/create-schedules.ts";
import { readOnCall } from "../../src/people/oncall-file.ts";
import { isTimeZone, zoneClock } from "../../src/people/zoned-time.ts";

function problems(text: string): string[] {
  const file = readOnCall("oncall.yml", Buffer.from(text));
  return file.status === "read" ? [] : file.problems.map(describeProblem);
}

function schedulesOf(text: string) {
  const file = readOnCall("oncall.yml", Buffer.from(text));
  if (file.status === "refused") throw new Error(file.problems.map(describeProblem).join("\n"));
  const schedules = createSchedules({
    people: () => ({ people: {} }),
    onCallFile: () => file.value,
  });
  return async (schedule: string, at: string) => {
    const asked = await schedules.onCall({ provider: "file", schedule }, new Date(at));
    return asked.status === "known" ? asked.value.map(({ slackUserId }) => slackUserId) : asked.why;
  };
}

function rotation(timeZone: string, startsOn: string, handover: string): string {
  return `schedules:
  orders:
    timeZone: ${timeZone}
    rotation:
      startsOn: ${startsOn}
      handover: "${handover}"
      users: [U0AAA, U0BBB, U0CCC]
`;
}

describe("a weekly rotation", () => {
  const onCall = schedulesOf(rotation("Europe/Dublin", "2026-01-05", "09:00"));

  test.each([
    ["2026-01-05T08:59:59Z", []],
    ["2026-01-05T09:00:00Z", ["U0AAA"]],
    ["2026-01-12T08:59:59.999Z", ["U0AAA"]],
    ["2026-01-12T09:00:00Z", ["U0BBB"]],
    ["2026-01-19T09:00:00Z", ["U0CCC"]],
    ["2026-01-26T09:00:00Z", ["U0AAA"]],
  ])("at %s has %j", async (at, users) => {
    expect(await onCall("orders", at)).toEqual(users);
  });

  test("hands over at the same wall time before and after clocks go forward and back", async () => {
    // 2026-03-29: clocks in Dublin go from 01:00 to 02:00; 2026-10-25: from 02:00 back to 01:00.
    expect(await onCall("orders", "2026-03-23T09:00:00Z")).toEqual(["U0CCC"]);
    expect(await onCall("orders", "2026-03-30T07:59:59Z")).toEqual(["U0CCC"]);
    expect(await onCall("orders", "2026-03-30T08:00:00Z")).toEqual(["U0AAA"]);
    expect(await onCall("orders", "2026-10-26T08:59:59Z")).toEqual(["U0CCC"]);
    expect(await onCall("orders", "2026-10-26T09:00:00Z")).toEqual(["U0AAA"]);
  });

  test("whose handover falls into the hour that comes twice hands over once, the first time", async () => {
    const twice = schedulesOf(rotation("Europe/Dublin", "2026-10-18", "01:30"));
    const during = async (...times: string[]) => Promise.all(times.map((at) => twice("orders", at)));
    // 01:30 summer time is 00:30Z; 01:00 winter time, when the hour begins again, is 01:00Z.
    expect(await during("2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z")).toEqual([["U0AAA"], ["U0BBB"]]);
    expect(await during("2026-10-25T01:00:00Z", "2026-10-25T01:29:00Z", "2026-10-25T01:31:00Z")).toEqual([
      ["U0BBB"],
      ["U0BBB"],
      ["U0BBB"],
    ]);
  });

  test("whose handover falls into the hour that is skipped hands over after it", async () => {
    const skipped = schedulesOf(rotation("America/New_York", "2026-03-01", "02:30"));
    // 2026-03-08: from 02:00 EST (07:00Z) to 03:00 EDT; 02:30 is read as 03:30 EDT = 07:30Z.
    expect(await skipped("orders", "2026-03-08T07:29:59Z")).toEqual(["U0AAA"]);
    expect(await skipped("orders", "2026-03-08T07:30:00Z")).toEqual(["U0BBB"]);
  });

  test.each(["Europe/Dublin", "America/New_York", "Australia/Lord_Howe"])(
    "in %s has exactly one person at every sixth hour of a year, each for a whole week",
    async (zone) => {
      const always = schedulesOf(rotation(zone, "2026-01-04", "02:15"));
      const start = Date.parse("2026-01-06T00:00:00Z");
      const handovers: number[] = [];
      let last: string | undefined;
      for (let at = start; at < start + 365 * 86_400_000; at += 21_600_000) {
        const users = await always("orders", new Date(at).toISOString());
        expect(users).toHaveLength(1);
        if (last !== undefined && users[0] !== last) handovers.push(at);
        last = users[0];
      }
      const lengths = handovers.slice(1).map((at, n) => (at - (handovers[n] ?? 0)) / 3_600_000);
      expect(handovers).toHaveLength(52);
      expect(lengths.every((hours) => Math.abs(hours - 168) <= 6)).toBe(true);
    },
    20_000,
  );
});

describe("explicit shifts", () => {
  const onCall = schedulesOf(`schedules:
  orders:
    timeZone: Europe/Dublin
    rotation: { startsOn: 2026-01-05, handover: "09:00", users: [U0AAA] }
    shifts:
      - { start: 2026-03-29T00:30, end: 2026-03-29T02:30, user: U0BBB }
      - { start: 2026-03-29T02:30, end: 2026-03-29T04:00, user: T0T:U0CCC }
      - { start: "2026-06-01T10:00:00Z", end: "2026-06-01T14:00:00+02:00", user: U0BBB }
      - { start: "2026-06-01T11:00:00Z", end: "2026-06-01T12:00:00Z", user: U0CCC }
  nights:
    timeZone: Europe/Dublin
    shifts: [{ start: 2026-10-25T00:00, end: 2026-10-25T06:00, user: U0AAA }]
`);

  test("take over from the rotation while they last, and meet across a clock change", async () => {
    expect(await onCall("orders", "2026-03-29T00:29:59Z")).toEqual(["U0AAA"]);
    expect(await onCall("orders", "2026-03-29T00:30:00Z")).toEqual(["U0BBB"]);
    expect(await onCall("orders", "2026-03-29T01:29:59Z")).toEqual(["U0BBB"]);
    expect(await onCall("orders", "2026-03-29T01:30:00Z")).toEqual(["T0T:U0CCC"]);
    expect(await onCall("orders", "2026-03-29T03:00:00Z")).toEqual(["U0AAA"]);
  });

  test("may have an offset and may overlap", async () => {
    expect(await onCall("orders", "2026-06-01T10:30:00Z")).toEqual(["U0BBB"]);
    expect(await onCall("orders", "2026-06-01T11:30:00Z")).toEqual(["U0BBB", "U0CCC"]);
    expect(await onCall("orders", "2026-06-01T12:00:00Z")).toEqual(["U0AAA"]);
  });

  test("last an hour longer in the night that clocks go back, and nobody is on call outside them", async () => {
    expect(await onCall("nights", "2026-10-24T22:59:59Z")).toEqual([]);
    expect(await onCall("nights", "2026-10-24T23:00:00Z")).toEqual(["U0AAA"]);
    expect(await onCall("nights", "2026-10-25T05:59:59Z")).toEqual(["U0AAA"]);
    expect(await onCall("nights", "2026-10-25T06:00:00Z")).toEqual([]);
  });

  test("a schedule that the file does not have, or no file at all, is unavailable", async () => {
    expect(await onCall("toString", "2026-06-01T11:30:00Z")).toBe('oncall.yml has no schedule "toString"');
    const none = createSchedules({ people: () => ({ people: {} }) });
    expect((await none.onCall({ provider: "file", schedule: "orders" }, new Date())).status).toBe(
      "unavailable",
    );
  });
});

test("mistakes in oncall.yml are told with file and line", () => {
  expect(
    problems(`schedules:
  orders:
    timeZone: Europe/Atlantis
    rotation: { startsOn: 2026-02-30, handover: "9", users: [] }
  Nights:
    timeZone: "+02:00"
  late:
    timeZone: Etc/UTC
    shifts:
      - { start: 2026-01-01, end: 2026-01-02T00:00, user: primary@example.com }
`),
  ).toEqual([
    expect.stringMatching(/^oncall\.yml:3:5 schedules\.orders\.timeZone: a time zone of the IANA data base/),
    expect.stringMatching(/^oncall\.yml:4:17 schedules\.orders\.rotation\.startsOn: a date like/),
    expect.stringMatching(/^oncall\.yml:4:39 schedules\.orders\.rotation\.handover: a wall clock time/),
    expect.stringMatching(/^oncall\.yml:4:54 schedules\.orders\.rotation\.users: a rotation needs/),
    expect.stringMatching(/^oncall\.yml:5:3 schedules\.Nights: a name like orders-primary/),
    expect.stringMatching(/^oncall\.yml:10:11 schedules\.late\.shifts\[0\]\.start: a time like/),
    expect.stringMatching(
      /^oncall\.yml:10:53 schedules\.late\.shifts\[0\]\.user: a person is a Slack user id/,
    ),
  ]);
  expect(problems("schedules:\n  orders:\n    timeZone: Etc/UTC\n")).toEqual([
    expect.stringMatching(/^oncall\.yml:2:3 schedules\.orders: a schedule needs a rotation or shifts/),
  ]);
});

test("a shift that ends before it starts, also by a clock change, is refused", () => {
  const shift = (start: string, end: string) =>
    problems(
      `schedules:\n  a:\n    timeZone: Europe/Dublin\n    shifts:\n      - start: ${start}\n        end: ${end}\n        user: U0A\n`,
    );
  const refused = ["oncall.yml:6:9 schedules.a.shifts[0].end: a shift ends after it starts"];
  expect(shift("2026-01-02T00:00", "2026-01-02T00:00")).toEqual(refused);
  expect(shift("2026-10-25T01:30", "2026-10-25T01:00")).toEqual(refused);
  expect(shift("2026-10-25T01:00", "2026-10-25T01:30")).toEqual([]);
  // Both are 01:30Z: the hour from 01:00 to 02:00 does not exist that day.
  expect(shift("2026-03-29T01:30", "2026-03-29T02:30")).toEqual(refused);
});

test("time zones have names, and wall times mean instants", () => {
  expect(["Europe/Dublin", "Etc/UTC", "UTC"].map(isTimeZone)).toEqual([true, true, true]);
  expect(["", "+02:00", "Mars/Base", "Europe/Dublin "].map(isTimeZone)).toEqual([false, false, false, false]);
  const wall = Date.UTC(2026, 6, 1, 12, 0);
  expect(zoneClock("Asia/Kathmandu").instantOf(wall).toISOString()).toBe("2026-07-01T06:15:00.000Z");
});
