import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Log } from "../../src/log.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import type { StoredRequest } from "../../src/workflow/ports.ts";
import { silentLog } from "../fixtures/silent-log.ts";
import { approve, ask, inThread, INCIDENTS, PATIENCE, stored } from "./acting.ts";
import { type AthenaRunbooks, athenaRunbooks } from "./athena-runbooks.ts";
import { movableClock } from "./movable-clock.ts";

const day = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");
const byName = { runbook: "trail-by-name", fields: { Day: day, "Event name": "AssumeRole" } };

describe("an end of access that fails and fails", () => {
  // The host's alone: by AWS's the query's rights would end, and with them the query.
  const { leads: _led, ...clock } = movableClock();
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (message) => errors.push(message) };
  let runbooks: AthenaRunbooks;
  let world: World;

  beforeAll(async () => {
    runbooks = await athenaRunbooks();
    world = await aWorld({
      runbooksDir: runbooks.dir,
      overrides: { clock, log, sweepEveryMs: 200 },
      config: { auditChannel: "C0AUDIT" },
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await runbooks?.[Symbol.asyncDispose]();
  });
  afterEach(() => world.aws.faults.clear());

  test("is tried on, alarms after its deadline, and never says revoked before it is proven (field failure 9)", async () => {
    using _held = world.aws.athena.pace.hold("running");
    const asked = await ask(world, { ...byName, as: "engineer" });
    await approve(world, asked);
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.query !== undefined);
    world.aws.faults.add({
      service: "athena",
      operation: "StopQueryExecution",
      effect: { kind: "error", code: "InternalServerException", status: 500 },
    });
    const stops = () => world.aws.calls.query({ operation: "StopQueryExecution" }).length;
    const states = new Set<string>();
    await world.slack.as("engineer").command(`/jit end ${asked.requestId}`, { channel: INCIDENTS });
    // Each sweep comes to it when its next look is due.
    const tried = async (times: number) => {
      await stored(world, asked.requestId, ({ request }) => {
        states.add(request.state);
        clock.advance(1_000);
        return stops() >= times;
      });
    };
    await tried(5);
    clock.advance(180_000);
    await world.slack
      .as("lead")
      .waitForMessage("#jit-audit", (text) => text.includes(asked.requestId), PATIENCE);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.revocation?.overdueSince !== undefined,
    );
    expect(request.state).toBe("revoking");
    expect([...states].filter((state) => state !== "active")).toEqual(["revoking"]);
    await inThread(world, asked, "is not: the query of run 1 is not known to have ended");
    expect(errors).toContain("the end of an access is not proven in time");

    world.aws.faults.clear();
    const moved = (holds: (one: StoredRequest) => boolean) =>
      stored(world, asked.requestId, (one) => {
        clock.advance(1_000);
        return holds(one);
      });
    await moved((one) => one.request.runs[0]?.query?.ended !== undefined);
    world.aws.clock.advance(180_000);
    const ended = await moved((one) => one.request.state === "revoked");
    expect(ended.request.events.filter(({ fact }) => fact.type === "revocation.overdue")).toHaveLength(1);
    await inThread(world, asked, "was cancelled at");
  });
});
