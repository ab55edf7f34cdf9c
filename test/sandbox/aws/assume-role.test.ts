import { createHash } from "node:crypto";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  type AssumeRoleCommandInput,
} from "@aws-sdk/client-sts";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TrustPolicy } from "../../../src/iam/evaluate-trust.ts";
import { startAws, type AwsPeer } from "../../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, leaseInput, leaseOf, policyOf, stsOf, tableArn } from "./clients.ts";

const account = "111122223333";
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const trusting = (principal: string): TrustPolicy => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: principal },
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    },
  ],
});

let aws: AwsPeer;
beforeAll(async () => {
  aws = await startAws({
    roles: [
      {
        name: "jit-first",
        trust: trusting(`arn:aws:iam::${account}:user/jit-broker`),
        maxSessionDurationSeconds: 43_200,
        tags: { team: "orders", Env: "production" },
        policies: [
          {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
                Resource: "*",
              },
            ],
          },
        ],
      },
      {
        name: "jit-second",
        trust: trusting(roleArn("jit-first")),
        maxSessionDurationSeconds: 43_200,
        policies: [],
      },
      {
        name: "jit-plain",
        trust: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
        },
        policies: [],
      },
      { name: "other", trust: trusting("*"), policies: [] },
    ],
  });
});
afterAll(() => aws[Symbol.asyncDispose]());

const assume = (changes: Partial<AssumeRoleCommandInput> = {}) =>
  stsOf(aws, aws.broker).send(new AssumeRoleCommand(leaseInput(aws, changes)));
const anyQuery = { Effect: "Allow", Action: "dynamodb:Query", Resource: "*" } as const;
const plain = { Tags: undefined, SourceIdentity: undefined, ExternalId: undefined };

describe("a session", () => {
  test("is named after its role and session, carries its source identity and ends when it says", async () => {
    const before = Date.now();
    const result = await assume({ RoleSessionName: "R-1.1", DurationSeconds: 900 });
    expect(result).toMatchObject({
      SourceIdentity: "U0ONCALL",
      AssumedRoleUser: {
        Arn: `arn:aws:sts::${account}:assumed-role/jit-data-dynamodb-read/R-1.1`,
        AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{16}:R-1\.1$/),
      },
      Credentials: { AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/) },
    });
    const lastsMs = (result.Credentials?.Expiration?.getTime() ?? 0) - before;
    expect(lastsMs).toBeGreaterThan(898_000);
    expect(lastsMs).toBeLessThanOrEqual(901_000);
    expect(result.SessionTokenSize).toBe(result.Credentials?.SessionToken?.length);
    expect(result.PackedPolicySize).toBe(result.SessionTokenUtilization);
  });

  test("knows itself", async () => {
    const lease = await leaseOf(aws);
    await expect(stsOf(aws, lease).send(new GetCallerIdentityCommand())).resolves.toMatchObject({
      Account: account,
      Arn: `arn:aws:sts::${account}:assumed-role/jit-data-dynamodb-read/R-1.1`,
    });
  });

  test("carries the role's tags, and its own where both have the key", async () => {
    await assume({ ...plain, RoleArn: roleArn("jit-first"), Tags: [{ Key: "env", Value: "staging" }] });
    expect(aws.calls.query({ operation: "AssumeRole" }).at(-1)?.issued?.tags).toEqual({
      team: "orders",
      env: "staging",
    });
  });
});

