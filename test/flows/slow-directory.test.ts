import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type PagerDutyPeer, startPagerDuty } from "../../src/sandbox/people/start-pagerduty.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { ask, INCIDENTS, PATIENCE, stored, toldPrivately } from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

/** Long enough for Slack to give up the trigger that a window opens by. */
const NEVER_MS = 20_000;

const schedules = `
schedules:
  orders-primary: { provider: pagerduty, schedule: PORDERS }
rules:
  - name: oncall-reads
    approve: requester.onCall
    limits: { perPersonPerDay: 5 }
`;

describe("a directory that takes its time", () => {
  let pagerDuty: PagerDutyPeer;
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    pagerDuty = await startPagerDuty({ onCalls: [] });
    copies = await runbookCopies({
      "access.yml": (text) =>
        text
          .replace("engineering: {", "hunters: { userGroup: S0ORDERS }\n  engineering: {")
          .replace("requesters: [engineering, security]", "requesters: [hunters]")
          .concat(schedules),
      "ct-root-activity.yml": (text) =>
        text.replace("requesters: [engineering, security]", "requesters: [hunters]"),
    });
    const { token, url } = pagerDuty;
    const people = { pagerDuty: { token, region: "us" as const, endpoint: url } };
    world = await aWorld({ runbooksDir: copies.dir, config: { people } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
    await pagerDuty?.[Symbol.asyncDispose]();
  });
  afterEach(() => {
    world.slack.faults.clear();
    pagerDuty.heal();
  });

  test("does not keep the menu from opening: what is known is in it, and what is missing is named", async () => {
    world.slack.faults.latency("usergroups.users.list", NEVER_MS, { times: 20 });
    const person = world.slack.as("lead");
    await person.command("/jit", { channel: INCIDENTS });
    const picker = await person.waitForView("Which runbook", PATIENCE);
    const menu = JSON.stringify(picker);
    expect(menu).toContain("One order by its number");
    expect(menu).not.toContain("What root did");
    expect(picker.rendered).toMatch(
      /Who is in hunters \(the answer takes longer than .*\) can’t be known now/,
    );
    await person.close(picker, { all: true });
  });

  test("is named where somebody asks for what it decides, and nothing is said of their rights", async () => {
    world.slack.faults.latency("usergroups.users.list", NEVER_MS, { times: 20 });
    const person = world.slack.as("lead");
    const told = await toldPrivately(person, () =>
      person.command("/jit request ct-root-activity", { channel: INCIDENTS }),
    );
    expect(told).toMatch(/who is in hunters can’t be known just now/);
  });

  test.each([
    ["slow", { kind: "slow", delayMs: NEVER_MS }, "did not answer within"],
    [
      "limited",
      { kind: "status", status: 429, headers: { "retry-after": "60" } },
      "takes no more questions for now",
    ],
    ["talking nonsense", { kind: "text", text: "<html>" }, "not JSON"],
  ] as const)("that is %s is the manual path, said on the card", async (_, trouble, why) => {
    pagerDuty.trouble(trouble);
    const asked = await ask(world);
    expect(asked.card.rendered).toContain(why);
    expect(asked.card.rendered).toContain("people decide (manual path)");
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
  });
});
