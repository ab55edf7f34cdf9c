import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/iam/evaluate.ts";
import type {
  AuthorizationRequest,
  Conditions,
  PolicyDocument,
  Statement,
} from "../../src/iam/policy-document.ts";

const table = "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders";
const index = `${table}/index/byCustomer`;

const everything: PolicyDocument = policy({ Action: "*", Resource: "*" });

describe("layers", () => {
  const request = { action: "dynamodb:Query", resource: table, context: {} };
  const query = policy({ Action: "dynamodb:Query", Resource: table });
  const getItem = policy({ Action: "dynamodb:GetItem", Resource: table });
  const deny = policy({ Effect: "Deny", Action: "dynamodb:Q*", Resource: "*" });

  test("a request needs an Allow of the identity layer and of the session layer", () => {
    expect(evaluate({ identity: [query], session: [query] }, request).allowed).toBe(true);
    expect(evaluate({ identity: [getItem], session: [query] }, request)).toEqual({
      allowed: false,
      denial: "implicit",
      layer: "identity",
    });
    expect(evaluate({ identity: [query], session: [getItem] }, request)).toEqual({
      allowed: false,
      denial: "implicit",
      layer: "session",
    });
  });

  test("an absent session layer restricts nothing, an empty one allows nothing", () => {
    expect(evaluate({ identity: [query] }, request).allowed).toBe(true);
    expect(evaluate({ identity: [query], session: [] }, request)).toMatchObject({
      allowed: false,
      layer: "session",
    });
  });

  test("a Deny in either layer wins over every Allow and is named", () => {
    expect(evaluate({ identity: [query, deny], session: [query] }, request)).toEqual({
      allowed: false,
      denial: "explicit",
      layer: "identity",
      statement: deny.Statement[0],
    });
    expect(evaluate({ identity: [query], session: [query, deny] }, request)).toMatchObject({
      denial: "explicit",
      layer: "session",
    });
  });

  test("the allowing statements are named with their layer", () => {
    expect(evaluate({ identity: [getItem, query], session: [everything] }, request)).toEqual({
      allowed: true,
      statements: [
        { layer: "identity", statement: query.Statement[0] },
        { layer: "session", statement: everything.Statement[0] },
      ],
    });
  });

  test("a Deny whose ARN is incomplete denies, for AWS would complete it", () => {
    const incomplete = policy({ Effect: "Deny", Resource: "arn:aws:dynamodb" });
    expect(evaluate({ identity: [everything, incomplete] }, request)).toMatchObject({ denial: "explicit" });
  });

  test("a statement with an element that we don't evaluate never allows and always denies", () => {
    const strange = { Effect: "Allow", NotAction: "s3:*", Resource: "*" } as unknown as Statement;
    const strangeDeny = { Effect: "Deny", NotAction: "s3:*", Resource: "*" } as unknown as Statement;
    expect(evaluate({ identity: [policy(strange)] }, request).allowed).toBe(false);
    expect(evaluate({ identity: [everything, policy(strangeDeny)] }, request)).toMatchObject({
      denial: "explicit",
    });
  });
});

