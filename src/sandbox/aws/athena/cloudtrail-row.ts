import { createHash } from "node:crypto";
import type { CallRecord } from "../call-log.ts";
import type { Identities } from "../identities.ts";

type Place = { account: string; region: string; identities: Identities };

/**
 * One call of the peer as its CloudTrail record would lie in the table (CloudTrail User Guide, "userIdentity
 * element" and "Logging" pages of each service): DynamoDB item calls are data events with key values in clear and
 * other values left out, Athena's query text is masked, forwarded calls carry the session with `invokedby`.
 */
export function cloudTrailRow(
  call: CallRecord,
  { account, region: home, identities }: Place,
): object | undefined {
  if (call.principalArn === undefined) return undefined;
  // Cut off before it was carried out; one that was, and whose answer was lost, is recorded.
  if (call.status === undefined && call.access === "unchecked") return undefined;
  const region = call.region ?? home;
  const eventtime = call.at.toISOString().replace(/\.\d+Z$/u, "Z");
  const isData = dataEvents.test(`${call.service}:${call.operation}`);
  return {
    eventversion: "1.11",
    useridentity: identity(call, account, identities),
    eventtime,
    eventsource: `${call.service}.amazonaws.com`,
    eventname: call.operation,
    awsregion: region,
    sourceipaddress: call.invokedBy ?? "127.0.0.1",
    useragent: call.invokedBy ?? call.userAgent,
    ...(call.error && { errorcode: call.error.code, errormessage: call.error.message }),
    requestparameters: JSON.stringify(requestParameters(call)),
    ...responseElements(call),
    requestid: call.requestId,
    eventid: eventId(call),
    readonly: String(!mutating.test(call.operation)),
    resources: resources(call, account),
    eventtype: "AwsApiCall",
    apiversion: apiVersions[call.service],
    recipientaccountid: account,
    eventcategory: isData ? "Data" : "Management",
    account,
    region,
    day: eventtime.slice(0, 10).replaceAll("-", "/"),
  };
}

const dataEvents =
  /^(dynamodb:(Get|Put|Update|Delete|Query|Scan|Batch|Transact|Execute)(Item|Get|Write|Statement|$)|s3:(GetObject|PutObject))/u;
const mutating = /^(Put|Update|Delete|Create|Start|Stop|BatchWrite|TransactWrite)/u;
const apiVersions: Record<string, string> = { dynamodb: "2012-08-10" };

function identity(call: CallRecord, account: string, identities: Identities): object {
  const principalid = identities.credential(call.accessKeyId ?? "")?.caller.userId;
  const common = {
    ...(principalid !== undefined && { principalid }),
    arn: call.principalArn,
    accountid: account,
    accesskeyid: call.accessKeyId,
    ...(call.invokedBy !== undefined && { invokedby: call.invokedBy }),
  };
  const [, roleName] = /:assumed-role\/([^/]+)\//u.exec(call.principalArn ?? "") ?? [];
  if (roleName === undefined)
    return { type: "IAMUser", ...common, username: call.principalArn?.split("/").at(-1) };
  const session = identities.credential(call.accessKeyId ?? "")?.caller.session;
  return {
    type: "AssumedRole",
    ...common,
    sessioncontext: {
      sessionissuer: {
        type: "Role",
        ...(principalid !== undefined && { principalid: principalid.split(":")[0] }),
        arn: `arn:aws:iam::${account}:role/${roleName}`,
        accountid: account,
        username: roleName,
      },
      attributes: {
        mfaauthenticated: "false",
        ...(session && { creationdate: session.issuedAt.toISOString().replace(/\.\d+Z$/u, "Z") }),
      },
      ...(call.sourceIdentity !== undefined && { sourceidentity: call.sourceIdentity }),
    },
  };
}

function requestParameters({ service, operation, request }: CallRecord): unknown {
  const given = (request ?? {}) as Record<string, unknown>;
  switch (service) {
    case "sts":
      return operation === "AssumeRole" ? assumeRoleParameters(given) : null;
    case "dynamodb":
      return dynamoDbParameters(given);
    case "athena":
      return {
        ...camelKeys(given),
        ...(given["QueryString"] !== undefined && { queryString: omitted }),
        ...(given["ExecutionParameters"] !== undefined && { executionParameters: omitted }),
      };
    default:
      return given;
  }
}

const omitted = "***OMITTED***";

/** Session tags appear in this event only; the session policy's text is left out. */
function assumeRoleParameters(given: Record<string, unknown>): object {
  const tags = list(given["Tags"]).map((tag) => tag as { Key?: string; Value?: string });
  const transitive = list(given["TransitiveTagKeys"]);
  return {
    roleArn: given["RoleArn"],
    roleSessionName: given["RoleSessionName"],
    ...(given["ExternalId"] !== undefined && { externalId: given["ExternalId"] }),
    ...(given["SourceIdentity"] !== undefined && { sourceIdentity: given["SourceIdentity"] }),
    ...(given["DurationSeconds"] !== undefined && { durationSeconds: Number(given["DurationSeconds"]) }),
    ...(tags.length > 0 && { principalTags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])) }),
    ...(transitive.length > 0 && { transitiveTagKeys: transitive }),
  };
}

/** Expressions, names and keys; never values. An item that is put leaves the names of its attributes. */
function dynamoDbParameters(given: Record<string, unknown>): object {
  const { ExpressionAttributeValues: _values, Item, Statement, Parameters: _parameters, ...rest } = given;
  return {
    ...camelKeys(rest),
    ...(Item !== undefined && { items: Object.keys(Item as object) }),
    ...(Statement !== undefined && { statement: "***(Redacted)" }),
    ...(rest["RequestItems"] !== undefined && {
      requestItems: Object.keys(rest["RequestItems"] as object).map((tableName) => ({ tableName })),
    }),
  };
}

function responseElements({
  issued,
  request,
  sourceIdentity,
  service,
  operation,
  status,
}: CallRecord): object {
  if (issued) {
    const given = (request ?? {}) as Record<string, unknown>;
    return {
      responseelements: JSON.stringify({
        credentials: { accessKeyId: issued.accessKeyId, expiration: issued.expiresAt.toISOString() },
        assumedRoleUser: { arn: issued.arn },
        sourceIdentity: given["SourceIdentity"] ?? sourceIdentity,
      }),
    };
  }
  return service === "athena" && operation === "StopQueryExecution" && status === 200
    ? { responseelements: "{}" }
    : {};
}

function resources({ service, resources: arns }: CallRecord, account: string): object[] {
  const types: Record<string, string> = {
    dynamodb: "AWS::DynamoDB::Table",
    sts: "AWS::IAM::Role",
    s3: "AWS::S3::Object",
  };
  const type = types[service];
  return type === undefined
    ? []
    : arns.map((arn) => ({ arn: arn.replace(/\/index\/.*$/u, ""), accountid: account, type }));
}

/** CloudTrail writes parameter names with a small first letter. */
function camelKeys(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key.charAt(0).toLowerCase() + key.slice(1), value]),
  );
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function eventId({ requestId, id }: CallRecord): string {
  const hex = createHash("sha256").update(`${requestId} ${id}`).digest("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/u, "$1-$2-$3-$4-$5");
}
