import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { approve, type Asked, ask, inThread, PATIENCE } from "../../flows/acting.ts";
import { aWorld, type World } from "../../fixtures/a-world.ts";

describe("a runbook over CloudTrail", () => {
  let world: World;
  beforeAll(async () => {
    world = await aWorld();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** Everything one identity did in the last hour, as its requester reads it. */
  async function timelineOf(kind: string, identifier: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const asked = await ask(world, {
      runbook: "ct-principal-timeline",
      fields: {
        Account: "111122223333",
        "From (UTC)": now - 3600,
        "To (UTC)": now + 60,
        "Kind of identifier": kind,
        Identifier: identifier,
        Calls: "all",
      },
    });
    const since = world.slack.as("oncall").directMessages().at(-1)?.ts ?? "0";
    await approve(world, asked);
    await inThread(world, asked, "How to read this");
    const rows = await world.slack
      .as("oncall")
      .waitForMessage("dm", /Only you see these rows/, { ...PATIENCE, after: since });
    return rows.rendered;
  }

  function sessionArn({ requestId }: Asked): string {
    const [made] = world.aws.calls
      .query({ operation: "AssumeRole" })
      .flatMap(({ issued }) => (issued?.arn.includes(`/jit-${requestId}-1`) ? [issued.arn] : []));
    return made ?? "";
  }

  test("shows what an earlier run did in AWS: the one read it was approved for", async () => {
    const earlier = await ask(world, { runbook: "orders-by-id" });
    await approve(world, earlier);
    await inThread(world, earlier, "How to read this");
    await world.aws.athena.deliverNow();
    const seen = await timelineOf("principal_arn", sessionArn(earlier));
    expect(seen).toContain("1 call ");
    expect(seen).toMatch(/dynamodb\.amazonaws\.com +\| GetItem/);
  });

  test("shows a query's own calls too, also those that Athena made in its name", async () => {
    const earlier = await ask(world, {
      runbook: "ct-root-activity",
      fields: {
        Account: "111122223333",
        "From (UTC)": Math.floor(Date.now() / 1000) - 3600,
        "To (UTC)": Math.floor(Date.now() / 1000),
      },
    });
    await approve(world, earlier);
    await inThread(world, earlier, "How to read this");
    await world.aws.athena.deliverNow();
    const seen = await timelineOf("principal_arn", sessionArn(earlier));
    for (const call of ["StartQueryExecution", "GetQueryExecution", "GetTable", "GetObject"])
      expect(seen).toContain(call);
    expect(seen).toMatch(/athena\.amazonaws\.com/);
  });
});
