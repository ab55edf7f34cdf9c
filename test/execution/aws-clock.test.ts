import { afterAll, beforeAll, expect, test } from "vitest";
import { createStsClient } from "../../src/aws/clients.ts";
import { createAwsClock } from "../../src/execution/aws-clock.ts";
import { type AwsPeer, startAws } from "../../src/sandbox/aws/start-aws.ts";

let aws: AwsPeer;
beforeAll(async () => {
  aws = await startAws({ externalId: "jit-sandbox" });
});
afterAll(() => aws?.[Symbol.asyncDispose]());

function aClock() {
  const sts = createStsClient({ endpoint: aws.url, region: aws.region }, { credentials: aws.broker });
  return { clock: createAwsClock(sts), [Symbol.dispose]: () => sts.destroy() };
}
const timesAsked = () => aws.calls.query({ operation: "GetCallerIdentity" }).length;

test("tells AWS's time whatever the host's is, and is never ahead of it, also when STS is slow to say so", async () => {
  using it = aClock();
  aws.clock.advance(3_600_000);
  aws.faults.add({
    operation: "GetCallerIdentity",
    times: 1,
    effect: { kind: "latency", latencyMs: 1_500 },
  });
  const told = await it.clock.now();
  expect(told.getTime()).toBeLessThanOrEqual(aws.clock.now().getTime());
  expect(told.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
});

test("asks once for many sessions of one moment", async () => {
  using it = aClock();
  await it.clock.now();
  const before = timesAsked();
  await Promise.all(Array.from({ length: 20 }, () => it.clock.now()));
  expect(timesAsked()).toBe(before);
});

test("says nothing when STS does not, and asks again the next time", async () => {
  using it = aClock();
  aws.faults.add({ operation: "GetCallerIdentity", times: 1, effect: { kind: "internal" } });
  await expect(it.clock.now()).rejects.toThrow("Internal failure");
  expect(await it.clock.now()).toBeInstanceOf(Date);
});
