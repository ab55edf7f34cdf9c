import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exposition } from "../../src/monitor/exposition.ts";
import { createMetrics, families } from "../../src/monitor/metrics.ts";
import { durations, tally } from "../../src/monitor/tallies.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { eventually } from "../fixtures/eventually.ts";
import { approve, ask, INCIDENTS, PATIENCE, stored } from "../flows/acting.ts";
import { movableClock } from "../flows/movable-clock.ts";
import { type RunbookCopies, runbookCopies } from "../flows/runbook-copies.ts";

const silent = {
  ready: () => new Map([["redis", false]]),
  canary: async () => undefined,
  queues: async () => [],
  patienceMs: 1_000,
};

describe("the text of the metrics", () => {
  test("has each family once, with help and type, and what could break a line is escaped", () => {
    const samples = [
      { family: "b", value: 0.5 },
      { family: "a", labels: { text: 'a "b"\\\nc' }, value: 1 },
      { family: "b", labels: { one: "x", two: "y" }, value: 2 },
    ];
    const text = exposition(
      {
        a: { type: "counter", help: "First\\\n." },
        b: { type: "gauge", help: "Second." },
        c: { type: "gauge", help: "Not there." },
      },
      samples,
    );
    expect(text.split("\n")).toEqual([
      "# HELP a First\\\\\\n.",
      "# TYPE a counter",
      'a{text="a \\"b\\"\\\\\\nc"} 1',
      "# HELP b Second.",
      "# TYPE b gauge",
      "b 0.5",
      'b{one="x",two="y"} 2',
      "",
    ]);
  });

  test("counts durations into every bucket that is long enough", () => {
    const waits = durations("w", "by", ["people"], [10, 60]);
    for (const seconds of [5, 10, 59, 3_600]) waits.add("people", seconds);
    expect(waits.samples().map(({ ending, labels, value }) => [ending, labels?.["le"], value])).toEqual([
      ["_bucket", "10", 2],
      ["_bucket", "60", 3],
      ["_bucket", "+Inf", 4],
      ["_sum", undefined, 3_674],
      ["_count", undefined, 4],
    ]);
    expect(
      tally("t", "x", ["a"])
        .samples()
        .map(({ value }) => value),
    ).toEqual([0]);
  });

  test("leaves out what can't be read or takes too long, and says so", async () => {
    const metrics = createMetrics({
      ...silent,
      canary: async () => {
        throw new Error("no table");
      },
      queues: () => new Promise(() => {}),
      patienceMs: 20,
    });
    const text = await metrics.text();
    expect(text).toContain('jit_unread{what="canary"} 1');
    expect(text).toContain('jit_unread{what="queues"} 1');
    expect(text).not.toContain("jit_canary_green ");
    expect(text).toContain('jit_ready{part="redis"} 0');
  });

  test("is documented family by family", () => {
    const docs = readFileSync(join(import.meta.dirname, "../../docs/deployment.md"), "utf8");
    const rows = [...docs.matchAll(/^\| `(jit_\w+)(?:\{[^`]*\})?` +\| (\w+) +\|/gm)];
    expect(rows.map(([, name, type]) => [name, type])).toEqual(
      Object.entries(families).map(([name, { type }]) => [name, type]),
    );
  });
});

describe("GET /metrics", () => {
  const clock = movableClock();
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    world = await aWorld({ runbooksDir: copies.dir, overrides: { clock, sweepEveryMs: 200 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });

  async function metrics(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${world.app.healthPort}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    return answer.text();
  }

  const says = (line: string) =>
    eventually(async () => (await metrics()).split("\n").includes(line), PATIENCE.timeoutMs);

  test("tells what became of requests, runs and sessions, and the life of the sweep, and nothing of anybody", async () => {
    const asked = await ask(world, {
      runbook: "orders-pair",
      fields: { "First order": "O-00000001" },
      window: true,
    });
    clock.advance(40_000);
    await approve(world, asked);
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    const denied = await ask(world, { as: "engineer" });
    await world.slack.as("engineer").command("/jit incident close INC-4211", { channel: INCIDENTS });
    await stored(world, denied.requestId, ({ request }) => request.state === "cancelled");
    await world.slack.as("oncall").command(`/jit end ${asked.requestId}`, { channel: INCIDENTS });
    await stored(world, asked.requestId, ({ request }) => request.state !== "active");
    clock.advance(120_000);
    await stored(world, asked.requestId, ({ request }) => request.state === "revoked");

    for (const line of [
      'jit_requests_total{state="submitted"} 2',
      'jit_requests_total{state="approved"} 1',
      'jit_requests_total{state="denied"} 0',
      'jit_requests_total{state="cancelled"} 1',
      'jit_requests_total{state="revoked"} 1',
      'jit_runs_total{outcome="succeeded"} 1',
      'jit_approval_seconds_bucket{by="people",le="30"} 0',
      'jit_approval_seconds_bucket{by="people",le="60"} 1',
      'jit_approval_seconds_count{by="people"} 1',
      'jit_grants_ended_total{cause="ended"} 1',
      "jit_revocations_overdue_total 0",
      "jit_sweep_failed 0",
      'jit_ready{part="table"} 1',
      'jit_unread{what="queues"} 0',
    ])
      await says(line);
    const text = await metrics();
    expect(text).toMatch(/^jit_lease_ends_total\{proof="(probe-denied|expired)"\} 1$/m);
    expect(text).toMatch(/^jit_queue_jobs\{queue="runs",state="wait"\} 0$/m);
    expect(text).toMatch(/^jit_sweep_timestamp_seconds 1\d{9}(\.\d+)?$/m);
    const own = ["U0", "T0SANDBOX", asked.requestId, asked.reason, "orders-pair", "INC-4211", "C0"];
    expect(own.filter((words) => text.includes(words))).toEqual([]);
  });

  test("is there also while Redis and the table are not asked, and answers nothing but GET", async () => {
    const url = `http://127.0.0.1:${world.app.healthPort}/metrics`;
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    world.aws.faults.add({ service: "dynamodb", operation: "GetItem", effect: { kind: "internal" } });
    await says('jit_unread{what="canary"} 1');
    world.aws.faults.clear();
    await says('jit_unread{what="canary"} 0');
  });
});