describe("actions and resources", () => {
  test.each([
    ["dynamodb:Query", "dynamodb:Query", true],
    ["DynamoDB:qUERY", "dynamodb:Query", true],
    ["dynamodb:*Item", "dynamodb:GetItem", true],
    ["dynamodb:Quer?", "dynamodb:Query", true],
    ["dynamodb:Quer?", "dynamodb:Quer", false],
    ["dynamodb:Get", "dynamodb:GetItem", false],
    ["*", "sts:AssumeRole", true],
  ])("action %s over %s: %s", (pattern, action, expected) => {
    expect(allows({ Action: pattern, Resource: "*" }, { action })).toBe(expected);
  });

  test.each([
    [table, table, true],
    [table, index, false],
    [index, table, false],
    ["*", table, true],
    ["arn:aws:dynamodb:*:*:table/*", index, true],
    ["arn:aws:dynamodb:eu-west-?:111122223333:table/Orders", table, true],
    ["arn:aws:dynamodb:*:table/Orders", table, false],
    ["arn:aws:dynamodb", table, false],
    ["arn:aws:dynamodb:eu-west-1:111122223333", table, false],
    ["arn:aws:dynamodb:*:table/Orders:x", "arn:aws:dynamodb:eu:1:table/Orders:x", false],
    ["arn:aws:iam::*:role/a:b", "arn:aws:iam::111122223333:role/a:b", true],
    ["arn:aws:dynamodb:eu-west-1:111122223333:table/orders", table, false],
    ["arn:aws:dynamodb:eu-west-1:111122223333:table/${aws:PrincipalTag/t}", table, true],
    ["arn:aws:dynamodb:eu-west-1:111122223333:table/${aws:PrincipalTag/none}", table, false],
    ["arn:aws:dynamodb:${aws:PrincipalTag/region}:table/Orders", table, false],
    ["arn:aws:dynamodb:eu-west-1:111122223333:table/${*}", table, false],
    ["arn:aws:dynamodb:eu-west-1:111122223333:table/${*}", table.replace("Orders", "*"), true],
    ["arn:aws:dynamodb:eu-west-1:111122223333:table/${broken", table, false],
  ])("resource %s over %s: %s", (pattern, resource, expected) => {
    const context = { "aws:PrincipalTag/t": "Orders", "aws:PrincipalTag/region": "eu-west-1:111122223333" };
    expect(allows({ Resource: pattern }, { resource, context })).toBe(expected);
  });
});