describe("the trust policy of the data role", () => {
  test.each<[string, Partial<AssumeRoleCommandInput>, string]>([
    ["without the external id", { ExternalId: undefined }, "sts:AssumeRole"],
    ["with another external id", { ExternalId: "another-id" }, "sts:AssumeRole"],
    ["without a source identity", { SourceIdentity: undefined }, "sts:AssumeRole"],
    ["without tags", { Tags: undefined }, "sts:AssumeRole"],
    [
      "without the grant's tag",
      {
        Tags: [
          { Key: "runbook", Value: "r" },
          { Key: "version", Value: "1" },
        ],
      },
      "sts:AssumeRole",
    ],
    [
      "with one tag more",
      { Tags: ["grant", "runbook", "version", "admin"].map((Key) => ({ Key, Value: "1" })) },
      "sts:TagSession",
    ],
    ["with a transitive tag", { TransitiveTagKeys: ["grant"] }, "sts:TagSession"],
  ])("refuses a call %s", async (_, changes, action) => {
    await expect(assume(changes)).rejects.toMatchObject({
      name: "AccessDenied",
      message: `User: arn:aws:iam::${account}:user/jit-broker is not authorized to perform: ${action} on resource: ${aws.dataRoleArn}`,
      $metadata: { httpStatusCode: 403 },
    });
    expect(aws.calls.query({ access: "denied" }).at(-1)?.checks.at(-1)).toMatchObject({
      action,
      decision: { allowed: false, layer: "trust" },
    });
  });

  test("asks for each of the three actions separately", async () => {
    await assume();
    expect(
      aws.calls
        .query({ operation: "AssumeRole" })
        .at(-1)
        ?.checks.map(({ action }) => action),
    ).toEqual(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]);
    await expect(
      assume({ ...plain, RoleArn: roleArn("jit-plain"), SourceIdentity: "U0ONCALL" }),
    ).rejects.toThrow("sts:SetSourceIdentity");
    await expect(
      assume({ ...plain, RoleArn: roleArn("jit-plain"), Tags: [{ Key: "a", Value: "" }] }),
    ).rejects.toThrow("sts:TagSession");
    await expect(assume({ ...plain, RoleArn: roleArn("jit-plain") })).resolves.toBeDefined();
  });

  test("lets nobody in but the broker, not even the operator", async () => {
    await expect(stsOf(aws, aws.operator).send(new AssumeRoleCommand(leaseInput(aws)))).rejects.toMatchObject(
      { name: "AccessDenied" },
    );
  });
});

test("the caller's own policy must allow it too", async () => {
  await expect(assume({ ...plain, RoleArn: roleArn("other") })).rejects.toMatchObject({
    name: "AccessDenied",
    message: `User: arn:aws:iam::${account}:user/jit-broker is not authorized to perform: sts:AssumeRole on resource: ${roleArn("other")} because no identity-based policy allows the sts:AssumeRole action`,
  });
});

test("a role that doesn't exist answers like one that doesn't trust", async () => {
  await expect(assume({ RoleArn: roleArn("jit-nowhere") })).rejects.toMatchObject({
    name: "AccessDenied",
    message: `User: arn:aws:iam::${account}:user/jit-broker is not authorized to perform: sts:AssumeRole on resource: ${roleArn("jit-nowhere")}`,
  });
});

