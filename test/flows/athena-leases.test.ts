import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { leasesOf } from "../../src/request/request.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, type Asked, ask, inThread, INCIDENTS, sessionsOf, stored } from "./acting.ts";
import { type AthenaRunbooks, athenaRunbooks } from "./athena-runbooks.ts";

const day = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");
const byName = { runbook: "trail-by-name", fields: { Day: day, "Event name": "AssumeRole" } };

describe("an Athena query that takes longer than a lease", () => {
  let runbooks: AthenaRunbooks;
  let world: World;

  beforeAll(async () => {
    runbooks = await athenaRunbooks({ byNameSeconds: 60 });
    world = await aWorld({
      runbooksDir: runbooks.dir,
      overrides: { sweepEveryMs: 200, athenaLeaseMs: 8_000 },
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await runbooks?.[Symbol.asyncDispose]();
  });
  afterEach(() => world.aws.athena.pace.set({}));

  const leased = (asked: Asked, count: number) =>
    stored(world, asked.requestId, ({ request }) => request.runs.flatMap(leasesOf).length >= count);

  test("is carried through by several sessions, each recorded, each proven dead by its own probe", async () => {
    world.aws.athena.pace.set({ runMs: 9_000 });
    const asked = await ask(world, byName);
    await approve(world, asked);
    await inThread(world, asked, "✔");
    const ended = await stored(world, asked.requestId, ({ request }) => request.state === "revoked");
    const [run] = ended.request.runs;
    const leases = run ? leasesOf(run) : [];
    expect(leases.length).toBeGreaterThanOrEqual(2);
    expect(leases.map(({ end }) => end?.proof)).toEqual(leases.map(() => "probe-denied"));
    expect(leases.map(({ accessKeyId }) => accessKeyId)).toEqual(
      sessionsOf(world, asked.requestId).map(({ issued }) => issued?.accessKeyId),
    );
    const notice = await inThread(world, asked, "Access ended");
    expect(notice.rendered.match(/was denied by AWS/g)).toHaveLength(leases.length);
    const started = world.aws.calls
      .query({ operation: "StartQueryExecution" })
      .filter(({ tags, access }) => tags["grant"] === asked.requestId && access === "allowed");
    expect(started).toHaveLength(1);
  });

  test("gets no further session once its grant is over", async () => {
    using _held = world.aws.athena.pace.hold("running");
    const asked = await ask(world, { ...byName, as: "engineer" });
    await approve(world, asked);
    await leased(asked, 2);
    await world.slack.as("engineer").command(`/jit end ${asked.requestId}`, { channel: INCIDENTS });
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.query?.ended !== undefined);
    const count = sessionsOf(world, asked.requestId).length;
    const ended = await stored(world, asked.requestId, ({ request }) => request.state === "revoked");
    expect(ended.request.runs[0]).toMatchObject({
      state: "stopped",
      query: { ended: { state: "CANCELLED" } },
    });
    expect(sessionsOf(world, asked.requestId)).toHaveLength(count);
    expect(ended.request.runs.flatMap(leasesOf).every(({ end }) => end !== undefined)).toBe(true);
  });
});
