import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, stored } from "./acting.ts";

const snapshot = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10);

describe("a query over personal data", () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld({ overrides: { sweepEveryMs: 200 } });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test("brings masked columns masked in the file too, for the requester as for everybody", async () => {
    const query = `SELECT customer_id, phone, email FROM customers WHERE dt = '${snapshot}' ORDER BY customer_id LIMIT 60`;
    const asked = await ask(world, { runbook: "crm-adhoc", fields: { Query: query } });
    await approve(world, asked);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    expect(request.runs[0]).toMatchObject({ result: { rows: 60 }, delivery: { as: "file" } });
    const file = [...world.slack.workspace.files.values()].find(({ name }) => name.includes(asked.requestId));
    const [header, ...lines] = (file?.content?.toString() ?? "").trimEnd().split("\r\n");
    expect(header).toBe("customer_id,phone,email");
    expect(lines).toHaveLength(60);
    for (const line of lines) expect(line).toMatch(/^[^,]+,(…\d{4})?,(•••)?$/);
  });
});
