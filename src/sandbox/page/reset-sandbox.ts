import { BatchWriteItemCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { defaultChannels, defaultPeople } from "../slack/personas.ts";
import { setClocksRight } from "../let-time-pass.ts";
import type { Workspace } from "../slack/workspace.ts";
import type { Sandbox } from "../start-sandbox.ts";
import type { QueueReports } from "./queue-reports.ts";

const table = "jit-requests";
const batch = 25;

/**
 * Everything as at the start: no faults, no messages, no requests, no jobs, the clocks right, a fresh bot. The seeded
 * data stays as it is.
 */
export async function resetSandbox(sandbox: Sandbox, queues: QueueReports): Promise<void> {
  const { slack, aws, bot } = sandbox;
  slack.faults.clear();
  aws.faults.clear();
  aws.faults.up();
  aws.athena.pace.set({});
  await bot.stop();
  setClocksRight(sandbox);
  emptyWorkspace(slack.workspace);
  slack.record.clear();
  await emptyTable(sandbox);
  await queues.empty();
  aws.calls.clear();
  await bot.restart();
  slack.workspace.changes.notify();
}

function emptyWorkspace(workspace: Workspace): void {
  workspace.messages.length = 0;
  workspace.ephemerals.length = 0;
  for (const known of [workspace.modals, workspace.homes, workspace.files]) known.clear();
  workspace.channels.clear();
  workspace.people.clear();
  for (const channel of defaultChannels()) workspace.channels.set(channel.id, channel);
  for (const person of defaultPeople()) workspace.people.set(person.id, person);
  workspace.changes.notify();
}

async function emptyTable({ aws }: Sandbox): Promise<void> {
  const client = new DynamoDBClient({ endpoint: aws.url, region: aws.region, credentials: aws.operator });
  try {
    for (;;) {
      const { Items = [] } = await client.send(
        new ScanCommand({ TableName: table, ProjectionExpression: "pk, sk", Limit: batch }),
      );
      if (Items.length === 0) return;
      await client.send(
        new BatchWriteItemCommand({
          RequestItems: { [table]: Items.map((Key) => ({ DeleteRequest: { Key } })) },
        }),
      );
    }
  } finally {
    client.destroy();
  }
}