describe("limits of the request", () => {
  const tags = (count: number, Value = "v") =>
    Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value }));
  test.each<[string, Partial<AssumeRoleCommandInput>, string, string | RegExp]>([
    ["a session name of one character", { RoleSessionName: "R" }, "ValidationError", "'roleSessionName'"],
    [
      "a session name of 65 characters",
      { RoleSessionName: "R".repeat(65) },
      "ValidationError",
      "less than or equal to 64",
    ],
    [
      "a slash in the session name",
      { RoleSessionName: "R-1/1" },
      "ValidationError",
      "regular expression pattern",
    ],
    ["899 seconds", { DurationSeconds: 899 }, "ValidationError", "greater than or equal to 900"],
    ["43,201 seconds", { DurationSeconds: 43_201 }, "ValidationError", "less than or equal to 43200"],
    [
      "more seconds than the role allows",
      { DurationSeconds: 3601 },
      "ValidationError",
      "MaxSessionDuration set for this role",
    ],
    ["an external id of one character", { ExternalId: "x" }, "ValidationError", "'externalId'"],
    [
      "an external id of 1,225 characters",
      { ExternalId: "x".repeat(1225) },
      "ValidationError",
      "less than or equal to 1224",
    ],
    ["a source identity with a space", { SourceIdentity: "on call" }, "ValidationError", "'sourceIdentity'"],
    [
      "a source identity of 65 characters",
      { SourceIdentity: "x".repeat(65) },
      "ValidationError",
      "less than or equal to 64",
    ],
    ["51 tags", { Tags: tags(51) }, "ValidationError", "'tags'"],
    [
      "a tag key of 129 characters",
      { Tags: [{ Key: "k".repeat(129), Value: "" }] },
      "ValidationError",
      "less than or equal to 128",
    ],
    [
      "a tag value of 257 characters",
      { Tags: tags(1, "v".repeat(257)) },
      "ValidationError",
      "less than or equal to 256",
    ],
    [
      "two tags whose keys differ in case only",
      {
        Tags: [
          { Key: "grant", Value: "1" },
          { Key: "Grant", Value: "2" },
        ],
      },
      "InvalidParameterValue",
      "case insensitive",
    ],
    ["a transitive key that is no tag", { TransitiveTagKeys: ["nope"] }, "InvalidParameterValue", "'nope'"],
    [
      "a policy of 2,049 characters",
      { Policy: policyOf().padEnd(2049) },
      "ValidationError",
      "less than or equal to 2048",
    ],
    [
      "a policy with a character beyond Latin-1",
      {
        Policy: policyOf({
          Effect: "Allow",
          Action: "dynamodb:Query",
          Resource: "*",
          Condition: { StringEquals: { "dynamodb:LeadingKeys": "Łódź" } },
        }),
      },
      "ValidationError",
      "regular expression pattern",
    ],
  ])("%s is refused", async (_, changes, name, message) => {
    await expect(assume(changes)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  test("several violations are told at once", async () => {
    await expect(assume({ RoleSessionName: "R", DurationSeconds: 1 })).rejects.toThrow(
      /^2 validation errors detected: .*'roleSessionName'.*'durationSeconds'/,
    );
  });

  test.each<[string, Partial<AssumeRoleCommandInput>]>([
    ["names of 64 characters", { RoleSessionName: "R".repeat(64), SourceIdentity: "u".repeat(64) }],
    ["the role's longest duration", { DurationSeconds: 3600 }],
    ["a policy of 2,048 characters", { Policy: policyOf(anyQuery).padEnd(2048) }],
    [
      "12 hours where the role allows it",
      { ...plain, RoleArn: roleArn("jit-first"), DurationSeconds: 43_200 },
    ],
    ["50 tags", { ...plain, RoleArn: roleArn("jit-first"), Tags: tags(50) }],
  ])("%s are still taken", async (_, changes) => {
    await expect(assume(changes)).resolves.toHaveProperty("Credentials.SessionToken");
  });

  test("a token of more than 4,096 bytes is PackedPolicyTooLarge", async () => {
    const incompressible = (n: number) => createHash("sha512").update(`${n}`).digest("hex").repeat(2);
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `key-${n}`, Value: incompressible(n) }));
    await expect(assume({ ...plain, RoleArn: roleArn("jit-first"), Tags: many })).rejects.toMatchObject({
      name: "PackedPolicyTooLargeException",
      message: expect.stringMatching(/too large.*% of the allowed 4096 bytes/),
    });
  });
});

