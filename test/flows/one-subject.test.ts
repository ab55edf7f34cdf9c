import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import {
  APPROVALS,
  approve,
  ask,
  INCIDENTS,
  inThread,
  PATIENCE,
  refusalFacts,
  stored,
  toldPrivately,
} from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const people = `people:
  U0ONCALL: { sso: "idp|1" }
  U0SECURITY: { sso: "idp|1" }
  U0LEAD: { sso: "idp|2" }
  U0ENGINEER: { sso: "idp|2" }
`;

describe("accounts that are linked to one subject of single sign-on", () => {
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) =>
        text
          .replace(
            "orders-platform: { members: [U0LEAD, U0APPROVER2] }",
            "orders-platform: { members: [U0LEAD, U0APPROVER2, U0ENGINEER, U0SECURITY] }",
          )
          .replace("count: 1", "count: 2"),
    });
    await writeFile(join(copies.dir, "people.yml"), people);
    world = await aWorld({ runbooksDir: copies.dir });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("are one person: no second account decides their request, none votes again (field failure 19)", async () => {
    const asked = await ask(world);
    const { request } = await stored(world, asked.requestId);
    expect(request.requester).toMatchObject({ userId: "U0ONCALL", subject: "idp|1" });
    expect(request.approval.approvers.map(({ userId }) => userId)).not.toContain("U0SECURITY");
    expect(await toldPrivately(world.slack.as("security"), () => approve(world, asked, "security"))).toMatch(
      /nobody decides their own request/,
    );
    await approve(world, asked, "lead");
    await inThread(world, asked, "1 of 2");
    await approve(world, asked, "engineer");
    await world.slack.as("engineer").waitForEphemeral("", PATIENCE);
    expect((await stored(world, asked.requestId)).request.votes).toHaveLength(1);
    const facts = (await refusalFacts(world)).filter(({ requestId }) => requestId === asked.requestId);
    expect(facts.map(({ why }) => why).toSorted()).toEqual(["already-voted", "own-request"]);
    await approve(world, asked, "approver2");
    await inThread(world, asked, "✔");
  });

  test("stand with it in the record, and in who", async () => {
    const asked = await ask(world);
    await approve(world, asked, "lead");
    await inThread(world, asked, "1 of 2");
    const { request } = await stored(world, asked.requestId);
    expect(request.events.map(({ actor }) => actor)).toMatchObject([
      { kind: "person", id: { userId: "U0ONCALL", subject: "idp|1" } },
      { kind: "person", id: { userId: "U0LEAD", subject: "idp|2" } },
    ]);
    const lead = world.slack.as("lead");
    const card = await lead.waitForMessage(APPROVALS, asked.reason, PATIENCE);
    await lead.click(card, "Show the exact request");
    const shown = await lead.waitForView("idp|2", PATIENCE);
    expect(shown.rendered).toContain("idp|1");
    await lead.close(shown, { all: true });
    const said = await toldPrivately(lead, () =>
      lead.command("/jit who orders-by-id", { channel: INCIDENTS }),
    );
    expect(said).toMatch(/engineering: .*\[idp\|1\]/);
  });
});
