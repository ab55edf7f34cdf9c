import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PagerDutyPeer, startPagerDuty } from "../../src/sandbox/people/start-pagerduty.ts";
import type { Clock } from "../../src/workflow/ports.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  approve,
  ask,
  cardSays,
  readCalls,
  fillForm,
  INCIDENTS,
  inThread,
  PATIENCE,
  stored,
  toldPrivately,
} from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const rules = `
schedules:
  orders-primary: { provider: pagerduty, schedule: PORDERS }
rules:
  - name: oncall-reads
    approve: 'requester.onCall && plan.operation == "read" && runbook.name == "orders-by-id"'
    limits: { perPersonPerDay: 2 }
  - name: no-lists
    deny: 'runbook.name == "orders-recent-of-customer" && requester.onCall'
    because: Ask for one order while you are on call.
  - name: stuck-list
    require: 'runbook.name == "orders-stuck-by-status"'
    steps: [{ name: security, anyOf: [security], count: 1 }]
`;

describe("rules over who is on call", () => {
  let pagerDuty: PagerDutyPeer;
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    pagerDuty = await startPagerDuty({
      onCalls: [
        {
          user: { id: "PONCALL", name: "On call", email: "oncall@example.com" },
          schedule: "PORDERS",
          escalationPolicy: "PESC",
        },
      ],
    });
    copies = await runbookCopies({
      "access.yml": (text) => `${text}${rules}`,
    });
    await writeFile(join(copies.dir, "people.yml"), "people:\n  U0ONCALL: { pagerduty: PONCALL }\n");
    const { token, url } = pagerDuty;
    const people = { pagerDuty: { token, region: "us" as const, endpoint: url } };
    world = await aWorld({ runbooksDir: copies.dir, config: { people } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
    await pagerDuty?.[Symbol.asyncDispose]();
  });

  test("the person on call is approved by the rule, and by nobody (field failures 21 and 22)", async () => {
    const asked = await ask(world);
    await inThread(world, asked, "Approved by the rule oncall-reads");
    await inThread(world, asked, "✔");
    const { request } = await stored(world, asked.requestId);
    expect(request.votes).toEqual([]);
    const approved = request.events.find(({ fact }) => fact.type === "request.auto-approved");
    expect(approved).toMatchObject({
      actor: { kind: "system" },
      fact: { rule: "oncall-reads", facts: { "requester.onCall": "true", "plan.operation": "read" } },
    });
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
    const card = await cardSays(world, asked, "by no person");
    expect(card.rendered).toContain("at most 2 requests of one person a day");
    expect(approved?.fact).toMatchObject({ limits: { perPersonPerDay: 2 } });
  });

  test("explain says by which directory, and what is left of the rule's limits today", async () => {
    const person = world.slack.as("oncall");
    const said = await toldPrivately(person, () =>
      person.command("/jit explain orders-by-id order_id=O-00000001", { channel: INCIDENTS }),
    );
    expect(said).toContain("Nobody has to: the rule oncall-reads approves at most 2 requests");
    expect(said).toContain("left today: 1 more request.");
    const other = world.slack.as("engineer");
    const toOther = await toldPrivately(other, () =>
      other.command("/jit explain orders-by-id order_id=O-00000001", { channel: INCIDENTS }),
    );
    expect(toOther).toContain("oncall-reads does not hold");
  });

  test("somebody else of the team is not (field failure 21)", async () => {
    const asked = await ask(world, { as: "engineer" });
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
  });

  test("PagerDuty that is away means people, and what denies denies all the same (field failure 21)", async () => {
    pagerDuty.trouble({ kind: "down" });
    const asked = await ask(world);
    expect(asked.card.rendered).toMatch(/PagerDuty could not be reached.*people decide \(manual path\)/);
    expect((await stored(world, asked.requestId)).request.state).toBe("pending");
    await approve(world, asked);
    await inThread(world, asked, "✔");
    const customer = { runbook: "orders-recent-of-customer", fields: { Customer: "C-1234" } };
    const refused = await fillForm(world, { as: "engineer", ...customer }).catch((error: unknown) => error);
    expect(JSON.stringify(refused)).toContain("no-lists");
    pagerDuty.heal();
  });

  test("the rule's limit is for the day, and then people decide", async () => {
    const second = await ask(world);
    await inThread(world, second, "Approved by the rule oncall-reads");
    const third = await ask(world);
    expect((await stored(world, third.requestId)).request).toMatchObject({ state: "pending" });
  });

  test("a step that a rule adds needs its own people, and says why", async () => {
    const asked = await ask(world, {
      runbook: "orders-stuck-by-status",
      fields: { Status: "PAID", "In this status since before (UTC)": Math.floor(Date.now() / 1000) },
    });
    expect(asked.card.rendered).toContain("rule stuck-list");
    await approve(world, asked, "lead");
    await inThread(world, asked, "1 of 2");
    const told = await toldPrivately(world.slack.as("approver2"), () => approve(world, asked, "approver2"));
    expect(told).toContain("has all its approvals");
    await approve(world, asked, "security");
    await inThread(world, asked, "✔");
  });
});