describe("a session policy that IAM can't read", () => {
  const statement = { Effect: "Allow", Action: "dynamodb:Query", Resource: "*" };
  test.each<[string, unknown]>([
    ["text that isn't JSON", "{"],
    ["another version", { Version: "2020-01-01", Statement: [statement] }],
    ["no statement", { Version: "2012-10-17", Statement: [] }],
    ["a principal", { Version: "2012-10-17", Statement: [{ ...statement, Principal: "*" }] }],
    ["no resource", { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "dynamodb:Query" }] }],
    [
      "a resource that is no ARN",
      { Version: "2012-10-17", Statement: [{ ...statement, Resource: "orders" }] },
    ],
    ["an action without service", { Version: "2012-10-17", Statement: [{ ...statement, Action: "Query" }] }],
    [
      "an unknown operator",
      {
        Version: "2012-10-17",
        Statement: [{ ...statement, Condition: { StringSame: { "aws:userid": "x" } } }],
      },
    ],
    ["an unknown element", { Version: "2012-10-17", Statement: [{ ...statement, Conditon: {} }] }],
    ["an unknown effect", { Version: "2012-10-17", Statement: [{ ...statement, Effect: "allow" }] }],
  ])("%s is MalformedPolicyDocument", async (_, policy) => {
    const Policy = typeof policy === "string" ? policy : JSON.stringify(policy);
    await expect(assume({ Policy })).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
  });
});

describe("a session that assumes another role", () => {
  const chained = async (
    changes: Partial<AssumeRoleCommandInput>,
    first: Partial<AssumeRoleCommandInput> = {},
  ) => {
    const lease = await leaseOf(aws, {
      ...plain,
      RoleArn: roleArn("jit-first"),
      DurationSeconds: 7200,
      ...first,
    });
    return stsOf(aws, lease).send(
      new AssumeRoleCommand({ RoleArn: roleArn("jit-second"), RoleSessionName: "onward", ...changes }),
    );
  };

  test("lasts at most one hour, whatever the role allows", async () => {
    await chained({ DurationSeconds: 3600 });
    await expect(chained({ DurationSeconds: 3601 })).rejects.toMatchObject({
      name: "ValidationError",
      message:
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    });
  });

  test("keeps its source identity and can't change it", async () => {
    const first = { SourceIdentity: "U0ONCALL" };
    await expect(chained({}, first)).resolves.toMatchObject({ SourceIdentity: "U0ONCALL" });
    await expect(chained({ SourceIdentity: "U0ONCALL" }, first)).resolves.toBeDefined();
    await expect(chained({ SourceIdentity: "U0LEAD" }, first)).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining("sts:SetSourceIdentity"),
    });
  });

  test("passes transitive tags on and no others", async () => {
    const first = {
      Tags: [
        { Key: "grant", Value: "R-1" },
        { Key: "note", Value: "n" },
      ],
      TransitiveTagKeys: ["grant"],
    };
    await chained({}, first);
    expect(aws.calls.query({ operation: "AssumeRole" }).at(-1)?.issued?.tags).toEqual({ grant: "R-1" });
    await expect(chained({ Tags: [{ Key: "Grant", Value: "other" }] }, first)).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  test("isn't possible from the data role", async () => {
    const lease = await leaseOf(aws);
    await expect(
      stsOf(aws, lease).send(new AssumeRoleCommand(leaseInput(aws, { RoleSessionName: "onward" }))),
    ).rejects.toThrow(
      "sts:AssumeRole on resource: " + aws.dataRoleArn + " with an explicit deny in an identity-based policy",
    );
  });
});

test("the backstop closes a session that was minted without a policy by someone else's trust", async () => {
  await using open = await startAws({
    roles: [
      {
        name: "jit-data-dynamodb-read",
        trust: trusting("*"),
        policies: [
          {
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Action: "dynamodb:*", Resource: "*" },
              {
                Effect: "Deny",
                Action: "*",
                Resource: "*",
                Condition: { Null: { "aws:PrincipalTag/grant": "true" } },
              },
            ],
          },
        ],
      },
    ],
  });
  const lease = await leaseOf(open, plain);
  const query = new QueryCommand({
    TableName: "orders",
    KeyConditionExpression: "order_id = :id",
    ExpressionAttributeValues: { ":id": { S: "O-1" } },
  });
  await expect(dynamoDbOf(open, lease).send(query)).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: `User: arn:aws:sts::${account}:assumed-role/jit-data-dynamodb-read/R-1.1 is not authorized to perform: dynamodb:Query on resource: ${tableArn(open, "orders")} with an explicit deny in an identity-based policy`,
  });
});
