import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRolePolicies } from "../../src/aws/role-policies.ts";
import { createStsClient } from "../../src/aws/clients.ts";
import { createDenyBook } from "../../src/store/deny-book.ts";
import { aWorld, type World } from "../fixtures/a-world.ts";
import { approve, ask, type Asked, inThread, INCIDENTS, sessionsOf, stored } from "./acting.ts";
import { movableClock } from "./movable-clock.ts";
import { type RunbookCopies, runbookCopies } from "./runbook-copies.ts";

const pair = {
  runbook: "orders-pair",
  fields: { "First order": "O-00000001", "Second order": "O-00000002" },
};
const name = "jit-revoked-grants";

describe("the deny-list of a data role", () => {
  const clock = movableClock();
  let copies: RunbookCopies;
  let world: World;

  beforeAll(async () => {
    copies = await runbookCopies();
    await copies.edit("datasources.yml", (text) =>
      text.replace(
        /^( +)(dataRole: .*\n)/gm,
        "$1$2$1revokerRole: arn:aws:iam::111122223333:role/jit-revoker\n",
      ),
    );
    world = await aWorld({ runbooksDir: copies.dir, overrides: { clock, sweepEveryMs: 200 } });
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    await copies?.[Symbol.asyncDispose]();
  });
  afterEach(() => world.aws.faults.clear());

  const list = () => world.aws.inlinePolicy(world.aws.dataRoleArn, name);

  /** Cut short by its owner while a session of it lives. */
  async function cutShort(as = "engineer"): Promise<Asked> {
    const asked = await ask(world, { ...pair, as, window: true });
    await approve(world, asked);
    await stored(world, asked.requestId, ({ request }) => request.runs[0]?.delivery !== undefined);
    await world.slack.as(as).command(`/jit end ${asked.requestId}`, { channel: INCIDENTS });
    await stored(world, asked.requestId, ({ request }) => request.revocation?.denied !== undefined);
    return asked;
  }

  /** What a thief could do with the run's own credentials just now. */
  async function stolen(asked: Asked): Promise<string> {
    const [session] = sessionsOf(world, asked.requestId);
    const credentials = world.aws.stolenKeys(session?.issued?.accessKeyId ?? "");
    if (!credentials) throw new Error("no session was given");
    const client = new DynamoDBClient({ endpoint: world.aws.url, region: world.aws.region, credentials });
    try {
      await client.send(new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-00000001" } } }));
      return "allowed";
    } catch (error) {
      return error instanceof Error ? error.message : "";
    } finally {
      client.destroy();
    }
  }

  test("names a grant that was cut short, at once, denies its sessions, and is purged when the last is over", async () => {
    const asked = await cutShort();
    expect(list()).toContain(asked.requestId);
    expect(await stolen(asked)).toContain("explicit deny in an identity-based policy");
    await inThread(world, asked, "deny-list names it");
    const { request } = await stored(world, asked.requestId);
    expect(request.revocation?.denied).toMatchObject({ how: "listed" });
    // Another grant is not touched by it.
    const other = await ask(world, { as: "oncall" });
    await approve(world, other);
    await inThread(world, other, "✔");

    clock.advance(17 * 60_000);
    await stored(world, asked.requestId, (now) => now.request.revocation?.purgedAt !== undefined);
    expect(list()).toBeUndefined();
    const ended = await stored(world, asked.requestId, (now) => now.request.state === "revoked");
    expect(ended.request.events.map(({ fact }) => fact.type)).toContain("grant.purged");
  });

  test("is written by one writer at a time: of many grants none is lost", async () => {
    const asked = await Promise.all([cutShort("engineer"), cutShort("oncall")]);
    const ids = asked.map(({ requestId }) => requestId);
    for (const id of ids) expect(list()).toContain(id);
    clock.advance(17 * 60_000);
    for (const id of ids) await stored(world, id, (now) => now.request.revocation?.purgedAt !== undefined);
    expect(list()).toBeUndefined();
  });

  test("does not keep a grant that two workers entered one after the other", async () => {
    const asked = await cutShort();
    const { request } = await stored(world, asked.requestId);
    const until = request.revocation?.denied?.until ?? "";
    // Another worker came to it a moment later, before the first had recorded that it is done.
    const { url: endpoint, region, broker: credentials } = world.aws;
    const client = new DynamoDBClient({ endpoint, region, credentials });
    const later = new Date(Date.parse(until) + 10 * 60_000).toISOString();
    await createDenyBook(client, "jit-requests").enter(request.plan.target.role, asked.requestId, later);
    client.destroy();
    clock.advance(17 * 60_000);
    await stored(world, asked.requestId, (now) => now.request.revocation?.purgedAt !== undefined);
    expect(list() ?? "").not.toContain(asked.requestId);
  });

  test("falls back to every older session when IAM does not take the list", async () => {
    world.aws.faults.add({
      service: "iam",
      operation: "PutRolePolicy",
      times: 1,
      effect: { kind: "error", code: "LimitExceeded", status: 409 },
    });
    const asked = await cutShort();
    // Whoever comes to it next may write the whole list again, so what stands there now says nothing.
    const puts = world.aws.calls
      .query({ operation: "PutRolePolicy" })
      .map((call) => JSON.stringify(call.request));
    expect(puts.filter((put) => put.includes("aws:TokenIssueTime"))).not.toEqual([]);
    expect(await stolen(asked)).toContain("explicit deny");
    clock.advance(17 * 60_000);
    await stored(world, asked.requestId, (now) => now.request.revocation?.purgedAt !== undefined);
  });

  test("can be written by a revoker's session on data roles alone", async () => {
    const place = { endpoint: world.aws.url, region: world.aws.region };
    const sts = createStsClient(place, { credentials: world.aws.broker });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: world.aws.revokerRoleArn,
        RoleSessionName: "jit-revoker-test",
        SourceIdentity: "jit-revoker",
        ExternalId: world.aws.externalId,
        Tags: ["grant", "runbook", "version"].map((Key) => ({ Key, Value: "x" })),
      }),
    );
    sts.destroy();
    const credentials = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    const policies = createRolePolicies(place, "aws", credentials);
    const text = '{"Version":"2012-10-17","Statement":[]}';
    await policies.put("jit-data-dynamodb-read", "other", text);
    expect(await policies.get("jit-data-dynamodb-read", "other")).toBe(text);
    await policies.remove("jit-data-dynamodb-read", "other");
    expect(await policies.get("jit-data-dynamodb-read", "other")).toBeUndefined();
    await expect(policies.put("jit-revoker", "more", text)).rejects.toMatchObject({ name: "AccessDenied" });
    const forged = createRolePolicies(place, "aws", { ...credentials, secretAccessKey: "wrong" });
    await expect(forged.get("jit-data-dynamodb-read", name)).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
    });
  });
});
