import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { describeAwsError } from "../../aws/describe-aws-error.ts";
import { EXPIRES_AT } from "../../store/expire-counters.ts";
import { indexes, keys } from "../../store/keys.ts";
import { error, type Finding, nameOf, ok, unseen, warning } from "./finding.ts";

const about = "table";
const rights = "Give the bot's role what jit iam prints for it.";

/** The table of requests and audit: that it is there, has the keys that the store uses, and loses nothing. */
export async function checkTable(client: DynamoDBClient, table: string): Promise<Finding[]> {
  let description: TableDescription;
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    description = Table ?? {};
  } catch (thrown) {
    if (thrown instanceof ResourceNotFoundException)
      return [error(about, `There is no table ${table}.`, "Run jit setup with a deployer's identity.")];
    return [
      error(about, `The table ${table} can't be looked at: ${describeAwsError(thrown).sentence}`, rights),
    ];
  }
  return [
    ...schemaFindings(table, description),
    ...(description.DeletionProtectionEnabled
      ? []
      : [
          warning(
            about,
            `The table ${table} can be deleted by one call.`,
            "Switch on deletion protection for it.",
          ),
        ]),
    await expiryFinding(client, table),
    await backupFinding(client, table),
  ];
}

function schemaFindings(table: string, description: TableDescription): Finding[] {
  const status = description.TableStatus;
  const found = keyNames(description.KeySchema);
  const wanted = Object.keys(keys.request(""));
  const wrong = [
    ...(status === "ACTIVE" ? [] : [`its status is ${status}`]),
    ...(same(found, wanted) ? [] : [`its key is ${found.join(", ")} and not ${wanted.join(", ")}`]),
    ...wantedIndexes.flatMap(([name, names]) => {
      const index = description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === name);
      if (!index) return [`it has no index ${name}`];
      return same(keyNames(index.KeySchema), names) ? [] : [`its index ${name} has other keys`];
    }),
  ];
  if (wrong.length === 0) return [ok(about, `The table ${table} has the right key and indexes.`)];
  const fix = "Let jit setup make a new table under another JIT_TABLE: keys of a table can't be changed.";
  return [error(about, `The table ${table} is not as the bot needs it: ${wrong.join("; ")}.`, fix)];
}

const wantedIndexes: readonly [name: string, keys: string[]][] = [
  [indexes.due, Object.keys(keys.due("", ""))],
  [indexes.person, Object.keys(keys.person({ teamId: "", userId: "" }, "", ""))],
];

/** Counters may go. The bot keeps every request: another expiry would take audit events away in silence. */
async function expiryFinding(client: DynamoDBClient, table: string): Promise<Finding> {
  try {
    const answer = await client.send(new DescribeTimeToLiveCommand({ TableName: table }));
    const { TimeToLiveStatus: status, AttributeName: attribute } = answer.TimeToLiveDescription ?? {};
    const isOn = status === "ENABLED" || status === "ENABLING";
    if (isOn && attribute !== EXPIRES_AT)
      return error(
        about,
        `DynamoDB deletes items of ${table} by their attribute ${attribute}.`,
        "Switch that time to live off and run jit setup: requests and their audit are kept, counters go by another one.",
      );
    return isOn
      ? ok(about, `In ${table} counters expire, and nothing else.`)
      : warning(
          about,
          `Counters of rules stay in ${table} for ever.`,
          "Run jit setup with a deployer's identity.",
        );
  } catch (thrown) {
    return unseen(about, `Whether items of ${table} expire can't be seen (${nameOf(thrown)}).`, rights);
  }
}

async function backupFinding(client: DynamoDBClient, table: string): Promise<Finding> {
  const fix = "Switch on point-in-time recovery for it.";
  try {
    const answer = await client.send(new DescribeContinuousBackupsCommand({ TableName: table }));
    const recovery = answer.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    return recovery?.PointInTimeRecoveryStatus === "ENABLED"
      ? ok(about, `${table} can be restored to any moment.`)
      : warning(about, `${table} can't be restored to an earlier moment.`, fix);
  } catch (thrown) {
    return unseen(about, `Whether ${table} can be restored can't be seen (${nameOf(thrown)}).`, rights);
  }
}

function keyNames(schema: TableDescription["KeySchema"]): string[] {
  return (schema ?? []).map(({ AttributeName }) => AttributeName ?? "");
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.join() === other.join();
}
