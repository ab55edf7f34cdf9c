import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { App } from "../../src/app.ts";
import { actionValue } from "../../src/slack/blocks/card-actions.ts";
import { eventually } from "../fixtures/eventually.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, type Asked, dataCalls, inThread, refusalFacts, stored } from "./acting.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const HOME = "T0SANDBOX";
const SECOND = "T0SANDBOX2";

describe("people who act in two workspaces of one organisation", () => {
  let copies: RunbookCopies;
  let world: World;
  let app: App;

  beforeAll(async () => {
    copies = await runbookCopies({
      "access.yml": (text) =>
        text
          .replace(
            "orders-platform: { members: [U0LEAD, U0APPROVER2] }",
            `orders-platform: { members: [U0LEAD, U0APPROVER2, ${SECOND}:U0LEAD, ${SECOND}:U0ONCALL] }`,
          )
          .replace("count: 1", "count: 2"),
    });
    world = await aWorld({ runbooksDir: copies.dir });
    await world.app[Symbol.asyncDispose]();
    app = await world.startReplica({ slack: { ...world.config.slack, allowedTeams: [HOME, SECOND] } });
  });
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  test("one person is one vote, also when they press once in each workspace (invariant 2)", async () => {
    const asked = await ask(world);
    await approve(world, asked);
    await pressApprove(asked, { user: "U0LEAD", team: SECOND });
    await refused(asked, "already-voted");
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [{}] });
    expect(dataCalls(world, asked.requestId)).toEqual([]);
    await approve(world, asked, "approver2");
    await inThread(world, asked, "✔");
  });

  test("nobody approves their own request from another workspace (invariant 2)", async () => {
    const asked = await ask(world);
    const { request } = await stored(world, asked.requestId);
    expect(request.approval.approvers).not.toContainEqual({ teamId: SECOND, userId: "U0ONCALL" });
    await approve(world, asked);
    await pressApprove(asked, { user: "U0ONCALL", team: SECOND });
    await refused(asked, "own-request");
    expect((await stored(world, asked.requestId)).request).toMatchObject({ state: "pending", votes: [{}] });
    expect(dataCalls(world, asked.requestId)).toEqual([]);
  });

  /** What Slack sends of somebody who is signed in to that workspace. */
  async function pressApprove(asked: Asked, { user, team }: { user: string; team: string }): Promise<void> {
    const { request } = await stored(world, asked.requestId);
    await world.slack.deliver({
      kind: "interactive",
      acceptsResponse: false,
      payload: {
        type: "block_actions",
        api_app_id: "A0JIT",
        team: { id: team, domain: "second" },
        user: { id: user, team_id: team },
        container: { type: "message", message_ts: asked.card.ts, channel_id: request.approval.channel },
        channel: { id: request.approval.channel, name: "approvals" },
        trigger_id: randomUUID(),
        actions: [
          {
            type: "button",
            action_id: "jit_approve",
            block_id: "acts",
            value: actionValue(request),
            action_ts: String(Date.now()),
          },
        ],
      },
    });
  }

  async function refused({ requestId }: Asked, why: string): Promise<void> {
    await eventually(async () =>
      (await refusalFacts(world)).some((fact) => fact.requestId === requestId && fact.why === why),
    );
  }
});
