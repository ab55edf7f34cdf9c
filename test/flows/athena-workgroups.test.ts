import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, type Asked, ask, stored } from "./acting.ts";
import { type AthenaRunbooks, athenaRunbooks } from "./athena-runbooks.ts";

const day = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "/");
const byName = { runbook: "trail-by-name", fields: { Day: day, "Event name": "AssumeRole" } };
const managed = "workgroup: { name: jit-cloudtrail, results: managed }";
const own = "name: jit-own, results: { bucket: query-results, prefix: jit/ }";

describe("a workgroup whose results lie in a bucket of one's own", () => {
  let runbooks: AthenaRunbooks;
  let world: World;
  let sources: string;

  beforeAll(async () => {
    runbooks = await athenaRunbooks();
    sources = await readFile(join(runbooks.dir, "datasources.yml"), "utf8");
    await declare(`workgroup: { ${own} }`);
    world = await aWorld({
      runbooksDir: runbooks.dir,
      overrides: { sweepEveryMs: 200 },
      aws: {
        athena: {
          workGroups: [{ name: "jit-own", managedResults: false, outputLocation: "s3://query-results/jit/" }],
        },
      },
    });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await runbooks?.[Symbol.asyncDispose]();
  });

  async function declare(workgroup: string): Promise<void> {
    expect(sources).toContain(managed);
    await writeFile(join(runbooks.dir, "datasources.yml"), sources.replace(managed, workgroup));
  }

  async function ran(): Promise<Asked> {
    const asked = await ask(world, byName);
    await approve(world, asked);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.delivery !== undefined,
    );
    expect(request.runs[0]).toMatchObject({ state: "succeeded", delivery: { status: "delivered" } });
    return asked;
  }

  function startOf({ requestId }: Asked) {
    return world.aws.calls
      .query({ service: "athena", operation: "StartQueryExecution" })
      .find(({ tags }) => tags["grant"] === requestId);
  }

  test("is written to and read from there under the run's own session, which sees nothing else of the bucket", async () => {
    const asked = await ran();
    const session = `jit-${asked.requestId}-1`;
    const puts = world.aws.calls
      .query({ service: "s3", operation: "PutObject" })
      .filter(({ sessionName }) => sessionName === session);
    expect(puts).toEqual([expect.objectContaining({ access: "allowed" })]);
    expect(puts[0]?.request).toMatchObject({ bucketName: "query-results" });
    expect(startOf(asked)?.request).toMatchObject({ WorkGroup: "jit-own" });
    expect(startOf(asked)?.request).not.toHaveProperty("ResultReuseConfiguration");
  });

  test("gives a result once more only where the data source says how old it may be", async () => {
    await declare(`workgroup: { ${own}, reuseMinutes: 30 }`);
    expect(await world.app.reload()).toBe("changed");
    const before = world.aws.athena.queries().length;
    const asked = await ran();
    expect(startOf(asked)?.request).toMatchObject({
      ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: 30 } },
    });
    expect(world.aws.athena.queries()).toHaveLength(before + 1);
    const { request } = await stored(world, asked.requestId);
    // Nothing was scanned for it, so nothing is charged.
    expect(request.runs[0]?.result).toMatchObject({ bytesScanned: 0, costUsd: 0 });
  });

  test("that is not there fails the run and says whose catalogue is wrong", async () => {
    await declare("workgroup: { name: jit-gone, results: managed }");
    expect(await world.app.reload()).toBe("changed");
    const asked = await ask(world, byName);
    await approve(world, asked);
    const { request } = await stored(
      world,
      asked.requestId,
      (now) => now.request.runs[0]?.state === "failed",
    );
    expect(request.runs[0]?.failure).toMatchObject({
      code: "not-found",
      sentence: expect.stringContaining("data source's owner must correct the catalogue"),
    });
  });
});
