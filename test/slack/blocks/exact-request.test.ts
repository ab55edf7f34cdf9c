import { expect, test } from "vitest";
import { queueRun, startRun, finishRun } from "../../../src/request/run.ts";
import { checkView } from "../../../src/sandbox/slack/blocks/validate-view.ts";
import type { JsonObject } from "../../../src/sandbox/slack/json.ts";
import { renderBlocks } from "../../../src/sandbox/slack/render/render-blocks.ts";
import { exactRequestView } from "../../../src/slack/blocks/exact-request.ts";
import { later, requester } from "../../fixtures/a-request.ts";
import { lives, must, ordersPlan } from "../lives.ts";

const explanation = "May Query index gsi-status of orders in eu-west-1, partition PAID only.";

test("shows the whole truth: inputs, calls, policy with its meaning, digest, votes, record", () => {
  const request = lives["revoked"]!({ plan: { sensitive: ["status"] } });
  const shown = read(exactRequestView(request, [explanation]));
  for (const fact of [
    "PAID",
    '"KeyConditionExpression": "#st = :status AND updated_at < :older_than"',
    explanation,
    '"Action": "dynamodb:Query"',
    request.planDigest,
    "@U0LEAD approved",
    "arn:aws:iam::111122223333:role/jit-data-dynamodb-read",
    "access ended (completed), lived 26 seconds",
    request.events.at(-1)!.hash.slice(0, 12),
  ]) {
    expect(shown).toContain(fact);
  }
});

test("explanations that do not match the statements are shown beside the policy, not under wrong statements", () => {
  const shown = read(exactRequestView(lives["pending"]!(), [explanation, "another"]));
  expect(shown).toContain("another");
  expect(shown).toContain('"Statement":[{');
});

test("is a view that Slack accepts, for any state and any size", () => {
  const long = "x\u200B".repeat(512);
  const parameters = Array.from({ length: 10 }, (_, i) => ({ name: `p${i}`, title: `Parameter ${i}` }));
  const inputs = Object.fromEntries(parameters.map(({ name }) => [name, long]));
  const call = structuredClone(ordersPlan().calls[0]!);
  if (call.action === "dynamodb:Query")
    for (let i = 0; i < 40; i++) call.request.ExpressionAttributeValues[`:v${i}`] = { S: long };
  const approvers = Array.from({ length: 120 }, (_, i) => ({ teamId: "T0SANDBOX", userId: `U0A${i}` }));
  for (const life of Object.values(lives)) {
    const request = life({ reason: "r".repeat(1_000), denyReason: "d".repeat(500) });
    const huge = {
      ...request,
      plan: { ...request.plan, parameters, inputs, calls: [call] },
      approval: { ...request.approval, approvers },
    };
    expect(() => checkView(exactRequestView(request, [explanation]), "modal")).not.toThrow();
    expect(() => checkView(exactRequestView(huge, ["e".repeat(5_000)]), "modal")).not.toThrow();
    expect(read(exactRequestView(huge, []))).toContain("more characters don’t fit here");
  }
});

test("of a window with 25 runs the newest record is shown, and it says what is missing", () => {
  let request = lives["succeeded"]!({
    plan: { grant: { kind: "window", durationMinutes: 60, maxRuns: 25 } },
  });
  const failure = { code: "throttled", sentence: "Slow down." };
  for (let run = 2; run <= 25; run++) {
    request = must(queueRun(request, requester, later(60)));
    request = must(startRun(request, run, "worker-1", later(61)));
    request = must(finishRun(request, run, { event: "fail", failure }, "worker-1", later(62)));
  }
  const view = exactRequestView(request, [explanation]);
  expect(() => checkView(view, "modal")).not.toThrow();
  expect(read(view)).toContain(request.events.at(-1)!.hash.slice(0, 12));
});

test("text from people stays inert there too", () => {
  const request = lives["denied"]!({ reason: "<!channel>\n✅ Approved", denyReason: "<!here>" });
  const markup = JSON.stringify(
    exactRequestView(request, []).blocks.map((block) =>
      "text" in block && block.type === "section" ? block.text : "",
    ),
  );
  expect(markup).not.toMatch(/<!channel>|<!here>/);
  expect(read(exactRequestView(request, []))).toContain("<!channel> ⏎ ✅ Approved");
});

function read(view: { blocks: unknown }): string {
  const names = (id: string) => `@${id}`;
  return renderBlocks(view.blocks as JsonObject[], { names, values: {}, errors: {} }).join("\n");
}

test("a plan whose policy has no statement is shown as it is", () => {
  const request = lives["pending"]!({ plan: { sessionPolicy: "{}" } });
  expect(read(exactRequestView(request, [explanation]))).toContain(explanation);
});
