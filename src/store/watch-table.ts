import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";
import type { Log } from "../workflow/ports.ts";

const EVERY_MS = 15_000;
const AFTER_FAILURE_MS = 1_000;

/** Looks at the table now and then, so that readiness tells the truth and a missing table is said in words. */
export function watchTable(
  client: DynamoDBClient,
  table: string,
  log: Log,
): AsyncDisposable & { ready(): boolean } {
  const stopping = new AbortController();
  let ready = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const problem = await problemOf(client, table, stopping.signal);
    if (stopping.signal.aborted) return;
    if (problem && ready) log.error("the table can't be used any more", { table, problem });
    else if (problem) log.warn("waiting for the table", { table, problem });
    else if (!ready) log.info("the table is there", { table });
    ready = problem === undefined;
    timer = setTimeout(again, ready ? EVERY_MS : AFTER_FAILURE_MS);
  }

  function again(): void {
    looking = look();
  }

  let looking = look();
  return {
    ready: () => ready,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      clearTimeout(timer);
      await looking;
    },
  };
}

async function problemOf(
  client: DynamoDBClient,
  table: string,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }), { abortSignal });
    return Table?.TableStatus === "ACTIVE" ? undefined : `its status is ${Table?.TableStatus}`;
  } catch (error) {
    if (error instanceof ResourceNotFoundException)
      return "it does not exist: run `node src/cli/jit.ts setup` once";
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
