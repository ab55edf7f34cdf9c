import { StopQueryExecutionCommand } from "@aws-sdk/client-athena";
import { GetItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { startAws } from "../../../src/sandbox/aws/start-aws.ts";
import { dynamoDbOf, leaseInput, leaseOf, policyOf, seedFew, stsOf, tableArn } from "../aws/clients.ts";
import { athenaOf, rowsOf, start, ended } from "./queries.ts";

const lately = "account = '111122223333' AND useridentity.accesskeyid = ?";

test("every call of the peer is queryable as CloudTrail has it, once delivered", async () => {
  await using aws = await startAws();
  await seedFew(aws);
  const keys = await leaseOf(aws);
  const dynamoDb = dynamoDbOf(aws, keys);
  await dynamoDb.send(new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-1" } } }));
  await dynamoDb.send(
    new QueryCommand({
      TableName: "orders",
      IndexName: "gsi-status",
      KeyConditionExpression: "#s = :s",
      ExpressionAttributeNames: { "#s": "status" },
      ExpressionAttributeValues: { ":s": { S: "PAID" } },
    }),
  );
  await expect(
    dynamoDb.send(new GetItemCommand({ TableName: "payroll", Key: { id: { S: "1" } } })),
  ).rejects.toThrow("is not authorized to perform: dynamodb:GetItem");
  dynamoDb.destroy();

  const athena = athenaOf(aws);
  const parameters = { ExecutionParameters: [`'${keys.accessKeyId}'`] };
  const sql = `SELECT eventname, errorcode, eventcategory, useridentity.arn AS arn, requestparameters,
    useridentity.sessioncontext.sourceidentity AS person, useridentity.sessioncontext.sessionissuer.arn AS role,
    r.arn AS resource FROM cloudtrail_logs LEFT JOIN UNNEST(resources) AS r ON true WHERE ${lately} ORDER BY eventtime, eventname DESC, errorcode DESC`;
  expect(await rowsOf(athena, sql, parameters)).toEqual([]);

  expect(await aws.athena.deliverNow()).toBeGreaterThan(0);
  const rows = await rowsOf(athena, sql, parameters);
  expect(rows.map(({ eventname, errorcode }) => `${eventname} ${errorcode}`).toSorted()).toEqual([
    "GetItem AccessDeniedException",
    "GetItem undefined",
    "Query undefined",
  ]);
  expect(
    rows.every(
      ({ person, role, eventcategory }) =>
        person === "U0ONCALL" && role === aws.dataRoleArn && eventcategory === "Data",
    ),
  ).toBe(true);
  const query = rows.find(({ eventname }) => eventname === "Query");
  expect(query?.resource).toBe(tableArn(aws, "orders"));
  expect(JSON.parse(query?.requestparameters ?? "")).toEqual({
    tableName: "orders",
    indexName: "gsi-status",
    keyConditionExpression: "#s = :s",
    expressionAttributeNames: { "#s": "status" },
  });
  expect(
    rows.some(({ requestparameters }) => requestparameters?.includes('"key":{"order_id":{"S":"O-1"}}')),
  ).toBe(true);

  const [assumed] = await rowsOf(
    athena,
    `SELECT json_extract_scalar(requestparameters, '$.sourceIdentity') AS person,
       json_extract_scalar(requestparameters, '$.principalTags.grant') AS grant_id
     FROM cloudtrail_logs WHERE account = '111122223333'
       AND json_extract_scalar(responseelements, '$.credentials.accessKeyId') = ?`,
    parameters,
  );
  expect(assumed).toEqual({ person: "U0ONCALL", grant_id: "R-1" });
  athena.destroy();
});

test("Athena's own calls and those it forwards come too, without the query's text", async () => {
  await using aws = await startAws();
  const policy = policyOf({ Effect: "Allow", Action: ["athena:*", "glue:*", "s3:*"], Resource: "*" });
  const keys = await leaseOf(aws, leaseInput(aws, { RoleArn: aws.athenaRoleArn, Policy: policy }));
  const leased = athenaOf(aws, keys);
  await ended(
    leased,
    await start(leased, "SELECT count(*) AS n FROM crm.customers", { WorkGroup: "jit-adhoc" }),
  );
  leased.destroy();
  await aws.athena.deliverNow();

  const athena = athenaOf(aws);
  const rows = await rowsOf(
    athena,
    `SELECT eventsource, eventname, useridentity.invokedby AS invoker, sourceipaddress, requestparameters
     FROM cloudtrail_logs WHERE ${lately}`,
    { ExecutionParameters: [`'${keys.accessKeyId}'`] },
  );
  const forwarded = rows.filter(({ invoker }) => invoker === "athena.amazonaws.com");
  expect(new Set(forwarded.map(({ eventname }) => eventname))).toEqual(
    new Set(["GetDatabase", "GetTable", "GetBucketLocation", "ListObjects", "GetObject"]),
  );
  expect(forwarded.every(({ sourceipaddress }) => sourceipaddress === "athena.amazonaws.com")).toBe(true);
  const started = rows.find(({ eventname }) => eventname === "StartQueryExecution");
  expect(JSON.parse(started?.requestparameters ?? "")).toMatchObject({
    queryString: "***OMITTED***",
    workGroup: "jit-adhoc",
  });
  athena.destroy();
});

test("calls stand in the table by themselves after the delay", async () => {
  await using aws = await startAws();
  const athena = athenaOf(aws);
  const count = async () => {
    const sql =
      "SELECT count(*) AS n FROM cloudtrail_logs WHERE account = '111122223333' AND eventname = 'GetWorkGroup'";
    return (await rowsOf(athena, sql))[0]?.n;
  };
  aws.calls.clear();
  await leaseOf(aws);
  const leases = () =>
    rowsOf(
      athena,
      "SELECT eventid FROM cloudtrail_logs WHERE account = '111122223333' AND useragent LIKE 'aws-sdk-js%' AND eventname = 'AssumeRole'",
    );
  expect(await leases()).toHaveLength(0);
  aws.clock.advance(6 * 60_000);
  expect(await leases()).toHaveLength(1);
  expect(await count()).toBe("0");
  athena.destroy();
});

test("every call that came with a good signature is there: refused, throttled, stopped, forwarded, forgotten by the log", async () => {
  await using aws = await startAws();
  await seedFew(aws);
  const keys = await leaseOf(aws);
  const dynamoDb = dynamoDbOf(aws, keys);
  const get = new GetItemCommand({ TableName: "orders", Key: { order_id: { S: "O-1" } } });
  await dynamoDb.send(get);
  aws.faults.add({ operation: "GetItem", times: 1, effect: { kind: "throttle" } });
  await expect(dynamoDb.send(get)).rejects.toThrow("Rate exceeded");
  aws.faults.add({ operation: "GetItem", times: 1, effect: { kind: "reset", when: "after" } });
  await expect(dynamoDb.send(get)).rejects.toMatchObject({ code: "ECONNRESET" });
  dynamoDb.destroy();
  await stsOf(aws, keys).send(new GetCallerIdentityCommand());
  const athena = athenaOf(aws);
  const held = aws.athena.pace.hold("queued", "next");
  const id = await start(athena, "SELECT count(*) AS n FROM crm.customers");
  await athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
  await ended(athena, id);
  held.letGo();
  await ended(athena, await start(athena, "SELECT count(*) AS n FROM crm.customers"));
  const unknown = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "nobody's" };
  await expect(dynamoDbOf(aws, unknown).send(get)).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });

  const served = aws.calls.query().filter(({ access }) => access !== "unauthenticated");
  expect(served.length).toBeGreaterThan(15);
  aws.calls.clear();
  expect(await aws.athena.deliverNow()).toBe(served.length);
  const rows = await rowsOf(
    athena,
    "SELECT requestid, eventname FROM cloudtrail_logs WHERE account = '111122223333' AND sourceipaddress IN ('127.0.0.1', 'athena.amazonaws.com')",
  );
  const delivered = new Map(rows.map(({ requestid, eventname }) => [requestid, eventname]));
  expect(served.filter(({ requestId, operation }) => delivered.get(requestId) !== operation)).toEqual([]);
  athena.destroy();
});