describe("people who are asked for in a schedule", () => {
  const onCall = (id: string, schedule: string) => ({
    user: { id, name: id, email: `${id}@example.com` },
    schedule,
    escalationPolicy: "PESC",
  });
  let pagerDuty: PagerDutyPeer;
  let copies: RunbookCopies;
  let world: World;
  /** Within moments: what was answered a moment ago may be shown again, and decides nothing. */
  const handOver = (schedule: string, id: string) => {
    const others = pagerDuty.onCalls.filter((one) => one.schedule !== schedule);
    pagerDuty.onCalls.splice(0, Infinity, ...others, onCall(id, schedule));
  };

  beforeAll(async () => {
    pagerDuty = await startPagerDuty({ onCalls: [onCall("PENGINEER", "PASK"), onCall("PLEAD", "PDECIDE")] });
    copies = await runbookCopies({
      "access.yml": (text) =>
        text
          .replace(
            "\nadmins:",
            "  asking: { schedule: asking }\n  deciding: { schedule: deciding }\nschedules:\n  asking: { provider: pagerduty, schedule: PASK }\n  deciding: { provider: pagerduty, schedule: PDECIDE }\n\nadmins:",
          )
          .replace("requesters: [engineering]", "requesters: [asking]")
          .replace("approvers: [orders-platform], count", "approvers: [deciding], count"),
      "orders-by-id.yml": (text) =>
        text
          .replace("requesters: [engineering]", "requesters: [asking]")
          .replace("approvers: [orders-platform], min", "approvers: [deciding], min"),
    });
    const people = ["ENGINEER", "LEAD", "APPROVER2", "ONCALL"].map(
      (name) => `  U0${name}: { pagerduty: P${name} }`,
    );
    await writeFile(join(copies.dir, "people.yml"), `people:\n${people.join("\n")}\n`);
    const { token, url } = pagerDuty;
    world = await aWorld({
      runbooksDir: copies.dir,
      config: { people: { pagerDuty: { token, region: "us" as const, endpoint: url } } },
      // Nothing that was remembered grows old here.
      overrides: { clock: stoppedClock() },
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
    await pagerDuty?.[Symbol.asyncDispose]();
  });

  test("decide while they are on call, and no moment longer (invariant 1)", async () => {
    handOver("PDECIDE", "PLEAD");
    const asked = await ask(world, { as: "engineer" });
    handOver("PDECIDE", "PAPPROVER2");
    const told = await toldPrivately(world.slack.as("lead"), () => approve(world, asked));
    expect(told).toContain("You are not an approver of this request");
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [] });
    handOver("PDECIDE", "PLEAD");
    await approve(world, asked);
    await inThread(world, asked, "✔");
  });

  test("run what was approved while they are on call, and no moment longer (invariant 1)", async () => {
    handOver("PDECIDE", "PLEAD");
    const asked = await ask(world, { as: "engineer", window: true });
    await approve(world, asked);
    await inThread(world, asked, "✔");
    const engineer = world.slack.as("engineer");
    const card = await engineer.waitForMessage(
      "dm",
      (text) => text.includes(asked.requestId) && text.includes("[Run again]"),
      PATIENCE,
    );
    handOver("PASK", "PONCALL");
    const told = await toldPrivately(engineer, () => engineer.click(card, "Run again"));
    handOver("PASK", "PENGINEER");
    expect(told).toContain("does not allow it any more");
    const { request } = await stored(world, asked.requestId, (now) => now.request.state !== "active");
    expect(request).toMatchObject({ revocation: { cause: "no-longer-allowed" }, runs: [{ no: 1 }] });
    expect(readCalls(world, asked.requestId)).toHaveLength(1);
  });
});

/** In the middle of a minute, for which answers of a directory are remembered. */
function stoppedClock(): Clock {
  const at = new Date(Math.floor(Date.now() / 60_000) * 60_000 + 30_000);
  return { now: () => at };
}
