import {
  AccessAnalyzerClient,
  CheckNoNewAccessCommand,
  ValidatePolicyCommand,
} from "@aws-sdk/client-accessanalyzer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Statement } from "../../../src/iam/policy-document.ts";
import { type AwsPeer, startAws } from "../../../src/sandbox/aws/start-aws.ts";
import { policyOf } from "./clients.ts";

let aws: AwsPeer;
let client: AccessAnalyzerClient;

beforeAll(async () => {
  aws = await startAws();
  client = new AccessAnalyzerClient({
    endpoint: aws.url,
    region: aws.region,
    credentials: aws.operator,
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await aws[Symbol.asyncDispose]();
});

const orders = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const read: Statement = {
  Sid: "Read",
  Effect: "Allow",
  Action: ["dynamodb:GetItem", "dynamodb:Query"],
  Resource: `${orders}*`,
  Condition: { "ForAllValues:StringEquals": { "dynamodb:Attributes": ["order_id", "status"] } },
};
const deny: Statement = { Effect: "Deny", Action: "iam:*", Resource: "*" };

describe("ValidatePolicy on the local AWS", () => {
  const codes = async (
    policyDocument: string,
    policyType: "IDENTITY_POLICY" | "RESOURCE_POLICY" = "IDENTITY_POLICY",
  ) => {
    const { findings } = await client.send(new ValidatePolicyCommand({ policyDocument, policyType }));
    return findings?.map(({ findingType, issueCode }) => `${findingType} ${issueCode}`);
  };

  test("finds nothing in a good policy", async () => {
    expect(await codes(policyOf(read, deny))).toEqual([]);
  });

  test.each<[string, string, string]>([
    ["no JSON", "{", "ERROR LOCAL_NOT_JSON"],
    ["another version", policyOf(read).replace("2012-10-17", "2008-10-17"), "ERROR LOCAL_VERSION"],
    ["no statement", '{"Version":"2012-10-17"}', "ERROR LOCAL_STATEMENT"],
    ["no action", policyOf(read).replace("dynamodb:GetItem", "GetItem"), "ERROR LOCAL_ACTION"],
    ["no resource", policyOf(read).replace('"Resource"', '"NotAResource"'), "ERROR LOCAL_ELEMENT"],
    ["an unknown operator", policyOf(read).replace("StringEquals", "StringIs"), "ERROR LOCAL_OPERATOR"],
    ["an effect that is none", policyOf(read).replace('"Allow"', '"Permit"'), "ERROR LOCAL_EFFECT"],
    [
      "everything",
      policyOf({ Effect: "Allow", Action: "*", Resource: "*" }),
      "SECURITY_WARNING LOCAL_EVERYTHING",
    ],
  ])("finds %s", async (_, text, code) => {
    expect(await codes(text)).toContain(code);
  });

  test("tells a trust policy from an identity's", async () => {
    const trust = policyOf({ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" } as Statement);
    expect(await codes(trust, "RESOURCE_POLICY")).toEqual([]);
    expect(await codes(trust)).toContain("ERROR LOCAL_PRINCIPAL");
  });
});

describe("CheckNoNewAccess on the local AWS", () => {
  const check = async (fresh: Statement[], existing: Statement[]) => {
    const { result, reasons } = await client.send(
      new CheckNoNewAccessCommand({
        newPolicyDocument: policyOf(...fresh),
        existingPolicyDocument: policyOf(...existing),
        policyType: "IDENTITY_POLICY",
      }),
    );
    return [result, ...(reasons ?? []).map(({ statementIndex }) => statementIndex)];
  };

  test.each<[string, Statement[], Statement[]]>([
    ["the same", [read, deny], [deny, read]],
    ["one action less", [{ ...read, Action: "dynamodb:Query" }], [read]],
    ["a pattern of the existing", [read], [{ ...read, Action: "dynamodb:*", Resource: "*" }]],
    ["one table of a pattern", [{ ...read, Resource: `${orders}-old` }], [read]],
    [
      "fewer attributes",
      [
        {
          ...read,
          Condition: { "ForAllValues:StringEquals": { "dynamodb:Attributes": ["status"] } },
        },
      ],
      [read],
    ],
    ["one deny more", [read, deny], [read]],
  ])("passes %s", async (_, fresh, existing) => {
    expect(await check(fresh, existing)).toEqual(["PASS"]);
  });

  const { Condition: _, ...unconditional } = read;
  test.each<[string, Statement[], Statement[]]>([
    ["another action", [{ ...read, Action: "dynamodb:Scan" }], [read]],
    ["a pattern of actions", [{ ...read, Action: "dynamodb:*" }], [read]],
    ["another resource", [{ ...read, Resource: "*" }], [read]],
    ["no condition", [unconditional], [read]],
    [
      "one attribute more",
      [
        {
          ...read,
          Condition: {
            "ForAllValues:StringEquals": { "dynamodb:Attributes": ["order_id", "status", "email"] },
          },
        },
      ],
      [read],
    ],
    ["a deny that is gone", [read], [deny, read]],
    [
      "a star that only a question mark covers",
      [{ ...read, Resource: `${orders}-*` }],
      [{ ...read, Resource: `${orders}-?` }],
    ],
  ])("fails %s", async (__, fresh, existing) => {
    expect(await check(fresh, existing)).toEqual(["FAIL", 0]);
  });
});

test("only who may ask is answered", async () => {
  const bot = new AccessAnalyzerClient({ endpoint: aws.url, region: aws.region, credentials: aws.broker });
  const asked = bot.send(
    new ValidatePolicyCommand({ policyDocument: policyOf(read), policyType: "IDENTITY_POLICY" }),
  );
  await expect(asked).rejects.toMatchObject({ name: "AccessDeniedException" });
  bot.destroy();
});
