import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { eventually } from "../fixtures/eventually.ts";
import {
  APPROVALS,
  approve,
  ask,
  type Asked,
  type Asking,
  cardSays,
  inThread,
  PATIENCE,
  stored,
} from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

/** The sweeper sleeps here: it would end the access of somebody who is gone, and there would be no rows. */
describe("rows of a run during which something changed", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    world = await aWorld({ runbooksDir: copies.dir, overrides: { sweepEveryMs: 3_600_000 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });
  afterEach(() => world.slack.faults.clear());

  /** Its query is held until `then` has happened, so that its rows come into another world than it began in. */
  async function askedBefore(then: (asked: Asked) => Promise<void> | void): Promise<Asked> {
    using held = world.aws.athena.pace.hold("running");
    const asked = await ask(world, rootActivity());
    await world.slack.as("oncall").waitForMessage("dm", asked.reason, PATIENCE);
    await approve(world, asked);
    await stored(world, asked.requestId, (now) => now.request.runs[0]?.query !== undefined);
    await then(asked);
    held.letGo();
    return asked;
  }

  async function edited(change: (text: string) => string): Promise<void> {
    await copies.edit("access.yml", change);
    expect(await world.app.reload()).toBe("changed");
  }

  async function waits({ requestId }: Asked, method: string): Promise<void> {
    await stored(world, requestId, (now) => now.request.runs[0]?.state === "succeeded");
    const calls = () => world.slack.record.api(method).length;
    const before = calls();
    await eventually(() => calls() > before, PATIENCE.timeoutMs);
    expect((await stored(world, requestId)).request.runs[0]?.delivery).toBeUndefined();
  }

  async function settled({ requestId }: Asked) {
    const { request } = await stored(world, requestId, (now) => now.request.runs[0]?.delivery !== undefined);
    return request;
  }

  async function expectWithheld(asked: Asked, why: RegExp): Promise<void> {
    const request = await settled(asked);
    expect(request.runs[0]?.delivery).toMatchObject({
      status: "withheld",
      why: expect.stringMatching(why) as string,
    });
    expect(request.events.find(({ fact }) => fact.type === "result.settled")?.fact).toMatchObject({
      delivery: { status: "withheld" },
    });
    await inThread(world, asked, "The rows of run 1 were withheld");
    expect((await cardSays(world, asked, "its rows were withheld")).rendered).toMatch(why);
    const seen = world.slack.as("oncall").directMessages();
    expect(seen.filter(({ rendered }) => rendered.includes("Only you see these rows"))).toEqual([]);
  }

  test("are withheld from a requester who was deactivated meanwhile", async () => {
    const asked = await askedBefore(() => world.slack.faults.deactivate("oncall"));
    await expectWithheld(asked, /account is deactivated/);
    world.slack.faults.reactivate("oncall");
  });

  test("are withheld from a requester who became a guest meanwhile", async () => {
    const person = world.slack.workspace.person("oncall");
    const asked = await askedBefore(() => {
      person.isRestricted = true;
    });
    await expectWithheld(asked, /account is a guest now/);
    person.isRestricted = false;
  });

  test("are withheld from a requester who may not ask for them any more", async () => {
    const asked = await askedBefore(() => edited((text) => text.replace("[U0ONCALL, U0ENG", "[U0ENG")));
    await expectWithheld(asked, /may not ask for ct-root-activity any more/);
    await edited((text) => text.replace("[U0ENG", "[U0ONCALL, U0ENG"));
  });

  test("are withheld once a rule forbids them", async () => {
    const rule = `rules: [{ name: closed, deny: 'runbook.name == "ct-root-activity"', because: Not now. }]\n`;
    const asked = await askedBefore(() => edited((text) => `${text}${rule}`));
    await expectWithheld(asked, /rule closed of the policy forbids ct-root-activity now/);
    await edited((text) => text.replace(rule, ""));
  });

  test("wait while Slack can't say who the requester is, and come once it can", async () => {
    const asked = await askedBefore(() =>
      world.slack.faults.failCall("users.info", "internal_error", { times: Infinity }),
    );
    await waits(asked, "users.info");
    world.slack.faults.clear();
    expect((await settled(asked)).runs[0]?.delivery).toMatchObject({ status: "delivered" });
  });

  test("wait while a directory can't say who may ask, and come once it can", async () => {
    const before = "engineering: { members: [U0ONCALL, U0ENGINEER, U0LEAD, U0APPROVER2] }";
    const after = "engineering: { userGroup: S0ORDERS }";
    const asked = await askedBefore(async () => {
      world.slack.faults.failCall("usergroups.users.list", "internal_error", { times: Infinity });
      await edited((text) => text.replace(before, after));
    });
    await waits(asked, "usergroups.users.list");
    await edited((text) => text.replace(after, before));
    expect((await settled(asked)).runs[0]?.delivery).toMatchObject({ status: "delivered" });
  });

  test("come without a preview where the policy lets none stand any more, and the card says so", async () => {
    const name = "  - name: cloudtrail-read";
    const [, policy = ""] = (await readFile(join(copies.dir, "access.yml"), "utf8")).split(name);
    const without = policy.replace("allowPreview: true", "allowPreview: false");
    const asked = await askedBefore(() => edited((text) => text.replace(policy, without)));
    expect((await settled(asked)).runs[0]?.delivery).toMatchObject({
      status: "delivered",
      noPreview: expect.stringContaining("does not let a preview stand here") as string,
    });
    await cardSays(world, asked, "no preview in the thread");
    const thread = world.slack.as("lead").thread(APPROVALS, asked.card.ts);
    expect(thread.some(({ rendered }) => rendered.includes("Masked preview"))).toBe(false);
    await edited((text) => text.replace(without, policy));
  });

  test("come without a preview to a channel that another organisation joined, which is recorded (field failure 32)", async () => {
    const asked = await askedBefore(() => world.slack.faults.shareChannel(APPROVALS));
    const request = await settled(asked);
    expect(request.events.find(({ fact }) => fact.type === "result.settled")?.fact).toMatchObject({
      delivery: { status: "delivered", noPreview: expect.stringContaining("shared") as string },
    });
    await cardSays(world, asked, "no preview in the thread");
    world.slack.workspace.channel(APPROVALS).isExtShared = false;
  });
});

function rootActivity(): Asking {
  const now = Math.floor(Date.now() / 1000);
  return {
    runbook: "ct-root-activity",
    fields: { Account: "111122223333", "From (UTC)": now - 6 * 86_400, "To (UTC)": now },
  };
}