describe("conditions", () => {
  const context = {
    "aws:CurrentTime": "2026-11-21T10:00:00Z",
    "aws:EpochTime": "1795255200",
    "aws:SourceIp": "192.0.2.17",
    "aws:SecureTransport": "true",
    "aws:PrincipalArn": "arn:aws:iam::111122223333:role/jit-broker",
    "aws:PrincipalTag/team": "payments",
    "aws:PrincipalTag/odd": "a*b",
    "s3:max-keys": "10",
    "dynamodb:LeadingKeys": ["A", "B"],
    "dynamodb:Attributes": ["id", "total"],
    "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
    "aws:TagKeys": [],
  };
  const team = "aws:PrincipalTag/team";

  test.each<[string, Conditions, boolean]>([
    ["equal", { StringEquals: { [team]: "payments" } }, true],
    ["case counts", { StringEquals: { [team]: "Payments" } }, false],
    ["key names ignore case", { StringEquals: { "AWS:principaltag/TEAM": "payments" } }, true],
    ["one of several values", { StringEquals: { [team]: ["x", "payments"] } }, true],
    ["all of several keys", { StringEquals: { [team]: "payments", "dynamodb:Select": "COUNT" } }, false],
    [
      "all of several operators",
      { StringEquals: { [team]: "payments" }, Bool: { "aws:SecureTransport": "false" } },
      false,
    ],
    ["a missing key does not equal", { StringEquals: { "aws:none": "x" } }, false],
    ["a missing key is not equal", { StringNotEquals: { "aws:none": "x" } }, true],
    ["a missing key passes IfExists", { StringEqualsIfExists: { "aws:none": "x" } }, true],
    ["a present key is checked by IfExists", { StringEqualsIfExists: { [team]: "x" } }, false],
    ["not equal to any of the values", { StringNotEquals: { [team]: ["x", "payments"] } }, false],
    ["ignoring case", { StringEqualsIgnoreCase: { [team]: "PAYMENTS" } }, true],
    ["not, ignoring case", { StringNotEqualsIgnoreCase: { [team]: "PAYMENTS" } }, false],
    ["wildcards in StringLike", { StringLike: { [team]: "p?y*s" } }, true],
    ["no wildcards in StringEquals", { StringEquals: { [team]: "p*" } }, false],
    ["escaped wildcard is a character", { StringLike: { "aws:PrincipalTag/odd": "a${*}b" } }, true],
    ["escaped wildcard matches nothing else", { StringLike: { [team]: "pay${*}" } }, false],
    ["StringNotLike", { StringNotLike: { [team]: "q*" } }, true],
    ["variable", { StringEquals: { [team]: "${aws:PrincipalTag/team}" } }, true],
    ["variable with default", { StringEquals: { [team]: "${aws:none, 'payments'}" } }, true],
    [
      "a filled-in wildcard is a character",
      { StringLike: { "s3:max-keys": "${aws:PrincipalTag/odd}" } },
      false,
    ],
    ["escaped dollar", { StringEquals: { [team]: "${$}{x}" } }, false],
    ["variable without value", { StringNotEquals: { [team]: "${aws:none}" } }, false],
    ["multivalued variable", { StringNotEquals: { [team]: "${dynamodb:LeadingKeys}" } }, false],
    ["unknown operator", { StringAlmostEquals: { [team]: "payments" } }, false],
    ["unknown operator on a missing key", { StringAlmostEqualsIfExists: { "aws:none": "x" } }, false],
    ["ArnLike by parts", { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/jit-*" } }, true],
    [
      "ArnEquals takes wildcards too",
      { ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::*:role/jit-*" } },
      true,
    ],
    ["ArnNotLike", { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/jit-*" } }, false],
    ["numbers", { NumericLessThanEquals: { "s3:max-keys": "10" } }, true],
    ["numbers, not strings", { NumericEquals: { "s3:max-keys": "10.0" } }, true],
    ["NumericGreaterThan", { NumericGreaterThan: { "s3:max-keys": "10" } }, false],
    ["not a number", { NumericLessThan: { "s3:max-keys": "ten" } }, false],
    ["NumericNotEquals with not a number", { NumericNotEquals: { "s3:max-keys": "ten" } }, false],
    ["before", { DateLessThan: { "aws:CurrentTime": "2026-11-21T10:00:01Z" } }, true],
    ["at", { DateLessThan: { "aws:CurrentTime": "2026-11-21T10:00:00Z" } }, false],
    ["at or before", { DateLessThanEquals: { "aws:CurrentTime": "2026-11-21T10:00:00Z" } }, true],
    ["after", { DateGreaterThan: { "aws:CurrentTime": "2026-11-21T09:59:59Z" } }, true],
    ["seconds since 1970", { DateLessThan: { "aws:EpochTime": "1795255201" } }, true],
    ["offset of a zone", { DateEquals: { "aws:CurrentTime": "2026-11-21T11:00:00+01:00" } }, true],
    ["malformed date", { DateLessThan: { "aws:CurrentTime": "tomorrow" } }, false],
    ["malformed date, negated", { DateNotEquals: { "aws:CurrentTime": "tomorrow" } }, false],
    ["Bool", { Bool: { "aws:SecureTransport": "True" } }, true],
    ["Bool on a missing key", { Bool: { "aws:none": "false" } }, false],
    ["address in network", { IpAddress: { "aws:SourceIp": ["198.51.100.0/24", "192.0.2.0/24"] } }, true],
    ["address not in network", { NotIpAddress: { "aws:SourceIp": "192.0.2.0/28" } }, true],
    ["malformed network", { NotIpAddress: { "aws:SourceIp": "192.0.2.0/33" } }, false],
    ["Null true on a missing key", { Null: { "aws:none": "true" } }, true],
    ["Null false on a present key", { Null: { "dynamodb:LeadingKeys": "false" } }, true],
    ["Null false on a missing key", { Null: { "aws:none": "false" } }, false],
    ["an empty list counts as missing", { Null: { "aws:TagKeys": "true" } }, true],
    ["all values", { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["A", "B", "C"] } }, true],
    ["not all values", { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["A"] } }, false],
    ["all of no values", { "ForAllValues:StringEquals": { "dynamodb:none": ["A"] } }, true],
    ["any value", { "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["A"] } }, true],
    ["no value", { "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": ["C"] } }, false],
    ["any of no values", { "ForAnyValue:StringEquals": { "dynamodb:none": ["A"] } }, false],
    ["any of no values, negated", { "ForAnyValue:StringNotEquals": { "dynamodb:none": ["A"] } }, false],
    ["any of no values, IfExists", { "ForAnyValue:StringLikeIfExists": { "dynamodb:none": ["A"] } }, true],
    ["none of the values", { "ForAllValues:StringNotEquals": { "dynamodb:LeadingKeys": ["B"] } }, false],
    ["a set operator on one value", { "ForAllValues:StringLike": { [team]: ["pay*"] } }, true],
    ["a plain operator on many values", { StringEquals: { "dynamodb:LeadingKeys": ["A", "B"] } }, false],
    ["an empty list of wanted values", { StringEquals: { [team]: [] } }, false],
  ])("%s", (_title, condition, expected) => {
    expect(allows({ Condition: condition }, { context })).toBe(expected);
  });

  test.each<[string, Conditions]>([
    ["an unknown operator", { StringAlmostEquals: { [team]: "x" } }],
    ["a variable without value", { StringEquals: { [team]: "${aws:none}" } }],
    ["a malformed variable", { StringLike: { [team]: "${" } }],
    ["a malformed date", { DateLessThan: { "aws:CurrentTime": "soon" } }],
    ["a malformed Null", { Null: { [team]: "perhaps" } }],
  ])("%s closes: the Allow does not apply and the Deny does", (_title, Condition) => {
    expect(allows({ Condition }, { context })).toBe(false);
    const deny = policy({ Effect: "Deny", Condition });
    expect(
      evaluate({ identity: [everything, deny] }, { action: "a:B", resource: table, context }),
    ).toMatchObject({
      denial: "explicit",
    });
  });

  test("a Deny with a definite mismatch beside something unknown does not apply", () => {
    const deny = policy({
      Effect: "Deny",
      Condition: { StringEquals: { [team]: "other" }, Odd: { [team]: "x" } },
    });
    expect(
      evaluate({ identity: [everything, deny] }, { action: "a:B", resource: table, context }).allowed,
    ).toBe(true);
  });

  test("many wildcards over long text are decided at once", () => {
    const pattern = `${"a*".repeat(60)}b`;
    expect(allows({ Condition: { StringLike: { k: pattern } } }, { context: { k: "a".repeat(2_000) } })).toBe(
      false,
    );
  });
});

describe("the documented DynamoDB policies", () => {
  const queryPolicy = policy({
    Action: "dynamodb:Query",
    Resource: index,
    Condition: {
      "ForAllValues:StringEquals": {
        "dynamodb:LeadingKeys": ["CUST#42"],
        "dynamodb:Attributes": ["customerId", "createdAt", "orderId", "status", "total"],
      },
      StringEquals: {
        "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
        "aws:RequestedRegion": "eu-west-1",
        "aws:SourceVpce": "vpce-0123456789abcdef0",
      },
      Null: { "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" },
      DateLessThan: { "aws:CurrentTime": "2026-11-21T10:15:00Z" },
    },
  });
  const query: AuthorizationRequest = {
    action: "dynamodb:Query",
    resource: index,
    context: {
      "dynamodb:LeadingKeys": ["CUST#42"],
      "dynamodb:Attributes": ["customerId", "orderId", "total"],
      "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
      "aws:RequestedRegion": "eu-west-1",
      "aws:SourceVpce": "vpce-0123456789abcdef0",
      "aws:CurrentTime": "2026-11-21T10:14:59Z",
    },
  };

  test.each<[string, AuthorizationRequest, boolean]>([
    ["the query itself", query, true],
    ["another customer", withContext(query, { "dynamodb:LeadingKeys": ["CUST#43"] }), false],
    [
      "another customer in addition",
      withContext(query, { "dynamodb:LeadingKeys": ["CUST#42", "CUST#43"] }),
      false,
    ],
    ["an attribute more", withContext(query, { "dynamodb:Attributes": ["customerId", "email"] }), false],
    ["no attributes named", withContext(query, { "dynamodb:Attributes": [] }), false],
    ["whole items", withContext(query, { "dynamodb:Select": "ALL_ATTRIBUTES" }), false],
    ["the base table", { ...query, resource: table }, false],
    [
      "a scan of the index",
      withContext({ ...query, action: "dynamodb:Scan" }, { "dynamodb:LeadingKeys": [] }),
      false,
    ],
    ["PartiQL", { ...query, action: "dynamodb:PartiQLSelect" }, false],
    ["another region", withContext(query, { "aws:RequestedRegion": "us-east-1" }), false],
    ["the moment it ends", withContext(query, { "aws:CurrentTime": "2026-11-21T10:15:00Z" }), false],
  ])("Query: %s", (_title, request, expected) => {
    expect(evaluate({ identity: [everything], session: [queryPolicy] }, request).allowed).toBe(expected);
  });

  const updatePolicy = policy({
    Action: "dynamodb:UpdateItem",
    Resource: table,
    Condition: {
      "ForAllValues:StringEquals": {
        "dynamodb:LeadingKeys": ["ORD#991"],
        "dynamodb:Attributes": ["orderId", "status", "updatedAt", "version"],
      },
      StringEquals: {
        "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
        "aws:RequestedRegion": "eu-west-1",
      },
      StringEqualsIfExists: { "dynamodb:EnclosingOperation": "UpdateItem" },
      Null: { "dynamodb:LeadingKeys": "false", "dynamodb:Attributes": "false" },
      DateLessThan: { "aws:CurrentTime": "2026-11-21T10:15:00Z" },
    },
  });
  const update: AuthorizationRequest = {
    action: "dynamodb:UpdateItem",
    resource: table,
    context: {
      "dynamodb:LeadingKeys": ["ORD#991"],
      "dynamodb:Attributes": ["orderId", "status", "version"],
      "dynamodb:ReturnValues": "UPDATED_NEW",
      "aws:RequestedRegion": "eu-west-1",
      "aws:CurrentTime": "2026-11-21T10:00:00Z",
    },
  };

  test.each<[string, AuthorizationRequest, boolean]>([
    ["the update itself", update, true],
    [
      "the update outside a transaction",
      withContext(update, { "dynamodb:EnclosingOperation": "UpdateItem" }),
      true,
    ],
    [
      "inside a transaction",
      withContext(update, { "dynamodb:EnclosingOperation": "TransactWriteItems" }),
      false,
    ],
    ["returning the whole item", withContext(update, { "dynamodb:ReturnValues": "ALL_NEW" }), false],
    ["another attribute", withContext(update, { "dynamodb:Attributes": ["orderId", "total"] }), false],
    ["replacing the item", { ...update, action: "dynamodb:PutItem" }, false],
  ])("UpdateItem: %s", (_title, request, expected) => {
    expect(evaluate({ identity: [everything], session: [updatePolicy] }, request).allowed).toBe(expected);
  });

  test("without the Null guard a Scan would pass a statement that filters by leading keys only", () => {
    const scan = { action: "dynamodb:Scan", resource: table, context: {} };
    const filter = { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["A"] } };
    const Null = { "dynamodb:LeadingKeys": "false" };
    const unguarded = policy({
      Action: ["dynamodb:Query", "dynamodb:Scan"],
      Resource: table,
      Condition: filter,
    });
    const guarded = policy({
      Action: ["dynamodb:Query", "dynamodb:Scan"],
      Resource: table,
      Condition: { ...filter, Null },
    });
    expect(evaluate({ identity: [unguarded] }, scan).allowed).toBe(true);
    expect(evaluate({ identity: [guarded] }, scan).allowed).toBe(false);
  });

  test("a key value with a policy variable would open another key, which is why it is refused elsewhere", () => {
    const injected = policy({
      Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${aws:PrincipalTag/x}"] } },
    });
    const context = { "dynamodb:LeadingKeys": ["CUST#43"], "aws:PrincipalTag/x": "CUST#43" };
    expect(
      evaluate({ identity: [injected] }, { action: "dynamodb:Query", resource: table, context }).allowed,
    ).toBe(true);
  });
});

describe("a policy for what Athena reads in the name of a session", () => {
  const bucket = "arn:aws:s3:::org-trail-logs";
  const guard = { "ForAnyValue:StringEquals": { "aws:CalledVia": "athena.amazonaws.com" } };
  const session: PolicyDocument = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["glue:GetTable", "s3:GetObject"],
        Resource: [
          "arn:aws:glue:eu-west-1:111122223333:table/audit/cloudtrail_pp",
          `${bucket}/AWSLogs/111122223333/*`,
        ],
        Condition: guard,
      },
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: bucket,
        Condition: { ...guard, StringLike: { "s3:prefix": "AWSLogs/111122223333/*" } },
      },
    ],
  };
  const via = (...services: string[]) => ({ "aws:CalledVia": services });
  const athena = via("athena.amazonaws.com");
  const object = `${bucket}/AWSLogs/111122223333/CloudTrail/x.json.gz`;

  test.each<[string, string, string, AuthorizationRequest["context"], boolean]>([
    ["an object through Athena", "s3:GetObject", object, athena, true],
    [
      "an object through Athena and another service",
      "s3:GetObject",
      object,
      via("a", "athena.amazonaws.com"),
      true,
    ],
    ["an object through another service", "s3:GetObject", object, via("cloudformation.amazonaws.com"), false],
    ["an object by the session itself", "s3:GetObject", object, {}, false],
    ["an object, CalledVia being empty", "s3:GetObject", object, via(), false],
    ["an object of another account", "s3:GetObject", `${bucket}/AWSLogs/444455556666/x`, athena, false],
    [
      "an object of an account that starts alike",
      "s3:GetObject",
      `${bucket}/AWSLogs/1111222233330/x`,
      athena,
      false,
    ],
    [
      "an object of another bucket",
      "s3:GetObject",
      "arn:aws:s3:::other/AWSLogs/111122223333/x",
      athena,
      false,
    ],
    ["the bucket's name as an object", "s3:GetObject", bucket, athena, false],
    [
      "the table",
      "glue:GetTable",
      "arn:aws:glue:eu-west-1:111122223333:table/audit/cloudtrail_pp",
      athena,
      true,
    ],
    [
      "another table",
      "glue:GetTable",
      "arn:aws:glue:eu-west-1:111122223333:table/audit/users",
      athena,
      false,
    ],
    [
      "the folder's names",
      "s3:ListBucket",
      bucket,
      { ...athena, "s3:prefix": "AWSLogs/111122223333/" },
      true,
    ],
    [
      "names deeper down",
      "s3:ListBucket",
      bucket,
      { ...athena, "s3:prefix": "AWSLogs/111122223333/a/" },
      true,
    ],
    ["the names above", "s3:ListBucket", bucket, { ...athena, "s3:prefix": "AWSLogs/" }, false],
    ["all names", "s3:ListBucket", bucket, athena, false],
  ])("%s", (_title, action, resource, context, expected) => {
    const request = { action, resource, context };
    expect(evaluate({ identity: [everything], session: [session] }, request).allowed).toBe(expected);
  });
});

function policy(statement: Partial<Statement>): PolicyDocument {
  const defaults = "NotAction" in statement ? {} : { Action: "*", Resource: "*" };
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...defaults, ...statement } as Statement] };
}

function allows(statement: Partial<Statement>, request: Partial<AuthorizationRequest>): boolean {
  const asked = { action: "dynamodb:Query", resource: table, context: {}, ...request };
  return evaluate({ identity: [policy(statement)] }, asked).allowed;
}

function withContext(
  request: AuthorizationRequest,
  context: AuthorizationRequest["context"],
): AuthorizationRequest {
  return { ...request, context: { ...request.context, ...context } };
}
